"""The proof that rollups and latest values are what the raw observations add up to."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from spiegelstad.base import sql
from spiegelstad.mirror.models import SeriesLatest


@dataclass(frozen=True, slots=True)
class Difference:
    """A derived value that is not what the raw observations add up to. `what`: hour, day or latest value."""

    tenant_id: str
    series: str
    what: str
    bucket: str


def series_to_verify(tenant_id: str | None = None) -> list[SeriesLatest]:
    """Return the series of a city, or of all, for `verify_series`."""
    found = SeriesLatest.objects.select_related("series").order_by("tenant_id", "series__key")
    return list(found.filter(tenant_id=tenant_id) if tenant_id else found)


def verify_series(row: SeriesLatest) -> Iterator[Difference]:
    """Recompute one series and yield every difference; writers may go on meanwhile."""
    params = {"tenant": row.tenant_id, "series": row.series_id, "raw_since": row.raw_since}
    with transaction.atomic(), connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:  # of an own transaction: all statements see the same moment
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for what, statement in (("hour", "wrong_hours"), ("day", "wrong_days")):
            for (bucket,) in sql.rows(sql.load(Path(__file__).parent, statement), params):
                yield Difference(row.tenant_id, row.series.key, what, bucket)
        if sql.rows(sql.load(Path(__file__).parent, "latest_is_wrong"), params) == [(True,)]:
            yield Difference(row.tenant_id, row.series.key, "latest value", "")
