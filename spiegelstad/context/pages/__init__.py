"""The pages of the live context."""
