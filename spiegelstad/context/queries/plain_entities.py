"""Entities as plain values, for the rooms above."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.fields import Box
from spiegelstad.context.models import Entity as EntityRow
from spiegelstad.context.queries.closed import closed_to
from spiegelstad.context.rules.plain import values_of
from spiegelstad.context.rules.terms import CORE
from spiegelstad.governance.public import visible


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity as read: `type` its first, by short name; lon and lat in degrees WGS84; `attributes` plain values."""

    id: str
    type: str
    name: str
    lon: float | None
    lat: float | None
    attributes: dict[str, Any]
    classification: str
    department: str


def entities(
    actor: Actor, type: str | None = None, bbox: Box | None = None, ids: Collection[str] | None = None
) -> list[Entity]:
    """Return the entities that `actor` may read, ordered by id: of a type, inside a box (min lon, min lat, max lon,
    max lat), with these ids.
    """
    chosen = visible(actor) & (Q(expires_at=None) | Q(expires_at__gt=now()))
    if type is not None:
        chosen &= Q(types__contains=[CORE.expand(type)])
    if ids is not None:
        chosen &= Q(id__in=ids)
    found = EntityRow.objects.filter(chosen).order_by("id")
    if bbox is not None:
        corners = f"(({bbox[0]!r},{bbox[1]!r}),({bbox[2]!r},{bbox[3]!r}))"
        found = found.extra(where=["box && %s::box"], params=[corners])
    hidden = closed_to(actor)
    rows = found.values_list("id", "types", "name", "lon", "lat", "attributes", "classification", "department")
    return [
        Entity(id_, CORE.compact(types[0]), name, lon, lat, values_of(attributes, hidden), classification, department)
        for id_, types, name, lon, lat, attributes, classification, department in rows
    ]
