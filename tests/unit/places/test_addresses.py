"""Folding, taking apart and ranking addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.places.rules.addresses import (
    AddressQuery,
    StreetKey,
    distances,
    fold,
    number_of,
    parse,
    penalty,
    readings,
    score,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Sint-Pietersnieuwstraat", "sint pietersnieuwstraat"),
        ("St.-Pietersnieuwstr.", "sint pietersnieuwstraat"),
        ("Antwerpsestwg", "antwerpsesteenweg"),
        ("Gaston Crommenln", "gaston crommenln"),
        ("Burg. Karel de Kerchovelaan", "burgemeester karel de kerchovelaan"),
        ("Crêperiestraße", "creperiestrasse"),
        ("O.L.V.-straat", "onze lieve vrouw straat"),
        ("'t Zand", "t zand"),
        ("  --  ", ""),
    ],
)
def test_fold_meets_what_people_write(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=60))
def test_fold_twice_is_fold_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Veldstraat", AddressQuery("veldstraat")),
        ("Veldstraat 12", AddressQuery("veldstraat", "12")),
        ("Veldstraat 12a, 9000 Gent", AddressQuery("veldstraat", "12A", "", "9000", "gent")),
        ("Veldstraat 12 A", AddressQuery("veldstraat", "12A")),
        ("Veldstraat 12 bus 301, 9000", AddressQuery("veldstraat", "12", "301", "9000")),
        ("9000 Veldstraat 12", AddressQuery("veldstraat", "12", "", "9000")),
        ("11 Novemberstraat 3", AddressQuery("11 novemberstraat", "3")),
        ("Kortrijksesteenweg 1144, 9051 Sint-Denijs-Westrem",
         AddressQuery("kortrijksesteenweg", "1144", "", "9051", "sint denijs westrem")),
        ("", AddressQuery("")),
    ],
)  # fmt: skip
def test_parse_takes_an_address_apart(text: str, query: AddressQuery) -> None:
    assert parse(text) == query


@given(st.text(max_size=300))
def test_parse_takes_anything(text: str) -> None:
    assert list(readings(parse(text)))


def test_readings_try_a_municipality_at_either_end_and_a_long_number() -> None:
    assert AddressQuery("korenmarkt", municipality="gent") in readings(parse("korenmarkt gent"))
    assert AddressQuery("korenmarkt", municipality="gent") in readings(parse("gent korenmarkt"))
    assert AddressQuery("kortrijksesteenweg", "1144") in readings(parse("kortrijksesteenweg 1144"))


@pytest.mark.parametrize(
    ("asked", "offered", "errors"),
    [
        ("veldstraat", "veldstraat", (0, 0)),
        ("vledstraat", "veldstraat", (1, 1)),
        ("veldst", "veldstraat", (0, 4)),
        ("veldstrat", "veldstraat", (1, 1)),
        ("", "veldstraat", (0, 10)),
        ("x", "", (1, 1)),
    ],
)
def test_distances_count_typing_errors(asked: str, offered: str, errors: tuple[int, int]) -> None:
    assert distances(asked, offered) == errors


short = st.text("abc", max_size=7)


@given(short, short)
def test_distances_are_those_of_the_definition(one: str, other: str) -> None:
    def slow(a: str, b: str) -> int:
        """Optimal string alignment by its definition, recursively."""
        if not a or not b:
            return len(a) + len(b)
        swaps = [slow(a[:-2], b[:-2]) + 1] if len(a) > 1 and len(b) > 1 and a[-2:] == b[-2:][::-1] else []
        return min(slow(a[:-1], b) + 1, slow(a, b[:-1]) + 1, slow(a[:-1], b[:-1]) + (a[-1] != b[-1]), *swaps)

    assert distances(one[:5], other[:5]) == (
        min(slow(one[:5], other[:end]) for end in range(len(other[:5]) + 1)),
        slow(one[:5], other[:5]),
    )


def test_penalty_prefers_fewer_errors_then_the_right_place() -> None:
    query = parse("veldstraat 9000 gent")
    right = penalty(query, StreetKey("veldstraat", "9000", "gent"))
    elsewhere = penalty(query, StreetKey("veldstraat", "9040", "gent"))
    other = penalty(query, StreetKey("beldstraat", "9000", "gent"))
    assert right == 0
    assert elsewhere is not None and other is not None and right < other < elsewhere
    assert penalty(query, StreetKey("korenmarkt", "9000", "gent")) is None
    assert penalty(query, StreetKey("veldstraat", "9000", "antwerpen")) is None
    assert score(0, "veldstraat") == 1
    assert score(1, "veldstraat") == 0.9


@pytest.mark.parametrize(("house", "number"), [("12", 12), ("12A", 12), ("12/3", 12), (" 7", 7), ("", 0), ("A", 0)])
def test_number_of_house_is_its_digits(house: str, number: int) -> None:
    assert number_of(house) == number
