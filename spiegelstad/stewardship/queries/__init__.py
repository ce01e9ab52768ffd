"""Reads of stewardship."""
