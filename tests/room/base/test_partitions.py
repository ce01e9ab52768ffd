"""Partitions by month, made before a transaction begins or in the middle of one."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection, transaction

from spiegelstad.base import sql
from spiegelstad.base.partitions import Months

MONTHS = Months("measured")


@pytest.fixture
def table(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE measured (at timestamptz PRIMARY KEY) PARTITION BY RANGE (at)")
        yield
        cursor.execute("DROP TABLE measured")


def write(month, times=1):
    """Write as the hot paths do: by a prepared statement, whose plan looks at nothing again when it is known."""
    with sql.prepared() as cursor:
        for hour in range(times):
            at = datetime(month.year, month.month, month.day, hour, tzinfo=UTC)
            cursor.execute("INSERT INTO measured VALUES (%s)", [at], prepare=True)


def partitions():
    return [
        name for (name,) in sql.rows("SELECT relid::regclass::text FROM pg_partition_tree('measured') WHERE isleaf")
    ]


def test_months_are_made_once(table):
    for _ in range(2):
        MONTHS.ensure([date(2024, 12, 1), date(2025, 1, 1)])
    write(date(2024, 12, 31))
    assert sorted(partitions()) == ["measured_2024_12", "measured_2025_01"]


def test_a_transaction_that_wrote_already_sees_the_month_made_for_it(table):
    with transaction.atomic():
        for month in (date(2024, 1, 1), date(2024, 2, 1)):
            MONTHS.ensure_apart([month])
            write(month, times=8)
    assert sql.rows("SELECT count(*) FROM measured") == [(16,)]


def test_a_month_made_apart_stays_when_the_transaction_fails(table):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        MONTHS.ensure_apart([date(2024, 1, 1)])
        raise ZeroDivisionError
    assert partitions() == ["measured_2024_01"]


def test_a_transaction_that_makes_a_month_itself_makes_the_next_too(table):
    with transaction.atomic():
        MONTHS.ensure([date(2024, 1, 1)])
        MONTHS.ensure_apart([date(2024, 2, 1)])
        write(date(2024, 2, 2))
    assert len(partitions()) == 2
