"""Translators: GeoJSON, vector tiles, the documents of the standard."""
