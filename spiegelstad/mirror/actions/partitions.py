"""Monthly partitions of the observations, made when the first observation of a month comes."""

from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction

from spiegelstad.base import sql
from spiegelstad.mirror.rules.days import next_month

PARENT = "mirror_observation"


def partition_name(month: date) -> str:
    """Return the table of the observations of a month (UTC)."""
    return f"{PARENT}_{month:%Y_%m}"


def ensure_partitions(months: Sequence[date]) -> None:
    """Make the partitions of these months (first days) that are missing; many may do so at once.

    Call it before series are locked: it may wait for another maker. A partition is made apart and then attached,
    because ATTACH lets readers and writers of the other months go on and CREATE … PARTITION OF does not.
    """
    for month in _missing(months):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [PARENT])
            if _missing([month]):
                name, to = partition_name(month), next_month(month)
                cursor.execute(f"CREATE TABLE {name} (LIKE {PARENT} INCLUDING ALL)")
                cursor.execute(
                    f"ALTER TABLE {PARENT} ATTACH PARTITION {name}"
                    f" FOR VALUES FROM ('{month} 00:00:00+00') TO ('{to} 00:00:00+00')"
                )


def _missing(months: Sequence[date]) -> list[date]:
    names = [partition_name(month) for month in months]
    found = {name for (name,) in sql.rows("SELECT relname FROM pg_class WHERE relname = ANY(%s)", [names])}
    return [month for month, name in zip(months, names, strict=True) if name not in found]
