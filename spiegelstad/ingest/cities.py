"""Setting up a city from its folder: the tenant and its departments, then its sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.yaml_documents import Problem
from spiegelstad.catalogue import public as catalogue
from spiegelstad.context import public as context
from spiegelstad.governance.public import Thing, activities, record, require
from spiegelstad.ingest.actions import sync_sources
from spiegelstad.ingest.acts import DECLARE
from spiegelstad.ingest.definition.folder import PROCESSING, InvalidDefinitions, read_definitions

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
    definitions = read_definitions(folder)
    city = definitions.city
    declared = {key: entry.model_dump() for key, entry in definitions.activities.items()}
    with transaction.atomic():
        before = _declared_before(city.tenant)
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
                "processing": declared,
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
        _note_processing(by, before, declared)
    return by


def _declared_before(tenant_id: str) -> dict[str, Any]:
    known = tenant_id in accounts.tenant_ids()
    return accounts.tenant(tenant_id).settings.get("processing", {}) if known else {}


def _note_processing(by: Actor, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Audit what changed in the city's own part of the processing register; refuse to drop what data still names."""
    changed = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    gone = before.keys() - activities(by).keys()
    held = catalogue.registered(by, catalogue.Which(has_processing=True)) if gone else []
    lost = [
        Problem(PROCESSING, 1, f"activities.{one.processing}", f"it is gone, and the dataset `{one.slug}` names it",
                "Keep it as long as the data is there.")
        for one in held if one.processing in gone and one.status != catalogue.Status.DESTROYED
    ]  # fmt: skip
    if lost:
        raise InvalidDefinitions(lost)
    if changed:
        thing = Thing("processing register", by.tenant_id, by.tenant_id)
        require(by, DECLARE, thing)
        record(by, DECLARE, thing, details={"changed": changed})
