"""What is measured, what the register lacks, and who stands where: pure."""

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.catalogue.public import QualityCheck
from spiegelstad.stewardship.rules import (
    Entry,
    Gap,
    Standing,
    completeness,
    gaps,
    league,
    measures,
    missing_fields,
    reminder_due,
    value_on,
    wanted_fields,
)
from spiegelstad.stewardship.uses import asked_of
from spiegelstad.stewardship.vocabulary import Dimension, EntryKind, Origin, Way

MOMENT = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
COUNTS = st.integers(0, 10_000)


def check(rule: str, passed: int, failed: int) -> QualityCheck:
    return QualityCheck(rule, "x", passed, failed, passed / (passed + failed) if passed + failed else 1.0)


RULES = (
    "required",
    "type",
    "minimum 0",
    "maximum 9",
    "values",
    "pattern",
    "unique",
    "inside",
    "reference",
    "freshness",
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.lists(st.builds(check, st.sampled_from(RULES), COUNTS, COUNTS), max_size=8), st.integers(0, 4_000))
def test_measures_are_shares(checks, hours):
    found = measures(checks, "DAILY", MOMENT - dt.timedelta(hours=hours), MOMENT)
    assert all(0 <= share <= 1 for share in found.values())
    assert (found[Dimension.TIMELINESS] == 1) == (hours <= 36)
    required = [one for one in checks if one.rule == "required"]
    seen = sum(one.passed + one.failed for one in required)
    assert found.get(Dimension.COMPLETENESS) == (sum(one.passed for one in required) / seen if seen else None)


def test_what_no_rule_looks_at_is_not_measured():
    assert measures([check("type", 9, 1)], "", MOMENT, MOMENT) == {Dimension.VALIDITY: 0.9}
    assert measures([], "IRREG", MOMENT, MOMENT) == {}
    late = measures([], "WEEKLY", MOMENT - dt.timedelta(days=21), MOMENT)
    assert late == {Dimension.TIMELINESS: 0.5}


def entry(**told) -> Entry:
    return Entry(EntryKind.DATASET, "a", {"nl": "A"}, "mobiliteit", told.pop("classification", "public"), **told)


FULL = {
    "steward": "Helpdesk", "legal_basis": "decree", "retention_days": 30, "origin": Origin.COPY, "systems": "Stad",
    "frequency": "DAILY", "licence": "https://x.example",
}  # fmt: skip


def test_closed_and_personal_data_has_more_to_tell():
    assert missing_fields(entry(**FULL)) == []
    assert missing_fields(entry(classification="confidential", **FULL)) == ["reason", "review_on"]
    assert missing_fields(entry(classification="personal", **FULL)) == ["reason", "review_on", "processing"]


@given(st.dictionaries(st.sampled_from(sorted(FULL)), st.booleans()))
def test_completeness_counts_each_field_once(given_):
    told = {name: FULL[name] for name, is_told in given_.items() if is_told}
    one = entry(**told)
    own = entry(is_frozen=True)
    found = completeness([(one, 1), (own, 9), (entry(**FULL), 1)])["mobiliteit"]
    assert found.wanted == 2 * len(wanted_fields(one))
    assert found.filled == found.wanted - len(missing_fields(one))
    assert found.entries == 2
    assert completeness([(one, 3)]) == completeness([(one, 1)] * 3)


def test_largest_gap_comes_first():
    found = gaps("a", {Dimension.VALIDITY: 0.9, Dimension.UNIQUENESS: 0.5}, {Dimension.UNIQUENESS: 0.4})
    assert found == [Gap("a", Dimension.VALIDITY, 0.9, 1.0)]


def test_who_improved_most_stands_first():
    low = Standing("milieu", 1, 0.6, 0.4, None)
    high = Standing("wonen", 1, 0.99, 0.99, None)
    new = Standing("groen", 1, 0.7, None, None)
    worse = Standing("data", 1, 0.9, 0.95, None)
    assert [one.department for one in league([worse, new, high, low])] == ["milieu", "wonen", "groen", "data"]


def test_mean_holds_until_the_next():
    days = [(dt.date(2026, 1, 1), 0.5), (dt.date(2026, 1, 5), 0.7)]
    assert [value_on(days, dt.date(2026, 1, day)) for day in (1, 4, 5, 9)] == [0.5, 0.5, 0.7, 0.7]
    assert value_on(days, dt.date(2025, 12, 31)) is None


def test_reminders_come_twice():
    sent = MOMENT - dt.timedelta(days=81)
    assert [reminder_due(sent, times, MOMENT) for times in (0, 1, 2)] == [True, True, False]
    assert not reminder_due(MOMENT - dt.timedelta(days=29), 0, MOMENT)


def test_addresses_about_one_dataset_are_counted():
    assert asked_of("/data/trees") == ("trees", Way.PAGE)
    assert asked_of("/data/trees/versions/3") == ("trees", Way.PAGE)
    assert asked_of("/data/trees/versions/3.csv") == ("trees", Way.DOWNLOAD)
    assert asked_of("/api/datasets/trees/versions/3.parquet") == ("trees", Way.DOWNLOAD)
    assert asked_of("/data/trees/rows") == ("trees", Way.API)
    assert asked_of("/data/trees/rows/oak-1") == ("trees", Way.API)
    assert asked_of("/ogc/collections/trees/items") == ("trees", Way.API)
    assert asked_of("/streams/datasets/trees") == ("trees", Way.API)
    for path in ("/data", "/data/showcase/x", "/data/trees/questions", "/ogc", "/register/datasets/trees", "/"):
        assert asked_of(path) is None, path
