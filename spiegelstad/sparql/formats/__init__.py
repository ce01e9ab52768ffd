"""Translators to RDF."""
