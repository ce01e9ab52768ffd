"""The latest value of each series: one row each, kept by the writers."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import QuerySet, Sum

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.fields import Box
from spiegelstad.base.localised import Localised
from spiegelstad.mirror.models import SeriesLatest
from spiegelstad.mirror.queries.series import visible_series


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest value of a series that counts, with what a page needs to show it.

    `newest_at`: the newest observation even if bad; `received_at`: when that came in (None: nothing ever came).
    """

    key: str
    property: str
    name: Localised
    unit: str
    entity_id: str
    lon: float | None
    lat: float | None
    department: str
    expected_every_s: int | None
    observed_at: datetime | None
    value: float | None
    quality: int | None
    newest_at: datetime | None
    received_at: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Whether a value is missing: none for three times the expected interval."""
        if self.expected_every_s is None:
            return False
        return self.newest_at is None or (now - self.newest_at).total_seconds() > 3 * self.expected_every_s


_OF_SERIES = ("key", "property", "name", "unit", "entity_id", "lon", "lat", "department", "expected_every_s")
_OF_VALUE = ("observed_at", "value", "quality", "newest_at", "received_at")


def latest(
    actor: Actor,
    keys: Collection[str] | None = None,
    entity_type: str | None = None,
    bbox: Box | None = None,
    property: str | None = None,
) -> list[Latest]:
    """Return the latest values that `actor` may read, ordered by key, series without any value included: one query."""
    found = _rows(actor, keys=keys, entity_type=entity_type, bbox=bbox, property=property).order_by("series__key")
    paths = [f"series__{name}" for name in _OF_SERIES]
    return [Latest(*row) for row in found.values_list(*paths, *_OF_VALUE)]


def latest_geojson(actor: Actor, **filters: Any) -> bytes:
    """Return the latest values (filters as for `latest`) as a GeoJSON FeatureCollection, built by PostgreSQL."""
    found = _rows(actor, **filters).filter(observed_at__isnull=False).values("series_id")
    chosen, params = found.query.sql_with_params()
    text: str = sql.rows(sql.load(Path(__file__).parent, "latest_geojson").format(chosen=chosen), params)[0][0]
    return text.encode()


def latest_etag(actor: Actor, **filters: Any) -> str:
    """Return a tag that changes whenever `latest_geojson` with the same filters would: one small query.

    It is a sum of revisions, which every commit makes larger, and not a newest moment: of two writers the one that
    began first may commit last, and a newest moment would not show it.
    """
    found = _rows(actor, **filters)
    sums = found.aggregate(values=Sum("revision"), series=Sum("series__revision"), ids=Sum("series_id"))
    return hashlib.sha256(repr((actor.tenant_id, sorted(filters.items()), sums)).encode()).hexdigest()[:20]


def _rows(actor: Actor, **filters: Any) -> QuerySet[SeriesLatest]:
    return SeriesLatest.objects.filter(
        tenant_id=actor.tenant_id, series__in=visible_series(actor, **filters).values("id")
    )
