"""The pages of the broker."""
