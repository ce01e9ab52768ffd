"""Writes of indicators: reading definitions in, and computing figures."""
