"""Retention: raw rows go, with a reason; rollups stay; the time is closed for writers."""

from datetime import UTC, date, datetime, timedelta

import pytest

from spiegelstad.base import sql
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import InvalidInput
from spiegelstad.governance.public import NotAllowed
from spiegelstad.mirror.actions.partitions import partitions_before
from spiegelstad.mirror.public import (
    RawIsGone,
    Removal,
    daily,
    delete_observations,
    drop_raw_observations,
    hourly,
    import_observations,
    latest,
    raw,
)
from spiegelstad.mirror.queries.verifying import series_to_verify, verify_series
from spiegelstad.mirror.testing import make_observations, make_series, observations_table

pytestmark = pytest.mark.usefixtures("no_months_of_others")
JANUARY = datetime(2025, 1, 1, 12, tzinfo=UTC)
END = datetime(2026, 1, 1, tzinfo=UTC)


def days_of_2025(key: str) -> list[tuple[str, datetime, float]]:
    return [(key, JANUARY + timedelta(days=day), float(day)) for day in range(100)]


def test_dropping_raw_rows_keeps_rollups_and_is_audited(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "a", department="mobiliteit")
    make_observations(tenant, days_of_2025("a"))
    before = (hourly(people.nobody, ["a"], JANUARY, END), daily(people.nobody, ["a"], JANUARY.date(), END.date()))
    removal = drop_raw_observations(by=people.steward, before=date(2025, 3, 10), reason="policy of two years")
    assert removal == Removal(months_dropped=2, rows_deleted=9)
    assert partitions_before(date(2025, 3, 1)) == []
    assert raw(people.nobody, ["a"], JANUARY, END).num_rows == 100 - 31 - 28 - 9
    assert before == (
        hourly(people.nobody, ["a"], JANUARY, END),
        daily(people.nobody, ["a"], JANUARY.date(), END.date()),
    )
    assert [difference for row in series_to_verify(tenant) for difference in verify_series(row)] == []
    audit = sql.rows("SELECT act, reason FROM governance_auditentry WHERE act LIKE 'mirror.drop%%'")
    assert audit == [("mirror.drop_raw_observations", "policy of two years")]
    again = drop_raw_observations(by=people.steward, before=date(2025, 3, 10), reason="policy of two years")
    assert again == Removal(0, 0)


@pytest.mark.parametrize("first_kept", [date(2025, 1, 2), date(2025, 2, 1), date(2025, 2, 2), date(2025, 2, 3)])
def test_raw_rows_go_up_to_the_day_that_is_kept(people: "People", tenant: str, first_kept: date) -> None:  # noqa: F821
    make_series(tenant, "a")
    make_observations(tenant, days_of_2025("a"))
    drop_raw_observations(by=people.system, before=first_kept, reason="policy")
    left = raw(people.nobody, ["a"], JANUARY, END).column("observed_at").to_pylist()
    assert min(left).date() == first_kept


def test_raw_rows_of_the_present_month_go_and_its_partition_stays(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "a")
    moment = now()
    make_observations(tenant, [("a", moment - timedelta(days=days), 1.0) for days in (0, *range(2, 40))])
    today = moment.astimezone(BRUSSELS).date()
    drop_raw_observations(by=people.system, before=today, reason="policy of a day")
    left = raw(people.nobody, ["a"], moment - timedelta(days=50), moment + timedelta(days=1)).num_rows
    assert left == 1, "what was measured today"
    make_observations(tenant, [("a", moment + timedelta(minutes=1), 1.0)])


def test_dropping_raw_rows_closes_that_time(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "a")
    make_observations(tenant, days_of_2025("a"))
    drop_raw_observations(by=people.administrator, before=date(2025, 3, 10), reason="policy")
    late = [("a", JANUARY, 5.0), ("a", JANUARY + timedelta(days=99), 7.0)]
    result = import_observations(by=people.system, table=observations_table(late))
    assert (result.corrected, [row.row for row in result.refused]) == (1, [0])
    assert "Retention" in result.refused[0].reason
    with pytest.raises(RawIsGone):
        delete_observations(by=people.administrator, series_key="a", from_=JANUARY, to=END, reason="broken")
    assert delete_observations(
        by=people.administrator, series_key="a", from_=datetime(2025, 3, 10, tzinfo=UTC), to=END, reason="broken"
    ) == (100 - 31 - 28 - 9)
    assert [difference for row in series_to_verify(tenant) for difference in verify_series(row)] == []


def test_dropping_raw_rows_leaves_other_series_and_cities(
    people: "People",  # noqa: F821
    tenant: str,
    other_tenant: str,
) -> None:
    make_series(tenant, "a", property="temperature", unit="CEL")
    make_series(tenant, "b")
    make_series(other_tenant, "a")
    for city, key in ((tenant, "a"), (tenant, "b"), (other_tenant, "a")):
        make_observations(city, days_of_2025(key))
    removal = drop_raw_observations(
        by=people.administrator, before=date(2025, 6, 1), reason="policy", property="temperature"
    )
    assert removal == Removal(months_dropped=0, rows_deleted=100)
    assert raw(people.nobody, ["a"], JANUARY, END).num_rows == 0
    assert raw(people.nobody, ["b"], JANUARY, END).num_rows == 100
    assert raw(people.foreigner, ["a"], JANUARY, END).num_rows == 100
    assert latest(people.nobody, keys=["a"])[0].value == 99


def test_dropping_raw_rows_is_for_the_steward_with_a_reason(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "a", department="mobiliteit")
    make_observations(tenant, days_of_2025("a"))
    for actor in (people.other_steward, people.analyst, people.resident):
        with pytest.raises(NotAllowed):
            drop_raw_observations(by=actor, before=date(2025, 3, 1), reason="I want to")
    with pytest.raises(InvalidInput, match="reason"):
        drop_raw_observations(by=people.steward, before=date(2025, 3, 1), reason=" ")
    with pytest.raises(InvalidInput, match="future"):
        drop_raw_observations(by=people.steward, before=date(2199, 3, 1), reason="early")
    assert drop_raw_observations(by=people.foreigner, before=date(2025, 6, 1), reason="not mine") == Removal(0, 0)
    assert raw(people.nobody, ["a"], JANUARY, END).num_rows == 100


def test_deleting_observations_is_for_the_steward_with_a_reason(people: "People", tenant: str) -> None:  # noqa: F821
    make_series(tenant, "a", department="mobiliteit")
    make_observations(tenant, days_of_2025("a"))
    for actor in (people.other_steward, people.analyst, people.resident):
        with pytest.raises(NotAllowed):
            delete_observations(by=actor, series_key="a", from_=JANUARY, to=END, reason="broken")
    with pytest.raises(InvalidInput):
        delete_observations(by=people.steward, series_key="a", from_=JANUARY, to=END, reason="")
    assert delete_observations(by=people.steward, series_key="a", from_=JANUARY, to=END, reason="broken") == 100
    assert latest(people.nobody)[0].value is None
    assert sql.rows("SELECT reason FROM governance_auditentry WHERE act LIKE 'mirror.delete%%'") == [("broken",)]
