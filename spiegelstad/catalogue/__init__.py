"""Datasets and their versions that never change: the root under every figure."""
