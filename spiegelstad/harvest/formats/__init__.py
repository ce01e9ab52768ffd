"""Translators of what other catalogues answer: pure, each gives the same harvested records."""
