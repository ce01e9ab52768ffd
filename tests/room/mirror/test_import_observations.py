"""Importing observations: once, again, late, corrected, refused."""

from datetime import UTC, datetime, timedelta

import pytest

from spiegelstad.base import sql
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.mirror.public import (
    InvalidObservations,
    Quality,
    SeriesIn,
    UnitIsFixed,
    ensure_series,
    import_observations,
)
from spiegelstad.mirror.testing import make_observations, make_series, observations_table

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def hours(tenant: str) -> list[tuple[object, ...]]:
    return sql.rows(
        "SELECT bucket, count, sum, minimum, maximum FROM mirror_hourly WHERE tenant_id = %s ORDER BY 1", [tenant]
    )


def days(tenant: str) -> list[tuple[object, ...]]:
    return sql.rows(
        "SELECT bucket::text, count, sum, minimum, maximum FROM mirror_daily WHERE tenant_id = %s ORDER BY 1", [tenant]
    )


def latest(tenant: str) -> list[tuple[object, ...]]:
    return sql.rows("SELECT newest_at, observed_at, value FROM mirror_serieslatest WHERE tenant_id = %s", [tenant])


def test_import_fills_rollups_and_latest(tenant: str) -> None:
    make_series(tenant, "bike:1")
    result = make_observations(tenant, [("bike:1", at(5), 3), ("bike:1", at(0), 5), ("bike:1", at(65), 1)])
    assert (result.inserted, result.corrected, result.unchanged) == (3, 0, 0)
    assert hours(tenant) == [(at(0), 2, 8, 3, 5), (at(60), 1, 1, 1, 1)]
    assert days(tenant) == [("2026-03-28", 3, 9, 1, 5)]
    assert latest(tenant) == [(at(65), at(65), 1)]


def test_import_twice_changes_nothing(tenant: str) -> None:
    make_series(tenant, "bike:1")
    rows = [("bike:1", at(5), 3.0), ("bike:1", at(5), 4.0), ("bike:1", at(65), 1.0)]
    first = make_observations(tenant, rows)
    before = (hours(tenant), days(tenant), latest(tenant))
    again = make_observations(tenant, rows)
    assert (first.inserted, first.unchanged) == (2, 1)  # the earlier of two rows for one moment makes no difference
    assert (again.inserted, again.corrected, again.unchanged) == (0, 0, 3)
    assert (hours(tenant), days(tenant), latest(tenant)) == before
    assert hours(tenant)[0] == (at(0), 1, 4, 4, 4)


def test_import_corrects_a_value_and_its_rollups(tenant: str) -> None:
    make_series(tenant, "bike:1")
    make_observations(tenant, [("bike:1", at(0), 100), ("bike:1", at(5), 3), ("bike:1", at(65), 1)])
    result = make_observations(tenant, [("bike:1", at(0), 10), ("bike:1", at(10), 4), ("bike:1", at(65), 1)])
    assert (result.inserted, result.corrected, result.unchanged) == (1, 1, 1)
    assert hours(tenant)[0] == (at(0), 3, 17, 3, 10)
    assert days(tenant) == [("2026-03-28", 4, 18, 1, 10)]


def test_import_does_not_count_bad_values(tenant: str) -> None:
    make_series(tenant, "bike:1")
    make_observations(tenant, [("bike:1", at(0), 1), ("bike:1", at(65), 7), ("bike:1", at(70), 999, Quality.BAD)])
    assert latest(tenant) == [(at(70), at(65), 7)]
    make_observations(tenant, [("bike:1", at(65), 7, Quality.BAD)])
    assert hours(tenant) == [(at(0), 1, 1, 1, 1)]
    assert latest(tenant) == [(at(70), at(0), 1)]


def test_import_keeps_a_value_outside_the_range_as_bad(tenant: str) -> None:
    make_series(tenant, "garage", unit="P1", minimum=0, maximum=100)
    make_observations(tenant, [("garage", at(0), -168), ("garage", at(1), 50)])
    stored = sql.rows("SELECT value, quality FROM mirror_observation WHERE tenant_id = %s ORDER BY 1", [tenant])
    assert stored == [(-168, Quality.BAD), (50, Quality.GOOD)]
    assert hours(tenant) == [(at(0), 1, 50, 50, 50)]


def test_import_makes_partitions_for_old_months(tenant: str) -> None:
    make_series(tenant, "thermometer", unit="CEL")
    old = datetime(1900, 1, 1, tzinfo=UTC)
    assert make_observations(tenant, [("thermometer", old, -3.5)]).inserted == 1
    assert days(tenant) == [("1900-01-01", 1, -3.5, -3.5, -3.5)]


def test_import_refuses_rows_and_takes_the_others(tenant: str) -> None:
    make_series(tenant, "bike:1")
    result = make_observations(
        tenant,
        [
            ("bike:1", at(0), 1),
            ("unknown", at(0), 1),
            ("bike:1", datetime(1899, 12, 31, tzinfo=UTC), 1),
            ("bike:1", datetime.now(UTC) + timedelta(days=2), 1),
            ("bike:1", at(1), float("nan")),
            ("bike:1", at(1), float("inf")),
            ("bike:1", at(1), 1, 9),
        ],
    )
    assert result.inserted == 1
    assert [refusal.row for refusal in result.refused] == [1, 2, 3, 4, 5, 6]
    assert "'unknown'" in result.refused[0].reason
    assert "1900" in result.refused[1].reason
    assert "future" in result.refused[2].reason
    assert "quality" in result.refused[5].reason


def test_import_refuses_a_table_without_zone(tenant: str) -> None:
    table = observations_table([("bike:1", at(0), 1)])
    naive = table.set_column(1, "observed_at", table["observed_at"].cast("timestamp[us]"))
    with pytest.raises(InvalidObservations, match="zone"):
        import_observations(by=_system(tenant), table=naive)
    with pytest.raises(InvalidObservations, match="'value' is missing"):
        import_observations(by=_system(tenant), table=table.drop(["value"]))


def test_import_is_for_the_steward_of_the_department(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "bike:1", department="mobiliteit")
    table = observations_table([("bike:1", at(0), 1)])
    assert import_observations(by=people.steward, table=table).inserted == 1
    for actor in (people.other_steward, people.analyst, people.resident):
        with pytest.raises(NotAllowed):
            import_observations(by=actor, table=table)
    with pytest.raises(SignInNeeded):
        import_observations(by=people.nobody, table=table)


def test_import_does_not_reach_another_city(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "bike:1")
    result = import_observations(by=people.foreigner, table=observations_table([("bike:1", at(0), 1)]))
    assert result.inserted == 0
    assert "not known here" in result.refused[0].reason
    assert hours(tenant) == []


def test_series_unit_is_fixed_once_there_are_values(tenant: str) -> None:
    make_series(tenant, "bike:1")
    ensure_series(by=_system(tenant), series=[_series("CEL")])
    make_observations(tenant, [("bike:1", at(0), 1)])
    with pytest.raises(UnitIsFixed):
        ensure_series(by=_system(tenant), series=[_series("P1")])


def _series(unit: str) -> SeriesIn:
    return SeriesIn(key="bike:1", property="bicycleCount", name={"nl": "Fietsen"}, unit=unit)


def _system(tenant: str) -> "Actor":  # noqa: F821
    from spiegelstad.accounts.public import Actor

    return Actor.system(tenant, "tests")
