"""Monthly partitions of the observations, made when the first observation of a month comes."""

from collections.abc import Callable, Sequence
from datetime import date

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

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


def partitions_before(day: date) -> list[date]:
    """Return the first days of the months that have a partition and begin before `day`, oldest first."""
    names = sql.rows("SELECT relname FROM pg_class WHERE relname LIKE %s AND relkind = 'r'", [f"{PARENT}_%"])
    months = sorted(date.fromisoformat(f"{name.removeprefix(f'{PARENT}_').replace('_', '-')}-01") for (name,) in names)
    return [month for month in months if month < day]


def drop_partition(month: date, *, unless: Callable[[], bool]) -> bool:
    """Drop a month at once unless `unless`, asked while nobody can read or write, says no; return whether.

    Gives up when the others don't finish within seconds: it must not stop the city's writers.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            cursor.execute(f"LOCK TABLE {PARENT} IN ACCESS EXCLUSIVE MODE")
            if unless():
                return False
            cursor.execute(f"DROP TABLE {partition_name(month)}")
            return True
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
