"""The door of event streams."""

from spiegelstad.ldes.jobs import on_status_changed, on_version_deleted, on_version_published

__all__ = ["on_status_changed", "on_version_deleted", "on_version_published"]
