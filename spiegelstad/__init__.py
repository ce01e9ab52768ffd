"""Spiegelstad: an open digital mirror city."""

__version__ = "0.1.0"
