"""Monthly partitions of the observations, made when the first observation of a month comes."""

from collections.abc import Callable
from datetime import date

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.partitions import Months

PARENT = "mirror_observation"
MONTHS = Months(PARENT)


def partitions_before(day: date) -> list[date]:
    """Return the first days of the months that have a partition and begin before `day`, oldest first."""
    names = sql.rows("SELECT relname FROM pg_class WHERE relname LIKE %s AND relkind = 'r'", [f"{PARENT}_%"])
    months = sorted(date.fromisoformat(f"{name.removeprefix(f'{PARENT}_').replace('_', '-')}-01") for (name,) in names)
    return [month for month in months if month < day]


def drop_partition(month: date, *, unless: Callable[[], bool]) -> bool:
    """Drop a month at once unless `unless`, asked while nobody can read or write, says no; return whether.

    Never one that is not over: writers remember that it is there. Gives up when the others don't finish within
    seconds: it must not stop the city's writers.
    """
    if month >= now().date().replace(day=1):
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '3s'")
            cursor.execute(f"LOCK TABLE {PARENT} IN ACCESS EXCLUSIVE MODE")
            if unless():
                return False
            cursor.execute(f"DROP TABLE {MONTHS.name(month)}")
            return True
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return False
        raise
