"""Faces of the catalogue for machines."""
