"""Values that come with changes of entities: the same tables, rollups and latest values as an import leaves."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.base import sql
from spiegelstad.mirror.public import (
    AttributeValue,
    Periods,
    Range,
    SeriesIn,
    TooManyPeriods,
    aggregated,
    attribute_series,
    delete_values,
    forget_values,
    observed,
    observed_at,
    observed_within,
    record_values,
)
from spiegelstad.mirror.queries import evolution
from spiegelstad.mirror.queries.verifying import series_to_verify, verify_series
from spiegelstad.mirror.testing import make_observations, make_series

START = datetime(2025, 3, 29, 22, tzinfo=UTC)  # an hour before a day of 23 hours begins
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
minutes = st.integers(0, 60 * 60)


def value(series: int, minute: int, number: float = 1.0) -> AttributeValue:
    return AttributeValue(series, START + timedelta(minutes=minute), number)


def verify(tenant: str) -> list[object]:
    return [difference for row in series_to_verify(tenant) for difference in verify_series(row)]


def stored(tenant: str, series: int) -> list[tuple[datetime, float]]:
    found = sql.rows(
        "SELECT observed_at, value FROM mirror_observation WHERE tenant_id = %s AND series_id = %s ORDER BY 1",
        [tenant, series],
    )
    return found


def test_values_newer_and_older_than_known_leave_right_rollups(tenant):
    [series] = make_series(tenant, "a")
    assert record_values(tenant, [value(series, 10, 1.0), value(series, 20, 2.0)]) == []
    assert record_values(tenant, [value(series, 5, 3.0), value(series, 20, 4.0), value(series, 90, 5.0)]) == []
    assert [number for _, number in stored(tenant, series)] == [3.0, 1.0, 4.0, 5.0]
    assert verify(tenant) == []


@FEW
@given(batches=st.lists(st.dictionaries(minutes, st.integers(-5, 5), max_size=6), max_size=6))
def test_values_in_any_batches_equal_what_was_written_last(tenant, batches):
    [series] = make_series(tenant, "a")
    forget_values(tenant, series)
    known: dict[int, int] = {}
    for batch in batches:
        assert record_values(tenant, [value(series, minute, number) for minute, number in batch.items()]) == []
        known |= batch
    expected = [(START + timedelta(minutes=minute), float(number)) for minute, number in sorted(known.items())]
    assert stored(tenant, series) == expected
    assert verify(tenant) == []


def test_values_outside_the_range_of_their_series_are_kept_and_do_not_count(tenant):
    [series] = make_series(tenant, "a", maximum=10.0)
    record_values(tenant, [value(series, 10, 99.0), value(series, 12, 9.0)])
    record_values(tenant, [value(series, 11, 98.0)])
    assert len(stored(tenant, series)) == 3
    [whole] = aggregated(tenant, [series], Range(), Periods(START), ["maximum", "count", "squares"])
    assert {name: sums.tolist() for name, sums in whole.sums.items()} == {"count": [1], "maximum": [9], "squares": [81]}
    assert verify(tenant) == []


def test_values_of_a_time_that_retention_closed_are_refused(tenant):
    [series] = make_series(tenant, "a")
    sql_update = "UPDATE mirror_serieslatest SET raw_since = %s WHERE series_id = %s"
    with connection.cursor() as cursor:
        cursor.execute(sql_update, [START + timedelta(hours=1), series])
    assert record_values(tenant, [value(series, 10), value(series, 70), value(series, 20)]) == [0, 2]


def test_values_deleted_leave_right_rollups(tenant):
    [series] = make_series(tenant, "a")
    record_values(tenant, [value(series, 10), value(series, 20, 2.0), value(series, 90, 3.0)])
    assert delete_values(tenant, series, [START + timedelta(minutes=90), START]) == 1
    assert verify(tenant) == []
    assert [number for _, number in stored(tenant, series)] == [1.0, 2.0]
    forget_values(tenant, series)
    assert stored(tenant, series) == []
    assert verify(tenant) == []


def test_series_of_attributes_are_made_once_and_follow_their_entity(tenant):
    given = SeriesIn(key="k", property="p", name={"nl": "k", "en": "k"}, unit="", lon=1.0, lat=2.0)
    first = attribute_series(tenant, [given])
    assert attribute_series(tenant, [given]) == first


def test_observed_gives_so_many_from_either_end(tenant):
    one, other = make_series(tenant, "a", "b")
    make_observations(tenant, [("a", START + timedelta(minutes=n), float(n)) for n in range(5)])
    first = observed(tenant, [one, other], Range(START + timedelta(minutes=1)), limit=2, newest=False)
    assert [number for _, _, number in first] == [1.0, 2.0]
    last = observed(tenant, [one, other], Range(None, START + timedelta(minutes=4)), limit=2, newest=True)
    assert [number for _, _, number in last] == [3.0, 2.0]
    assert observed_at(tenant, [(one, START), (other, START)]) == [(one, START, 0.0)]
    assert observed_within(tenant, [one, other], Range(START)) == {one}


def test_series_without_values_are_not_looked_for_row_by_row(tenant):
    """A month in which few series have values looks to the planner as if the first row it reads were of any of them."""
    _, other = make_series(tenant, "a", "b")
    make_observations(tenant, [("a", START + timedelta(minutes=minute), 1.0) for minute in range(3_000)])
    params = {"tenant": tenant, "series": [other], **Range(START).params()}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE mirror_observation")
        cursor.execute("EXPLAIN " + sql.load(Path(evolution.__file__).parent, "observed_in"), params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on mirror_observation" not in plan, plan


SUMS = ("count", "sum", "minimum", "maximum", "mean")


def periods_of(found):
    """Return begin and `SUMS` of the periods of the one series there is, if any."""
    if not found:
        return []
    [one] = found
    begins = [datetime.fromtimestamp(begin / 1e6, UTC) for begin in one.begins.tolist()]
    return list(zip(begins, *(one.sums[name] for name in SUMS), strict=True))


hours_and_minutes = st.integers(0, 72 * 60).map(lambda minute: START + timedelta(minutes=minute))


@FEW
@given(
    numbers=st.dictionaries(minutes, st.integers(-9, 9), max_size=12),
    ends=st.lists(hours_and_minutes, min_size=2, max_size=2).map(sorted),
    step=st.sampled_from([None, timedelta(hours=1), timedelta(hours=6), timedelta(days=1)]),
)
def test_aggregates_of_rollups_equal_those_of_raw_values(tenant, numbers, ends, step):
    [series] = make_series(tenant, "a")
    forget_values(tenant, series)
    record_values(tenant, [value(series, minute, number) for minute, number in numbers.items()])
    within = Range(*ends)
    anchor = ends[0].replace(minute=0) if step else ends[0]
    periods = Periods(anchor, step)
    from_raw = aggregated(tenant, [series], within, periods, SUMS, source="raw")
    from_hours = aggregated(tenant, [series], within, periods, SUMS, source="hours")
    assert periods_of(from_raw) == periods_of(from_hours)


def test_aggregates_of_days_are_those_of_brussels(tenant):
    [series] = make_series(tenant, "a")
    midnight = START + timedelta(hours=1)
    record_values(tenant, [value(series, 59, 1.0), value(series, 60, 2.0), value(series, 60 + 23 * 60, 4.0)])
    within = Range(midnight, midnight + timedelta(hours=23))
    [one] = aggregated(tenant, [series], within, Periods(midnight), SUMS)
    assert one.sums["sum"].tolist() == [2.0]
    months = Periods(midnight, bounds=[midnight])
    whole = aggregated(tenant, [series], Range(midnight), months, SUMS)
    assert [(begin, total) for begin, _, total, *_ in periods_of(whole)] == [(midnight, 6.0)]


@pytest.mark.parametrize("source", ["raw", "hours"])
def test_aggregates_by_bounds_name_periods_by_their_beginning(tenant, source):
    [series] = make_series(tenant, "a")
    record_values(tenant, [value(series, 0, 1.0), value(series, 61, 2.0), value(series, 130, 4.0)])
    bounds = [START, START + timedelta(hours=2)]
    found = aggregated(tenant, [series], Range(START), Periods(START, bounds=bounds), SUMS, source=source)
    assert [(begin, total) for begin, _, total, *_ in periods_of(found)] == [(START, 3.0), (bounds[1], 4.0)]


def test_more_periods_than_a_summary_has_are_refused(tenant, monkeypatch):
    [series] = make_series(tenant, "a")
    record_values(tenant, [value(series, 0), value(series, 61), value(series, 130)])
    hours = Periods(START, timedelta(hours=1))
    monkeypatch.setattr(evolution, "MOST_PERIODS", 3)
    assert len(aggregated(tenant, [series], Range(START), hours, ["sum"])[0].begins) == 3
    monkeypatch.setattr(evolution, "MOST_PERIODS", 2)
    with pytest.raises(TooManyPeriods):
        aggregated(tenant, [series], Range(START), hours, ["sum"])
