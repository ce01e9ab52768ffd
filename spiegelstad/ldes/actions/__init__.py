"""What changes streams: members come, and go."""
