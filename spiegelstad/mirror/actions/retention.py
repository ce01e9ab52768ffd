"""Retention of raw observations: an act with a reason; the hourly and daily rollups stay.

From the moment of the act rows of that time are refused, because their rollups could not be kept right any more. The
removal itself goes month by month: a month in which no series keeps a row is dropped as a whole, else rows are deleted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput
from spiegelstad.governance.public import Thing, record, require
from spiegelstad.mirror.actions.partitions import drop_partition, partitions_before
from spiegelstad.mirror.models import Series
from spiegelstad.mirror.rules.acts import DROP_RAW_OBSERVATIONS
from spiegelstad.mirror.rules.days import begin_of, next_month


@dataclass(frozen=True, slots=True)
class Removal:
    """What a removal did: whole months dropped, and rows deleted from the others."""

    months_dropped: int
    rows_deleted: int


def drop_raw_observations(
    *, by: Actor, before: date, reason: str, property: str | None = None, keys: Collection[str] | None = None
) -> Removal:
    """Remove the raw observations of all days before `before` (Brussels), of all series or of those named.

    Raises InvalidInput without a reason or for a day to come. Can be repeated: what was left is then removed.
    """
    if not reason.strip():
        raise InvalidInput("Retention needs a reason.")
    if begin_of(before) > now():
        raise InvalidInput("Retention cannot reach into the future.")
    series = Series.objects.filter(tenant_id=by.tenant_id)
    if property is not None:
        series = series.filter(property=property)
    if keys is not None:
        series = series.filter(key__in=keys)
    for department in sorted(set(series.values_list("department", flat=True))) or [""]:
        require(by, DROP_RAW_OBSERVATIONS, Thing("observations", "", by.tenant_id, department=department))
    ids = sorted(series.values_list("id", flat=True))
    with transaction.atomic():
        _run("lock_series", tenant=by.tenant_id, series=ids)
        _run("close_raw", tenant=by.tenant_id, series=ids, before=begin_of(before))
        details = {"before": before, "series": len(ids), "property": property or ""}
        record(by, DROP_RAW_OBSERVATIONS, Thing("observations", "", by.tenant_id), details=details, reason=reason)
    return remove_closed(by.tenant_id, begin_of(before))


def remove_closed(tenant_id: str, before: datetime) -> Removal:
    """Remove the raw rows of a city that retention has closed."""
    dropped = deleted = 0
    for month in partitions_before(before.astimezone(UTC).date() + timedelta(days=1)):
        bounds = {"from": _utc(month), "to": _utc(next_month(month))}
        if drop_partition(month, unless=lambda bounds=bounds: _keeps_rows(bounds)):  # type: ignore[misc]
            dropped += 1
        else:
            with transaction.atomic():
                deleted += _run("remove_rows_of_month", tenant=tenant_id, **bounds)
    return Removal(dropped, deleted)


def _keeps_rows(bounds: dict[str, datetime]) -> bool:
    return bool(sql.rows(sql.load(Path(__file__).parent, "month_has_rows_to_keep"), bounds)[0][0])


def _utc(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def _run(name: str, **params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.load(Path(__file__).parent, name), params)
        changed: int = cursor.rowcount
        return changed
