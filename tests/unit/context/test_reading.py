"""What comes in, clause by clause: every representation, every kind of attribute, every fault."""

import os
from pathlib import Path
from typing import Any

import orjson
import pytest

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.instances import attribute_iri
from spiegelstad.context.formats.reading import CREATE, FRAGMENT, MERGE, PATCH, UPDATE, read_attribute, read_entity
from spiegelstad.context.formats.rendering import render
from spiegelstad.context.rules.documents import LOCATION, NULL, Instance, is_null
from spiegelstad.context.rules.terms import CORE, context_of

HEAD = {"id": "urn:ngsi-ld:Sensor:1", "type": "Sensor"}
POINT = {"type": "Point", "coordinates": [3.7, 51.05]}
P = CORE.expand("p")


def read_one(given: Any, **how: Any) -> Instance:
    """Return the instance of the attribute p of an entity."""
    (instance,) = read_entity({**HEAD, "p": given}, CORE, **how).attributes[P].values()
    return instance


def test_4_5_1_an_entity_has_id_types_scopes_and_attributes() -> None:
    document = read_entity(
        {**HEAD, "type": ["Sensor", "Device", "Sensor"], "scope": "/Gent", "expiresAt": "2030-01-01T00:00:00Z", "p": 1},
        CORE,
    )
    assert document.types == [CORE.expand("Sensor"), CORE.expand("Device")]
    assert (document.scopes, document.expires_at) == (["/Gent"], "2030-01-01T00:00:00.000000Z")
    assert document.attributes == {P: {"": {"type": "Property", "value": 1}}}


@pytest.mark.parametrize(
    "value", [1, 1.5, True, "text", "", ["a", 1], [], {"a": {"b": [1]}}, {"@type": "Date", "@value": "2026-01-01"}]
)
def test_4_5_2_3_a_bare_value_is_a_property(value: Any) -> None:
    assert read_one(value) == {"type": "Property", "value": value}
    assert read_one({"value": value}) == {"type": "Property", "value": value}
    assert read_one({"type": "Property", "value": value}) == {"type": "Property", "value": value}


def test_4_7_3_a_geometry_is_a_geoproperty_unless_it_says_otherwise() -> None:
    geo = {"type": "GeoProperty", "value": POINT}
    assert read_one(POINT) == read_one({"value": POINT}) == read_one(geo) == geo
    assert read_one({"type": "Property", "value": POINT})["type"] == "Property"
    as_text = '{"type": "Point", "coordinates": [3.7, 51.05]}'
    assert read_one({"type": "GeoProperty", "value": as_text}) == geo


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ({"object": "urn:x:1"}, {"type": "Relationship", "object": "urn:x:1"}),
        ({"object": ["urn:x:1", "urn:x:2"]}, {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"]}),
        (
            {"languageMap": {"nl": "a", "fr": ["b"]}},
            {"type": "LanguageProperty", "languageMap": {"nl": "a", "fr": ["b"]}},
        ),
        ({"vocab": "male"}, {"type": "VocabProperty", "vocab": CORE.expand("male")}),
        ({"vocab": ["urn:x:1"]}, {"type": "VocabProperty", "vocab": ["urn:x:1"]}),
        ({"json": {"id": None}}, {"type": "JsonProperty", "json": {"id": None}}),
        ({"valueList": [1, "a"]}, {"type": "ListProperty", "valueList": [1, "a"]}),
        ({"objectList": ["urn:x:1"]}, {"type": "ListRelationship", "objectList": ["urn:x:1"]}),
        ({"objectList": [{"object": "urn:x:1"}]}, {"type": "ListRelationship", "objectList": ["urn:x:1"]}),
    ],
)
def test_4_5_the_type_of_an_attribute_follows_from_its_value_member(given: Any, stored: Instance) -> None:
    assert read_one(given) == stored
    assert read_one({"type": stored["type"], **given}) == stored


def test_4_5_2_members_of_an_attribute_are_kept_and_what_only_answers_hold_is_not() -> None:
    given = {
        "type": "Property",
        "value": 1,
        "unitCode": "CEL",
        "observedAt": "2026-11-22T07:00:00Z",
        "datasetId": "urn:data:1",
        "accuracy": {"value": 0.5},
        "createdAt": "2020-01-01T00:00:00Z",
        "previousValue": 0,
        "instanceId": "urn:i:1",
    }
    stored = {
        "type": "Property",
        "value": 1,
        "unitCode": "CEL",
        "observedAt": "2026-11-22T07:00:00.000000Z",
        "datasetId": "urn:data:1",
        "attributes": {CORE.expand("accuracy"): {"": {"type": "Property", "value": 0.5}}},
    }
    assert read_one(given) == stored
    kept = read_one(given, system=True)
    assert (kept["createdAt"], kept["instanceId"]) == ("2020-01-01T00:00:00.000000Z", "urn:i:1")


