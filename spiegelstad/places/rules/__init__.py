"""Decisions about places without database or files: time, points, outlines, addresses."""
