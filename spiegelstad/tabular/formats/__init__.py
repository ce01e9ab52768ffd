"""Translators of tabular."""
