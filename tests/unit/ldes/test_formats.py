"""Whatever stands in a row or an entity comes out of its triples again, as another reader of RDF finds it."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.catalogue.public import Column
from spiegelstad.context.public import Document
from spiegelstad.ldes.formats import rows, terms
from spiegelstad.ldes.formats.entities import body_of, entity_iri
from spiegelstad.ldes.formats.members import finished
from spiegelstad.ldes.vocabulary import BASE, LABEL, SUBJECT

HOST = "http://city.example/"
FIRST, LAST = (datetime.fromisoformat(f"{year}-01-01") for year in (1900, 2100))
MOMENT = datetime(2026, 1, 5, 8, 0, 0, 12, tzinfo=UTC)
COLUMNS = (
    Column("a text", "VARCHAR"), Column("n'um", "BIGINT"), Column('dou"ble', "DOUBLE"), Column("yes", "BOOLEAN"),
    Column("day", "DATE"), Column("at", "TIMESTAMP WITH TIME ZONE"),
)  # fmt: skip
SCHEMA = pa.schema(
    [
        ("a text", pa.string()), ("n'um", pa.int64()), ('dou"ble', pa.float64()), ("yes", pa.bool_()),
        ("day", pa.date32()), ("at", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
rows_given = st.fixed_dictionaries(
    {
        "a text": st.none() | texts,
        "n'um": st.none() | st.integers(-(2**63), 2**63 - 1),
        'dou"ble': st.none() | st.floats(),
        "yes": st.none() | st.booleans(),
        "day": st.none() | st.dates(date(1000, 1, 1), date(9999, 12, 31)),
        "at": st.none() | st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    }
)


def _read(body: str) -> dict[str, Any]:
    """Read the triples of a member, and return its values by the end of the predicate."""
    text = body.replace(SUBJECT, f"<{HOST}it>").replace(LABEL, "b").replace(BASE, HOST)
    found = list(ox.parse(text.encode(), ox.RdfFormat.N_TRIPLES))
    return {triple.predicate.value: triple.object for triple in found}


@given(rows_given)
@settings(max_examples=40, deadline=None)
def test_row_is_what_its_triples_say(row: dict[str, Any]) -> None:
    given_ = pa.Table.from_pylist([row], SCHEMA)
    sql = rows.body_sql("trees", COLUMNS, placed=False)
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.register("one", given_)
        ((body,),) = engine.execute(f"SELECT {sql} FROM one").fetchall()
    assert not set(body) & set(map(chr, (*range(0x20), 0x7F))) - {"\n", SUBJECT, BASE}
    told = _read(body)
    for column in COLUMNS:
        value = told.get(rows.property_iri("trees", column.name).replace(BASE, HOST))
        assert (value is None) == (row[column.name] is None)
        if value is not None:
            _same(value, row[column.name])


def _same(found: ox.Literal, wanted: Any) -> None:
    if isinstance(wanted, float):
        value = float(found.value.replace("INF", "inf"))
        assert value == wanted or (math.isnan(value) and math.isnan(wanted))
    elif isinstance(wanted, datetime):
        assert datetime.fromisoformat(found.value) == wanted
    elif isinstance(wanted, bool):
        assert found.value == str(wanted).lower()
    else:
        assert found.value == str(wanted)


@given(st.text(max_size=40))
@settings(max_examples=50)
def test_literal_reads_back_and_holds_no_control_character(text: str) -> None:
    written = terms.literal(text)
    assert not set(written) & set(map(chr, (*range(0x20), 0x7F)))
    (triple,) = ox.parse(f"<urn:a> <urn:b> {written} .".encode(), ox.RdfFormat.N_TRIPLES)
    assert triple.object.value == text.encode("utf-8", "replace").decode()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_iri_holds_nothing_that_ends_it(text: str) -> None:
    written = terms.iri(f"urn:x:{text}")
    (triple,) = ox.parse(f"{written} <urn:b> <urn:c> .".encode(), ox.RdfFormat.N_TRIPLES, lenient=True)
    assert triple.subject.value == written[1:-1]


def _entity(**attributes: Any) -> Document:
    given_ = {f"urn:x:{name}": {"": instance} for name, instance in attributes.items()}
    return Document("urn:ngsi-ld:Car:A 1", ["urn:x:Car"], [], given_)


@pytest.mark.parametrize(
    ("instance", "wanted"),
    [
        ({"type": "Property", "value": True}, "true"),
        ({"type": "Property", "value": 1.5}, "1.5"),
        ({"type": "Property", "value": 'he said "\x01"'}, 'he said "\x01"'),
        ({"type": "Property", "value": {"a": [1]}}, '{"a":[1]}'),
        (
            {"type": "Property", "value": {"@type": "DateTime", "@value": "2026-01-01T00:00:00Z"}},
            "2026-01-01T00:00:00Z",
        ),
        ({"type": "Relationship", "object": "urn:x:B>1"}, "urn:x:B>1"),
        ({"type": "LanguageProperty", "languageMap": {"nl": "ja"}}, "ja"),
        ({"type": "JsonProperty", "json": {"b": None}}, '{"b":null}'),
        ({"type": "VocabProperty", "vocab": "urn:x:word"}, "urn:x:word"),
        ({"type": "ListProperty", "valueList": [1, 2]}, "[1,2]"),
        ({"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.7, 51]}}, "POINT (3.7 51)"),
    ],
)
def test_value_of_each_kind_is_told_plainly(instance: dict[str, Any], wanted: str) -> None:
    body, _ = body_of(_entity(a=instance), frozenset())
    assert _read(body)["urn:x:a"].value == wanted


def test_closed_attributes_are_told_at_no_depth() -> None:
    inner = {"urn:x:secret": {"": {"type": "Property", "value": "who"}}}
    outer = {"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00.000000Z", "attributes": inner}
    document = _entity(open=outer, secret={"type": "Property", "value": "who"})
    assert "who" in body_of(document, frozenset())[0]
    assert "who" not in body_of(document, frozenset({"urn:x:secret"}))[0]


def test_finished_member_names_itself_everywhere() -> None:
    body, _ = body_of(_entity(a={"type": "Property", "value": 1, "unitCode": "CEL"}), frozenset())
    object_ = entity_iri("urn:ngsi-ld:Car:A 1")
    text = finished(
        f"{BASE}streams/types/Car", f"{object_}#version-3", object_, body, sequence=3, issued_at=MOMENT,
        generated_at=MOMENT, gone=False,
    )  # fmt: skip
    found = list(ox.parse(text.replace(BASE, HOST).encode(), ox.RdfFormat.N_TRIPLES))
    subjects = {str(triple.subject) for triple in found}
    assert subjects == {f"<{HOST}streams/types/Car>", f"<{HOST}id/urn:ngsi-ld:Car:A%201#version-3>", "_:m3n0"}
    assert SUBJECT not in text and LABEL not in text
