"""The door of the live context."""
