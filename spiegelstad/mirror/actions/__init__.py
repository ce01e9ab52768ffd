"""Writes of the mirror: series, observations, retention, posted batches."""
