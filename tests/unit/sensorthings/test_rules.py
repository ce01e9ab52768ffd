"""Addresses, times, options and the placing of observations, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.sensorthings.errors import InvalidAddress, InvalidOption
from spiegelstad.sensorthings.rules.addresses import path_of, read_address, read_id, write_id
from spiegelstad.sensorthings.rules.lexer import words
from spiegelstad.sensorthings.rules.model import TYPES, target_of
from spiegelstad.sensorthings.rules.observing import NO_DETAIL, Observed, place, split_result
from spiegelstad.sensorthings.rules.options import Options, read_options, split
from spiegelstad.sensorthings.rules.parsing import parse_filter, parse_orderby
from spiegelstad.sensorthings.rules.times import in_milliseconds, read_duration, read_moment, read_period, write_period
from spiegelstad.sensorthings.rules.units import unit_code
from spiegelstad.sensorthings.vocabulary import MEASUREMENT, TRUTH

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
MOMENTS = st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  naive bounds, and the zone beside them


@given(one=MOMENTS, other=MOMENTS)
def test_periods_come_back_as_they_were_in_milliseconds(one: datetime, other: datetime) -> None:
    start, end = sorted([in_milliseconds(one), in_milliseconds(other)])
    found = read_period(write_period(start, end))
    assert (found.start, found.end) == (start, end)


def test_moments_are_read_in_any_zone() -> None:
    assert read_moment("2026-03-01T13:00:00+01:00") == read_moment("2026-03-01T12:00Z") == AT
    for wrong in ("2026-03-01", "2026-02-30T00:00:00Z", "2026-03-01T12:00:00", "0001-01-01T00:00:00+05:00"):
        with pytest.raises(ValueError, match="moment"):
            read_moment(wrong)


def test_durations() -> None:
    assert read_duration("P1DT2H3M4.5S") == timedelta(days=1, hours=2, minutes=3, seconds=4.5)
    assert read_duration("-PT1H") == -timedelta(hours=1)
    for wrong in ("P", "PT", "P1Y", "1D"):
        with pytest.raises(ValueError, match="duration"):
            read_duration(wrong)


@given(series=st.integers(0, 10**12), microseconds=st.integers(-(10**15), 10**16))
def test_ids_of_observations_come_back(series: int, microseconds: int) -> None:
    type_ = TYPES["Observation"]
    assert read_id(type_, f"'{write_id((series, microseconds))}'") == (series, microseconds)
    assert read_address(path_of(type_, (series, microseconds))).steps[0].id == (series, microseconds)


def test_addresses_name_sets_entities_properties_and_parts() -> None:
    address = read_address("Things(1)/Datastreams(2)/unitOfMeasurement/symbol/$value")
    assert [(step.type.name, step.id) for step in address.steps] == [("Thing", 1), ("Datastream", 2)]
    assert (address.asked, address.inside, address.ending) == ("unitOfMeasurement", ("symbol",), "$value")
    for wrong in (
        "Thing(1)",
        "Things/Datastreams",
        "Things(x)",
        "Datastreams(1)/Thing(2)",
        "Things/$value",
        "Things(1)/$count",
    ):
        with pytest.raises(InvalidAddress):
            read_address(wrong)


def test_relations_lead_back() -> None:
    for type_ in TYPES.values():
        for relation in type_.relations.values():
            assert target_of(relation).relations[relation.back].target == type_.name


def test_expand_reads_paths_and_options_together() -> None:
    text = "Datastreams($top=2;$expand=Sensor($select=name)),Datastreams/Thing,Locations"
    found = read_options({"$expand": [text]}, TYPES["Thing"]).expand
    assert set(found) == {"Datastreams", "Locations"}
    assert found["Datastreams"].top == 2
    assert set(found["Datastreams"].expand) == {"Sensor", "Thing"}
    assert found["Datastreams"].expand["Sensor"].select == {"name"}


@given(parts=st.lists(st.text(alphabet="ab(),'", max_size=6), max_size=4))
def test_split_loses_nothing(parts: list[str]) -> None:
    text = ",".join(parts)
    assert ",".join(split(text, ",")) == text


@given(text=st.text(max_size=60))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    for type_ in TYPES.values():
        for read in (parse_filter, parse_orderby):
            try:
                read(text, type_)
            except InvalidOption as error:
                assert error.detail


def test_words_say_where_they_stop_being_words() -> None:
    with pytest.raises(InvalidOption, match="At character 6"):
        list(words("name # x"))


def test_options_of_nothing_are_the_defaults() -> None:
    assert read_options({"page": ["2"]}, TYPES["Thing"]) == Options()


@pytest.mark.parametrize(
    ("result", "kind", "split_"),
    [
        (2.5, MEASUREMENT, (2.5, True, False)),
        (True, TRUTH, (1.0, True, False)),
        (True, MEASUREMENT, (1.0, True, True)),
        ("open", MEASUREMENT, (0.0, False, True)),
        (None, MEASUREMENT, (0.0, False, True)),
        (2**60 + 1, MEASUREMENT, (float(2**60), True, True)),
    ],
)
def test_results_are_numbers_or_kept_beside_them(result: Any, kind: str, split_: tuple[float, bool, bool]) -> None:
    assert split_result(result, kind) == split_


def test_place_gives_the_first_free_microsecond_or_the_same_again() -> None:
    first, other = (Observed(1, AT, value, True, NO_DETAIL) for value in (1.0, 2.0))
    taken: dict[datetime, Observed | None] = {}
    assert place(first, taken) == (first, True)
    taken[AT] = first
    assert place(first, taken) == (first, False)
    moved, is_new = place(other, taken)
    assert (moved.at, is_new) == (AT + timedelta(microseconds=1), True)
    taken |= {AT + timedelta(microseconds=n): None for n in range(1, 1000)}
    with pytest.raises(ValueError, match="1,000"):
        place(other, taken)


def test_units_are_known_by_definition_or_symbol() -> None:
    assert unit_code({"symbol": "°C"}) == unit_code({"symbol": "x", "definition": "http://x/CEL"}) == "CEL"
    assert unit_code({"symbol": 3}) == unit_code({}) == unit_code({"symbol": "furlong"}) == "C62"