def test_4_5_5_instances_are_told_apart_by_dataset() -> None:
    several = [{"type": "Property", "value": 1, "datasetId": "@none"}, {"value": 2, "datasetId": "urn:data:1"}]
    stored = {
        "": {"type": "Property", "value": 1},
        "urn:data:1": {"type": "Property", "value": 2, "datasetId": "urn:data:1"},
    }
    assert read_entity({**HEAD, "p": several}, CORE).attributes[P] == stored
    simplified = {"dataset": {"@none": 1, "urn:data:1": 2}}
    assert read_entity({**HEAD, "p": simplified}, CORE).attributes[P] == stored


def test_4_5_7_names_are_expanded_with_the_context_given() -> None:
    context = context_of([{"p": "https://example.org/p", "Male": "https://example.org/Male"}], [], "urn:test")
    document = read_entity({**HEAD, "p": {"vocab": "Male", "q": 1}}, context)
    assert document.attributes == {
        "https://example.org/p": {
            "": {
                "type": "VocabProperty",
                "vocab": "https://example.org/Male",
                "attributes": {CORE.expand("q"): {"": {"type": "Property", "value": 1}}},
            }
        }
    }


@pytest.mark.parametrize(
    "given",
    [
        None,
        {"type": "Property"},
        {"type": "Property", "value": None},
        {"type": "Property", "value": {"a": None}},
        {"type": "Property", "value": [None]},
        {"type": "Property", "value": 1, "object": "urn:x:1"},
        {"value": 1, "object": "urn:x:1"},
        {"type": "Strange", "value": 1},
        {"type": ["Property"], "value": 1},
        {"type": "Point", "coordinates": "here"},
        {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [500, 0]}},
        {"type": "Relationship", "object": "no uri"},
        {"type": "Relationship", "object": []},
        {"type": "Relationship", "object": "urn:x:1", "unitCode": "CEL"},
        {"type": "Property", "value": 1, "objectType": "Sensor"},
        {"type": "LanguageProperty", "languageMap": {}},
        {"type": "LanguageProperty", "languageMap": {"nl": 1}},
        {"type": "LanguageProperty", "languageMap": {"not a tag": "a"}},
        {"type": "VocabProperty", "vocab": 1},
        {"type": "JsonProperty", "json": "text"},
        {"type": "ListProperty", "valueList": 1},
        {"type": "ListRelationship", "objectList": [1]},
        {"value": 1, "unitCode": 1},
        {"value": 1, "observedAt": "yesterday"},
        {"value": 1, "datasetId": "no uri"},
        {"value": 1, "datasetId": NULL},
        {"value": 1, "not-a-name": 1},
        {"value": 1, "id": "urn:x:1"},
        {"value": 1, "@context": {}},
        [{"value": 1}, {"value": 2}],
        [{"value": 1}, 2],
        NULL,
        {"value": NULL},
        {"object": NULL},
        {"languageMap": {"@none": NULL}},
        {"valueList": [NULL]},
        {"value": {"a": NULL}},
    ],
)
def test_5_5_4_a_wrong_attribute_is_bad_request_data(given: Any) -> None:
    with pytest.raises(BadRequestData):
        read_one(given)


@pytest.mark.parametrize(
    "payload",
    [
        [],
        "text",
        {"type": "Sensor"},
        {"id": "urn:x:1"},
        {"id": "1", "type": "Sensor"},
        {"id": 1, "type": "Sensor"},
        {"id": "urn:x:1", "type": []},
        {"id": "urn:x:1", "type": ["Sensor", 1]},
        {"id": "urn:x:1", "type": "not a name"},
        {"id": "urn:x:1", "type": "id"},
        {**HEAD, "observedAt": "2026-11-22T07:00:00Z"},
        {**HEAD, "value": {"type": "Property", "value": 1}},
        {**HEAD, "https://uri.etsi.org/ngsi-ld/hasValue": 1},
        {**HEAD, "p": 1, P: 2},
        {**HEAD, "scope": 1},
        {**HEAD, "expiresAt": NULL},
        {**HEAD, "@graph": []},
    ],
)
def test_5_5_4_a_wrong_entity_is_bad_request_data(payload: Any) -> None:
    with pytest.raises(BadRequestData):
        read_entity(payload, CORE, purpose=CREATE)


def test_5_4_a_fragment_needs_no_id_or_type_but_its_id_must_be_that_of_its_target() -> None:
    fragment = read_entity({"p": 1}, CORE, purpose=FRAGMENT, entity_id="urn:x:1")
    assert (fragment.id, fragment.types, fragment.scopes, fragment.expires_at) == ("urn:x:1", [], [], None)
    for payload, entity_id in (({"id": "urn:x:2"}, "urn:x:1"), ({"p": 1}, "")):
        with pytest.raises(BadRequestData):
            read_entity(payload, CORE, purpose=FRAGMENT, entity_id=entity_id)


