"""The query languages, without a database: what is read, what is refused, what it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.errors import BadRequestData, TooComplexQuery
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.geo import GeoQuery, around, haversine_m
from spiegelstad.context.rules.ordering import in_order, parse_order
from spiegelstad.context.rules.patterns import pattern
from spiegelstad.context.rules.q import depth, without
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.reference import holds, matches
from spiegelstad.context.rules.scopes import has_scopes, parse_scopes
from spiegelstad.context.rules.terms import CORE
from spiegelstad.context.rules.types import has_types, parse_types

A, B = CORE.expand("a"), CORE.expand("b")


def made(value: object, id_: str = "urn:x:1") -> Document:
    return Document(id_, [A], [], {A: {"": {"type": "Property", "value": value}}})


@pytest.mark.parametrize(
    ("given", "found", "not_found"),
    [
        ("^urn:.*:[0-9]+$", "urn:x:12", "urn:x:a"),
        ("a|b", "xb", "xc"),
        ("[[:alpha:]]{2,3}", "1ab", "1a2"),
        ("[]a]", "]", "b"),
        ("[^a-c]", "d", "abc"),
        (r"\d\.\w", "1.a", "1xa"),
        ("(?i)ÉCOLE", "école", "ecole"),
        ("a.c", "a\nc", "ac"),
        ("(?:ab)+$", "xabab", "aba"),
        ("a{2}", "aa", "a"),
        ("a*?b$", "aab", "ba"),
        (r"[\]\-]", "-", "x"),
    ],
)
def test_patterns_find(given: str, found: str, not_found: str) -> None:
    assert pattern(given).found_in(found) and not pattern(given).found_in(not_found)


@pytest.mark.parametrize(
    "wrong", ["(", ")", "[", "[b-a]", "*", "a**", "a{2,1}", "a{999}", "(?=a)", r"\1", "[[:no:]]", "^*", "\0", "\\"]
)
def test_patterns_that_are_wrong_are_refused(wrong: str) -> None:
    with pytest.raises(BadRequestData):
        pattern(wrong)


@pytest.mark.parametrize("slow", ["(a+)+", "(a|b)*", "(a*b?)*", "a" * 501, ".*.*.*.*.*.*.*x", "(" * 30 + ")" * 30])
def test_patterns_that_could_take_forever_are_refused(slow: str) -> None:
    with pytest.raises(TooComplexQuery):
        pattern(slow)


@given(st.text(alphabet="ab.*+?()[]{}|^$\\12,-:é", max_size=12), st.text(alphabet="ab12é\n", max_size=6))
def test_a_pattern_is_refused_or_works(given_: str, text: str) -> None:
    try:
        found = pattern(given_)
    except SpiegelstadError:
        return
    assert found.found_in(text) in (True, False)


@given(st.text(max_size=30))
def test_any_text_is_a_query_or_is_refused(text: str) -> None:
    for read in (lambda: parse_q(text, CORE), lambda: parse_types(text, CORE), lambda: parse_scopes(text)):
        try:
            read()
        except SpiegelstadError as error:
            assert error.status in (400, 403)


def test_and_binds_stronger_than_or() -> None:
    query = parse_q("a==1|a==2;b", CORE)
    assert holds(made(1), query) and not holds(made(2), query)
    assert not holds(made(1), parse_q("(a==1|a==2);b", CORE))


@pytest.mark.parametrize(
    ("q", "value", "expected"),
    [
        ("a==20", 20.0, True), ("a==0.1", 0.1, True), ("a==1", True, False), ("a==true", True, True),
        ('a=="1"', 1, False), ("a!=1", "1", True), ("a>1", [2], False), ("a==2", [1, 2], True), ("a!=2", [1, 2], False),
        ("a>=2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", True),
        ("a==2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z", True),
        ("a==2026-01-01T00:00:00Z", {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}, True),
        ("a>2026-01-01", "2026-01-02", True), ("a>2026-01-01", "2026-01-02T00:00:00Z", False),
        ("a<12:00:00Z", "11:59:59.9Z", True), ('a=="x".."z"', "y", True), ("a[b.c]==1", {"b": {"c": 1}}, True),
        ("a[b.c]!=1", {"b": {}}, False), ("a[b]", {"b": None}, True), ("a[length]", [1], False),
    ],
)  # fmt: skip
def test_values_are_compared_within_their_type(q: str, value: object, expected: bool) -> None:
    assert holds(made(value), parse_q(q, CORE)) is expected


def test_any_instance_will_do() -> None:
    both = Document(
        "urn:x:1", [A], [], {A: {"": {"type": "Property", "value": 1}, "urn:d": {"type": "Property", "value": 2}}}
    )
    assert all(holds(both, parse_q(q, CORE)) for q in ("a==1", "a==2", "a!=1", "a>1"))


def test_links_are_followed_only_where_an_entity_can_be_read() -> None:
    one = Document("urn:x:1", [A], [], {A: {"": {"type": "Relationship", "object": ["urn:x:2", "urn:x:3"]}}})
    other = Document("urn:x:3", [B], [], {B: {"": {"type": "Property", "value": 5}}})
    query = parse_q("a{b}>4", CORE)
    assert depth(query) == 1 and not holds(one, query)
    assert holds(one, query, {"urn:x:3": other}.get)
    assert holds(one, parse_q("a{b,c:b}>4", CORE), {"urn:x:3": other}.get)
    assert not holds(one, parse_q("a{c:b}>4", CORE), {"urn:x:3": other}.get)


def test_what_is_closed_is_never_found() -> None:
    for q in ("a==1", "b{a}", "a!=2"):
        assert not holds(made(1), without(parse_q(q, CORE), frozenset({A})))
    assert holds(made(1), without(parse_q("a|b", CORE), frozenset({B})))


def test_limits_on_queries() -> None:
    for text in ("a;" * 300 + "a", "(" * 50 + "a" + ")" * 50, "a==" + "1" * 30_000):
        with pytest.raises(TooComplexQuery):
            parse_q(text, CORE)


def test_types_and_scopes() -> None:
    assert has_types([A, B], parse_types("(a;b)", CORE)) and not has_types([A], parse_types("(a;b)", CORE))
    assert has_types([], parse_types("*", CORE))
    assert has_scopes(["/A/B/C"], parse_scopes("/A/#")) and not has_scopes(["/A/B/C"], parse_scopes("/A/+"))
    assert has_scopes(["/B", "/A"], parse_scopes("(/A;/B)")) and not has_scopes([], parse_scopes("/#"))


def test_an_id_goes_before_a_pattern() -> None:
    selector = Selector(("urn:x:1",), pattern("2$"))
    assert matches(made(1), EntityQuery((selector,))) and not matches(made(1, "urn:x:2"), EntityQuery((selector,)))


@given(
    st.floats(-180, 180), st.floats(-89, 89), st.floats(-180, 180), st.floats(-89, 89), st.floats(1, 2e7)
)  # fmt: skip
def test_a_point_within_a_distance_lies_in_a_box_around(
    lon1: float, lat1: float, lon2: float, lat2: float, far: float
) -> None:
    near = haversine_m(lon1, lat1, lon2, lat2) <= far
    boxes = around([lon1, lat1, lon1, lat1], far)
    assert not near or any(box[0] <= lon2 <= box[2] and box[1] <= lat2 <= box[3] for box in boxes)


def test_distance_is_known_in_metres() -> None:
    assert haversine_m(3.7250, 51.0536, 4.4025, 51.2194) == pytest.approx(50_800, rel=0.01)  # Gent to Antwerpen
    reference = {"type": "Polygon", "coordinates": [[[3.7, 51], [3.8, 51], [3.8, 51.1], [3.7, 51.1], [3.7, 51]]]}
    target = {"type": "Point", "coordinates": [3.81, 51.05]}
    near = [GeoQuery("max", reference, distance_m=metres).holds(target) for metres in (690, 710)]
    assert near == [False, True]


def test_values_of_several_types_have_an_order() -> None:
    values = [3, 1, "b", "Ä", "a", {"x": 1}, [1], True, False, "12:00:00Z", "2026-01-01", "2026-01-01T00:00:00Z", None]
    documents = [made(value, f"urn:x:{number:02}") for number, value in enumerate(values)] + [Document("urn:x:99", [B])]
    up = [one.id[-2:] for one in in_order(documents, parse_order("a", CORE))]
    assert up == ["01", "00", "04", "03", "02", "05", "06", "08", "07", "09", "10", "11", "12", "99"]
    down = [one.id[-2:] for one in in_order(documents, parse_order("a;desc", CORE))]
    assert down == ["00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "99"]
