"""The door of ogc."""

from spiegelstad.ogc.jobs import on_version_published

__all__ = ["on_version_published"]
