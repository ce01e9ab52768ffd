"""The steward's desk: `/desk`."""
