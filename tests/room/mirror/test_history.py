"""Reading histories and latest values: order, policy, DST, sameness."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.governance.public import Classification
from spiegelstad.mirror.public import (
    NoSuchSeries,
    Resolution,
    daily,
    freeze,
    hourly,
    latest,
    one_series,
    raw,
    series,
)
from spiegelstad.mirror.queries.latest import latest_etag, latest_geojson
from spiegelstad.mirror.testing import make_observations, make_series

SPRING = date(2026, 3, 29)  # 23 hours in Brussels
AUTUMN = date(2026, 10, 25)  # 25 hours


def hourly_values(key: str, start: datetime, hours: int) -> list[tuple[str, datetime, float]]:
    return [(key, start + timedelta(hours=n), float(n)) for n in range(hours)]


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (date(2026, 6, 1), 24), (date(2025, 10, 26), 25)])
def test_daily_is_a_day_in_brussels(people: "People", tenant: str, day: date, hours: int) -> None:  # noqa: F821
    make_series(tenant, "a")
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    make_observations(tenant, hourly_values("a", start, 120))
    found = daily(people.nobody, ["a"], day, day + timedelta(days=1)).to_pylist()
    assert [(row["bucket"], row["count"]) for row in found] == [(day, hours)]


def test_histories_are_ordered_by_key_and_time(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "b", "a")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    make_observations(tenant, [*hourly_values("b", start, 3), *hourly_values("a", start, 2)])
    end = start + timedelta(days=1)
    found = hourly(people.nobody, ["a", "b", "unknown"], start, end)
    assert found.column("series").to_pylist() == ["a", "a", "b", "b", "b"]
    assert found.column("average").to_pylist() == [0, 1, 0, 1, 2]
    assert found.schema.field("bucket").type == pa.timestamp("us", tz="UTC")
    assert raw(people.nobody, ["b"], start, end).to_pylist()[2] == {
        "series": "b",
        "observed_at": start + timedelta(hours=2),
        "value": 2.0,
        "quality": 0,
    }
    assert hourly(people.nobody, [], start, end).num_rows == 0


def test_histories_are_closed_to_who_may_not_read(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "open")
    make_series(tenant, "staff", classification=Classification.INTERNAL)
    make_series(tenant, "secret", classification=Classification.CONFIDENTIAL, department="milieu")
    keys, start = ["open", "secret", "staff"], datetime(2026, 1, 1, tzinfo=UTC)
    make_observations(tenant, [(key, start, 1) for key in keys])
    expected = {
        people.nobody: ["open"],
        people.resident: ["open"],
        people.clerk: ["open", "staff"],
        people.steward: ["open", "staff"],
        people.other_steward: keys,
        people.administrator: keys,
        people.foreigner: [],
    }
    end = start + timedelta(days=1)
    for actor, readable in expected.items():
        assert hourly(actor, keys, start, end).column("series").to_pylist() == readable
        assert raw(actor, keys, start, end).column("series").to_pylist() == readable
        assert daily(actor, keys, start.date(), end.date()).column("series").to_pylist() == readable
        assert [item.key for item in latest(actor)] == readable
        assert [item.key for item in series(actor)] == readable
        assert latest_geojson(actor).count(b'"Feature"') == len(readable)
    with pytest.raises(NoSuchSeries):
        one_series(people.nobody, "secret")


def test_freeze_is_the_same_whatever_the_order(people: "People", tenant: str, other_tenant: str) -> None:  # noqa: F821
    start = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [(key, start + timedelta(minutes=7 * n), float(n % 13)) for key in ("x", "y") for n in range(400)]
    make_series(tenant, "x", "y", lon=3.7, lat=51.05)
    make_series(other_tenant, "y", "x", lon=3.7, lat=51.05)
    make_observations(tenant, rows)
    for part in (rows[500:], rows[:250], rows[250:500]):
        make_observations(other_tenant, part[::-1])
    for resolution in Resolution:
        one, other = (
            freeze(Actor.system(city, "t"), date(2026, 1, 1), date(2026, 2, 1), resolution=resolution, keys=["x", "y"])
            for city in (tenant, other_tenant)
        )
        assert one.num_rows > 0
        assert one.equals(other)
        assert one.column_names[:6] == ["series", "entity", "property", "unit", "lon", "lat"]


def test_freeze_by_property_of_nothing_has_the_same_columns(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "x")
    for resolution in Resolution:
        found = freeze(people.system, SPRING, AUTUMN, resolution=resolution, property="bicycleCount")
        other = freeze(people.system, SPRING, AUTUMN, resolution=resolution, property="none")
        assert found.schema == other.schema
        assert found.num_rows == 0


def test_latest_filters_by_type_and_place(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "a", entity_id="urn:x:1", entity_type="Counter", lon=3.7, lat=51.05)
    make_series(tenant, "b", lon=3.6, lat=51.0)
    assert [item.key for item in latest(people.nobody, entity_type="Counter")] == ["a"]
    assert [item.key for item in latest(people.nobody, bbox=(3.5, 50.9, 3.65, 51.1))] == ["b"]
    assert [item.key for item in latest(people.nobody, keys=["a", "b"])] == ["a", "b"]
    assert latest(people.nobody)[0].value is None


def test_latest_etag_changes_with_every_change_that_shows(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "a", "b")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    tags = [latest_etag(people.nobody)]
    for rows in ([("a", now, 1)], [("a", now, 2)], [("b", now, 2)]):
        make_observations(tenant, rows)
        tags.append(latest_etag(people.nobody))
    make_series(tenant, "a", lon=3.7, lat=51.05)
    tags.append(latest_etag(people.nobody))
    make_series(tenant, "c")
    tags.append(latest_etag(people.nobody))
    assert len(set(tags)) == len(tags)
    make_observations(tenant, [("a", now, 2), ("a", now - timedelta(days=1), 7)])
    assert latest_etag(people.nobody) == tags[-1]
    assert latest_etag(people.nobody, keys=["a"]) != tags[-1]


def test_latest_is_one_query(people: "People", tenant: str, django_assert_num_queries: object) -> None:  # noqa: F821
    make_series(tenant, *(f"s{n}" for n in range(30)))
    with django_assert_num_queries(1):
        assert len(latest(people.nobody)) == 30
    with django_assert_num_queries(1):
        latest_etag(people.nobody)
