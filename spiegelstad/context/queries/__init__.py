"""Reads of the live context."""
