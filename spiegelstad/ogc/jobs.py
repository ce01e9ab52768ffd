"""Laying out new versions for the map, so that the first who asks need not wait."""

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import public as catalogue
from spiegelstad.ogc.layers.layer import lay_out

_PATIENCE_S = 600.0


def on_version_published(event: catalogue.VersionPublished) -> None:
    """Lay out the version of which an event tells; nothing to do when it says nowhere, or is gone by now."""
    try:
        version = catalogue.version(Actor.system(event.tenant_id, "ogc"), event.version_id)
    except catalogue.NoSuchVersion:
        return
    lay_out(version, patience_s=_PATIENCE_S)
