"""Translators of the catalogue's data."""
