"""Searching the portal: words, facets, order."""
