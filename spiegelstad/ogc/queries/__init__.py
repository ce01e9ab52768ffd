"""Reads: which collections there are, and which features and records of them were asked for."""
