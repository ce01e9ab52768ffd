"""Versions laid out by place, so that a corner of the map is a few pages of a file."""
