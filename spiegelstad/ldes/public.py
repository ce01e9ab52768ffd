"""The door of event streams."""

from spiegelstad.ldes.jobs import on_version_deleted, on_version_published

__all__ = ["on_version_deleted", "on_version_published"]
