"""Reads of places, one file per noun."""
