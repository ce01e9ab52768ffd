"""The door of stewardship."""

from spiegelstad.stewardship.uses import UseOfDay, note_use, uses

__all__ = ["UseOfDay", "note_use", "uses"]