@pytest.mark.parametrize(
    "null",
    [
        NULL,
        {"value": NULL},
        {"type": "Property", "value": NULL},
        {"type": "GeoProperty", "value": NULL},
        {"type": "Relationship", "object": NULL},
        {"type": "LanguageProperty", "languageMap": {"@none": NULL}},
        {"type": "VocabProperty", "vocab": NULL},
        {"type": "JsonProperty", "json": NULL},
        {"type": "ListProperty", "valueList": [NULL]},
        {"type": "ListRelationship", "objectList": [NULL]},
    ],
)
@pytest.mark.parametrize("purpose", [UPDATE, MERGE])
def test_4_5_0_null_has_one_meaning_in_every_form(null: Any, purpose: Any) -> None:
    assert is_null(read_one(null, purpose=purpose))
    with_dataset = read_one({"type": "Property", "value": NULL, "datasetId": "urn:data:1"}, purpose=purpose)
    assert is_null(with_dataset) and with_dataset["datasetId"] == "urn:data:1"


def test_5_5_4_null_inside_a_value_is_for_merging_only() -> None:
    assert read_one({"value": {"a": NULL}}, purpose=MERGE)["value"] == {"a": NULL}
    for purpose in (UPDATE, PATCH):
        with pytest.raises(BadRequestData):
            read_one({"value": {"a": NULL}}, purpose=purpose)
    with pytest.raises(BadRequestData):
        read_one({"value": [NULL]}, purpose=MERGE)


def test_5_6_2_nulls_inside_a_replaced_attribute_are_just_absent() -> None:
    given = {"type": "Property", "value": 1, "observedAt": NULL, "accuracy": NULL}
    assert read_one(given, purpose=UPDATE) == {"type": "Property", "value": 1}


def test_5_6_17_an_attribute_to_merge_may_leave_its_type_to_its_target() -> None:
    assert read_one(1, purpose=MERGE) == read_one({"value": 1}, purpose=MERGE) == {"value": 1}
    assert read_one({"observedAt": NULL}, purpose=MERGE) == {"observedAt": NULL}
    assert read_one({"street": "A"}, purpose=MERGE) == {"value": {"street": "A"}}
    assert read_one({"accuracy": {"type": "Property", "value": 1}}, purpose=MERGE).keys() == {"attributes"}


def test_5_6_4_a_part_of_an_attribute_is_its_members() -> None:
    iri, several = read_attribute({"accuracy": {"value": 1}, "@context": []}, "p", CORE, purpose=PATCH)
    assert (iri, several) == (P, {"": {"attributes": {CORE.expand("accuracy"): {"": {"value": 1}}}}})
    assert read_attribute(5, "p", CORE, purpose=PATCH)[1] == {"": {"value": 5}}
    assert read_attribute(POINT, "location", CORE, purpose=PATCH) == (LOCATION, {"": {"value": POINT}})


@pytest.mark.parametrize("name", ["scope", "id", "type", "observedAt", "not a name", "@value"])
def test_5_6_4_what_is_no_attribute_cannot_be_addressed(name: str) -> None:
    with pytest.raises(BadRequestData):
        read_attribute({"value": 1}, name, CORE, purpose=PATCH)


@pytest.mark.parametrize("name", [None, 1, ["p"], {"p": 1}])
def test_what_is_no_text_names_no_attribute(name: Any) -> None:
    with pytest.raises(BadRequestData):
        attribute_iri(name, CORE)


def test_errors_quote_shortly() -> None:
    with pytest.raises(BadRequestData) as caught:
        read_entity({"id": "x" * 100_000, "type": "Sensor"}, CORE)
    assert len(caught.value.detail) < 300


DATA = Path(os.environ.get("SPIEGELSTAD_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
EXAMPLES = sorted((DATA / "ngsi-ld").glob("*/*.example-normalized.jsonld"))
# A space in "Property ": wrong in itself.
WRONG = {"CityWork.example-normalized.jsonld"}


@pytest.mark.skipif(not EXAMPLES, reason="the examples of Smart Data Models and OSLO are not here (SPIEGELSTAD_DATA)")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_published_examples_are_read_and_shown_as_they_are(path: Path) -> None:
    payload = orjson.loads(path.read_bytes())
    del payload["@context"]
    if path.name in WRONG:
        with pytest.raises(BadRequestData):
            read_entity(payload, CORE)
        return
    assert render(read_entity(payload, CORE), CORE) == payload
