"""Linked Data Event Streams: every change of datasets and entities as fragments that never change."""
