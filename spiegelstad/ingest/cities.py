"""Setting up a city from its folder: the tenant and its departments, then its sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.db import transaction

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.context import public as context
from spiegelstad.ingest.actions import sync_sources
from spiegelstad.ingest.definition.folder import read_definitions

_also: list[Callable[[Actor, Path], object]] = []


def set_up_also(take: Callable[[Actor, Path], object]) -> None:
    """Let a higher room take over what a city's folder holds for it, in the same transaction; told once."""
    _also[:] = [take]


def set_up_city(folder: Path) -> Actor:
    """Create or update the city that `folder/city.yaml` describes and take over its sources.

    Returns the program itself as the actor in that city. For whoever runs the installation: there is no city yet in
    which a role could allow it, so only the command line and the demo call this. `InvalidDefinitions` when anything is
    wrong.
    """
    city = read_definitions(folder).city
    with transaction.atomic():
        accounts.ensure_tenant(
            tenant_id=city.tenant,
            name=city.name,
            host=city.host,
            bbox=city.bbox,
            settings={
                "dashboard": city.dashboard,
                "languages": city.languages,
                "region": city.region,
                "context": city.context.model_dump(),
                "streams": city.streams.model_dump(),
                "privacy": city.privacy.model_dump() if city.privacy else None,
                "uploads": city.uploads.model_dump(),
                "devices": [group.model_dump() for group in city.devices],
            },
            departments=[(department.slug, department.name) for department in city.departments],
        )
        by = Actor.system(city.tenant, "set-up")
        context.classify_entities(by=by)
        sync_sources(by=by, folder=folder)
        for take in _also:
            take(by, folder)
    return by
