"""Writes of the mirror: series and entities, observations, retention, posted batches."""
