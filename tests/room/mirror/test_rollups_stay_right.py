"""Whatever comes in, in whatever order and however many at once: the derived tables equal the slow reference."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_tenant
from spiegelstad.base import sql
from spiegelstad.mirror.public import delete_observations
from spiegelstad.mirror.queries.verifying import series_to_verify, verify_series
from spiegelstad.mirror.rules.reference import Observations, Rollup
from spiegelstad.mirror.testing import make_observations, make_series

KEYS = ("a", "b", "c")
# Round the short night of 2026 in Brussels and round a border of months.
STARTS = (datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 3, 31, 21, tzinfo=UTC))
MOMENTS = [start + timedelta(minutes=25 * n) for start in STARTS for n in range(8)]

Row = tuple[str, datetime, float, int]
Act = Callable[[str, Observations], None]

ROWS = st.tuples(
    st.sampled_from(KEYS), st.sampled_from(MOMENTS), st.integers(-50, 50).map(lambda n: n / 8), st.integers(0, 3)
)


def importing(rows: list[Row]) -> Act:
    def act(tenant: str, truth: Observations) -> None:
        result = make_observations(tenant, rows)
        inserted, corrected, unchanged = truth.put(rows)
        doubles = len(rows) - len({row[:2] for row in rows})
        assert (result.inserted, result.corrected, result.unchanged) == (inserted, corrected, unchanged + doubles)

    return act


def deleting(series: str, from_: datetime, hours: int) -> Act:
    def act(tenant: str, truth: Observations) -> None:
        to = from_ + timedelta(hours=hours)
        deleted = delete_observations(
            by=Actor.system(tenant, "t"), series_key=series, from_=from_, to=to, reason="wrong place"
        )
        assert deleted == truth.delete(series, from_, to)

    return act


ACTS = st.lists(
    st.one_of(
        st.builds(importing, st.lists(ROWS, min_size=1, max_size=25)),
        st.builds(importing, st.lists(ROWS, min_size=1, max_size=3)),
        st.builds(deleting, st.sampled_from(KEYS), st.sampled_from(MOMENTS), st.integers(1, 9)),
    ),
    min_size=1,
    max_size=7,
)


def derived(tenant: str) -> dict[str, dict[Any, Any]]:
    join = "JOIN mirror_series s ON s.id = series_id WHERE s.tenant_id = %s"
    columns = "key, bucket, r.count, r.sum, r.minimum, r.maximum"
    hourly = sql.rows(f"SELECT {columns} FROM mirror_hourly r {join}", [tenant])
    daily = sql.rows(f"SELECT {columns} FROM mirror_daily r {join}", [tenant])
    latest = sql.rows(
        f"SELECT key, observed_at, value, quality FROM mirror_serieslatest {join} AND observed_at IS NOT NULL", [tenant]
    )
    newest = sql.rows(f"SELECT key, newest_at FROM mirror_serieslatest {join} AND newest_at IS NOT NULL", [tenant])
    return {
        "hourly": {(key, bucket): Rollup(*rest) for key, bucket, *rest in hourly},
        "daily": {(key, bucket): Rollup(*rest) for key, bucket, *rest in daily},
        "latest": {key: tuple(rest) for key, *rest in latest},
        "newest": dict(newest),
    }


def expected(truth: Observations) -> dict[str, dict[Any, Any]]:
    return {
        "hourly": dict(truth.hourly()),
        "daily": dict(truth.daily()),
        "latest": dict(truth.latest()),
        "newest": dict(truth.newest()),
    }


def differences(tenant: str) -> list[Any]:
    return [difference for row in series_to_verify(tenant) for difference in verify_series(row)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, chunk=st.sampled_from([3, 500_000]))
def test_everything_derived_equals_the_reference(
    tenant: str, monkeypatch: pytest.MonkeyPatch, acts: list[Act], chunk: int
) -> None:
    monkeypatch.setattr("spiegelstad.mirror.actions.observations.CHUNK_ROWS", chunk)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM mirror_observation; DELETE FROM mirror_hourly; DELETE FROM mirror_daily")
        cursor.execute("DELETE FROM mirror_serieslatest; DELETE FROM mirror_series")
    make_series(tenant, *KEYS)
    truth = Observations()
    for act in acts:
        act(tenant, truth)
        assert derived(tenant) == expected(truth)  # eighths add up exactly, whatever the order
    assert differences(tenant) == []


def test_verify_finds_what_is_wrong(tenant: str) -> None:
    make_series(tenant, "a", "b")
    make_observations(tenant, [(key, moment, 1.5) for key in ("a", "b") for moment in MOMENTS])
    assert differences(tenant) == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE mirror_hourly SET sum = sum + 0.001 WHERE bucket = %s", [STARTS[0]])
        cursor.execute("DELETE FROM mirror_daily WHERE bucket = '2026-04-01'")
        cursor.execute("UPDATE mirror_serieslatest SET value = 7")
    found = {(item.what, item.bucket[:13]) for item in differences(tenant)}
    assert found == {("hour", "2026-03-28 22"), ("day", "2026-04-01"), ("latest value", "")}


def delete_two_hours(tenant: str, series: str, from_: datetime) -> None:
    to = from_ + timedelta(hours=2)
    delete_observations(by=Actor.system(tenant, "t"), series_key=series, from_=from_, to=to, reason="wrong place")


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_leave_everything_right() -> None:
    tenant = make_tenant("druk").id
    make_series(tenant, *KEYS)
    errors: list[BaseException] = []

    def work(seed: int) -> None:
        chance = random.Random(seed)
        try:
            for _ in range(12):
                month = datetime(2019, chance.randint(1, 12), 1, tzinfo=UTC)
                rows = [
                    (
                        key,
                        chance.choice([*MOMENTS, month + timedelta(hours=chance.randint(0, 9))]),
                        chance.randint(0, 9),
                    )
                    for key in chance.choices(KEYS, k=20)
                ]
                make_observations(tenant, [(*row, chance.choice([0, 0, 0, 2])) for row in rows])
                if chance.random() < 0.3:
                    delete_two_hours(tenant, chance.choice(KEYS), chance.choice(MOMENTS))
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    truth = Observations()
    truth.put(
        sql.rows(
            "SELECT key, observed_at, value, quality FROM mirror_observation JOIN mirror_series s ON s.id = series_id"
        )
    )
    assert len(truth.values) > 100
    assert derived(tenant) == expected(truth)
    assert differences(tenant) == []


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_of_new_months_make_each_once() -> None:
    tenant = make_tenant("maanden").id
    make_series(tenant, *KEYS)
    errors: list[BaseException] = []
    start = threading.Barrier(4)

    def work(key: str) -> None:
        try:
            start.wait()
            months = [datetime.combine(date(1950 + n, 1 + n % 12, 1), datetime.min.time(), UTC) for n in range(12)]
            make_observations(tenant, [(key, month, 1.0) for month in months])
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(key,)) for key in (*KEYS, "a")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert sql.rows("SELECT count(*) FROM mirror_observation") == [(36,)]
