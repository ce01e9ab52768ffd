"""Which series there are, for this actor."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import NotFound
from spiegelstad.base.fields import Box
from spiegelstad.base.localised import Localised
from spiegelstad.governance.public import visible
from spiegelstad.mirror import models


class NoSuchSeries(NotFound):
    """There is no series with this key, or not for this actor."""


@dataclass(frozen=True, slots=True)
class Series:
    """A series as read; `id` is its number in the tables, `unit` a UN/CEFACT code."""

    id: int
    key: str
    entity_id: str
    entity_type: str
    property: str
    name: Localised
    unit: str
    lon: float | None
    lat: float | None
    minimum: float | None
    maximum: float | None
    classification: str
    department: str
    expected_every_s: int | None


def series(
    actor: Actor,
    keys: Collection[str] | None = None,
    property: str | None = None,
    entity_type: str | None = None,
    bbox: Box | None = None,
    *,
    ids: Collection[int] | None = None,
) -> list[Series]:
    """Return the series that `actor` may read, ordered by key; each filter given narrows them."""
    found = visible_series(actor, keys=keys, property=property, entity_type=entity_type, bbox=bbox)
    if ids is not None:
        found = found.filter(id__in=ids)
    return [Series(*row) for row in found.order_by("key").values_list(*Series.__dataclass_fields__)]


def one_series(actor: Actor, key: str) -> Series:
    """Return one series; raises NoSuchSeries."""
    found = series(actor, keys=[key])
    if not found:
        raise NoSuchSeries(f"There is no series {key!r}.")
    return found[0]


def visible_series(
    actor: Actor,
    keys: Collection[str] | None = None,
    property: str | None = None,
    entity_type: str | None = None,
    bbox: Box | None = None,
) -> QuerySet[models.Series]:
    """Return the series that `actor` may read, as a queryset for the other reads of this room."""
    chosen = visible(actor)
    if keys is not None:
        chosen &= Q(key__in=keys)
    if property is not None:
        chosen &= Q(property=property)
    if bbox is not None:
        chosen &= Q(lon__gte=bbox[0], lon__lte=bbox[2], lat__gte=bbox[1], lat__lte=bbox[3])
    if entity_type is not None:
        chosen &= Q(entity_type=entity_type)
    return models.Series.objects.filter(chosen)
