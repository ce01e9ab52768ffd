"""Writes of the live context."""
