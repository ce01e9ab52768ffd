"""Coordinate systems, GeoJSON and tables of addresses, in and out. Pure."""
