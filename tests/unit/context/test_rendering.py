"""What answers hold, clause by clause."""

from typing import Any

import pytest

from spiegelstad.context.formats.form import Form
from spiegelstad.context.formats.reading import read_entity
from spiegelstad.context.formats.rendering import feature_collection, geojson_feature, render
from spiegelstad.context.rules import merging
from spiegelstad.context.rules.changes import deleted, with_previous
from spiegelstad.context.rules.documents import NULL, Document, Instance
from spiegelstad.context.rules.projection import projection
from spiegelstad.context.rules.terms import CORE

THEN = "2026-11-22T07:00:00.000000Z"
LATER = "2026-11-22T09:00:00.000000Z"
POINT = {"type": "Point", "coordinates": [3.7, 51.05]}
PAYLOAD: dict[str, Any] = {
    "id": "urn:ngsi-ld:Sensor:1",
    "type": ["Sensor", "Device"],
    "scope": ["/Gent", "/Brugge"],
    "location": {"type": "GeoProperty", "value": POINT},
    "temperature": [
        {"type": "Property", "value": 21.5, "unitCode": "CEL", "observedAt": "2026-11-22T07:00:00.25Z"},
        {"type": "Property", "value": 22, "datasetId": "urn:data:1"},
    ],
    "street": {"type": "LanguageProperty", "languageMap": {"nl": "Grote Markt", "fr": "Grand-Place"}},
    "category": {"type": "VocabProperty", "vocab": ["indoor", "urn:x:1"]},
    "raw": {"type": "JsonProperty", "json": {"id": 1, "value": None}},
    "steps": {"type": "ListProperty", "valueList": [1, 2]},
    "owner": {"type": "Relationship", "object": "urn:x:1", "objectType": "Person", "since": {"value": 2020}},
    "route": {"type": "ListRelationship", "objectList": ["urn:x:1", "urn:x:2"]},
}
DOCUMENT = merging.create(read_entity(PAYLOAD, CORE), THEN).document
OWNER, ROUTE, TEMPERATURE = CORE.expand("owner"), CORE.expand("route"), CORE.expand("temperature")


def member(name: str, **form: Any) -> Any:
    return render(DOCUMENT, CORE, Form(**form))[name]


def test_4_5_1_the_normalized_form_is_complete() -> None:
    expected = {
        **PAYLOAD,
        "temperature": [
            {**PAYLOAD["temperature"][0], "observedAt": "2026-11-22T07:00:00.250Z"},
            PAYLOAD["temperature"][1],
        ],
        "owner": {**PAYLOAD["owner"], "since": {"type": "Property", "value": 2020}},
        "route": {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}, {"object": "urn:x:2"}]},
    }
    assert render(DOCUMENT, CORE) == expected


def test_4_5_2_3_the_concise_form_leaves_out_what_follows() -> None:
    shown = render(DOCUMENT, CORE, Form("concise"))
    assert shown["location"] == POINT
    assert shown["temperature"][1] == {"value": 22, "datasetId": "urn:data:1"}
    assert shown["owner"] == {"object": "urn:x:1", "objectType": "Person", "since": 2020}
    assert shown["route"] == {"objectList": ["urn:x:1", "urn:x:2"]}
    assert shown["steps"] == {"valueList": [1, 2]}
    assert shown["category"] == {"vocab": ["indoor", "urn:x:1"]}


@pytest.mark.parametrize(
    "value",
    [POINT, {"type": "Door", "a": 1}, {"value": 1}, [{"value": 1}], [{"type": "Property"}], {"dataset": {"@none": 1}}],
)
def test_4_5_2_3_a_value_that_looks_like_an_attribute_is_not_left_bare(value: Any) -> None:
    payload = {"id": "urn:x:1", "type": "T", "p": {"type": "Property", "value": value}}
    shown = render(read_entity(payload, CORE), CORE, Form("concise"))["p"]
    assert shown == ({"type": "Property", "value": value} if value is POINT else {"value": value})


def test_4_5_4_the_simplified_form_holds_values() -> None:
    shown = render(DOCUMENT, CORE, Form("simplified"))
    assert shown == {
        "id": "urn:ngsi-ld:Sensor:1",
        "type": ["Sensor", "Device"],
        "scope": ["/Gent", "/Brugge"],
        "location": POINT,
        "temperature": {"dataset": {"@none": 21.5, "urn:data:1": 22}},
        "street": {"languageMap": {"nl": "Grote Markt", "fr": "Grand-Place"}},
        "category": {"vocab": ["indoor", "urn:x:1"]},
        "raw": {"json": {"id": 1, "value": None}},
        "steps": [1, 2],
        "owner": "urn:x:1",
        "route": ["urn:x:1", "urn:x:2"],
    }


def test_4_5_5_a_dataset_is_a_view_of_the_entity() -> None:
    shown = render(DOCUMENT, CORE, Form("simplified", dataset_ids=frozenset({"urn:data:1"})))
    assert shown["temperature"] == 22
    assert "street" not in shown
    assert member("temperature", dataset_ids=frozenset({""}))["value"] == 21.5


def test_4_5_16_a_feature_has_its_geometry_and_the_rest_as_properties() -> None:
    feature = geojson_feature(DOCUMENT, CORE, Form("simplified", pick=projection("temperature", CORE.expand)))
    assert feature == {
        "id": "urn:ngsi-ld:Sensor:1",
        "type": "Feature",
        "geometry": POINT,
        "properties": {"temperature": {"dataset": {"@none": 21.5, "urn:data:1": 22}}},
    }
    other = geojson_feature(DOCUMENT, CORE, Form(geometry_property=CORE.expand("observationSpace")))
    assert other["geometry"] is None
    assert other["properties"]["type"] == ["Sensor", "Device"]
    assert feature_collection([feature]) == {"type": "FeatureCollection", "features": [feature]}


def test_4_5_16_1_the_geometry_is_of_the_dataset_asked() -> None:
    far = {"type": "Point", "coordinates": [4.0, 50.0]}
    several = [{"value": POINT}, {"value": far, "datasetId": "urn:data:1"}]
    document = read_entity({"id": "urn:x:1", "type": "T", "location": several}, CORE)
    assert geojson_feature(document, CORE)["geometry"] == POINT
    assert geojson_feature(document, CORE, Form(dataset_ids=frozenset({"urn:data:1"})))["geometry"] == far
    assert geojson_feature(document, CORE, Form(dataset_ids=frozenset({"urn:data:2"})))["geometry"] is None


def test_4_15_a_language_makes_a_property_of_a_language_property() -> None:
    assert member("street", language="fr-BE,*;q=0.1") == {"type": "Property", "value": "Grand-Place", "lang": "fr"}
    assert member("street", language="fr", representation="concise") == {"value": "Grand-Place", "lang": "fr"}
    assert member("street", language="nl", representation="simplified") == "Grote Markt"


def test_4_21_pick_leaves_only_what_is_picked_and_omit_what_is_not_omitted() -> None:
    picked = render(DOCUMENT, CORE, Form("simplified", pick=projection("id,steps", CORE.expand)))
    assert picked == {"id": "urn:ngsi-ld:Sensor:1", "steps": [1, 2]}
    omitted = render(DOCUMENT, CORE, Form(omit=projection("type,scope,steps,owner{id}", CORE.expand)))
    assert omitted.keys() == render(DOCUMENT, CORE).keys() - {"type", "scope", "steps"}
    assert Form(pick=projection("owner{steps}", CORE.expand)).linked(OWNER).pick == projection("steps", CORE.expand)


def test_5_7_1_attrs_leaves_id_type_and_scope() -> None:
    shown = render(DOCUMENT, CORE, Form(attrs=frozenset({TEMPERATURE})))
    assert shown.keys() == {"id", "type", "scope", "temperature"}


def test_closed_attributes_are_not_shown_at_any_depth() -> None:
    form = Form().without({TEMPERATURE}).without({CORE.expand("since"), CORE.expand("location")})
    shown = render(DOCUMENT, CORE, form)
    assert "temperature" not in shown and "since" not in shown["owner"]
    assert geojson_feature(DOCUMENT, CORE, form)["geometry"] is None


def test_6_3_11_system_times_are_shown_on_request() -> None:
    shown = render(DOCUMENT, CORE, Form(sys_attrs=True))
    assert shown["createdAt"] == shown["modifiedAt"] == "2026-11-22T07:00:00Z"
    assert shown["owner"]["createdAt"] == shown["owner"]["since"]["createdAt"] == "2026-11-22T07:00:00Z"
    assert render(DOCUMENT, CORE, Form("simplified", sys_attrs=True))["createdAt"] == "2026-11-22T07:00:00Z"


def test_4_22_an_expired_instance_is_not_shown() -> None:
    payload = {"id": "urn:x:1", "type": "T", "p": {"value": 1, "expiresAt": "2026-11-22T08:00:00Z"}, "q": 2}
    document = read_entity(payload, CORE)
    assert "p" in render(document, CORE, Form(now=THEN))
    assert render(document, CORE, Form(now=LATER)).keys() == {"id", "type", "q"}


def test_4_5_23_2_linked_entities_stand_in_their_relationship() -> None:
    person = {"id": "urn:x:1", "type": "Person"}

    def link(iri: str, instance: Instance) -> Any:
        if iri == ROUTE:
            return [person if uri == person["id"] else uri for uri in instance["objectList"]]
        return person if iri == OWNER else None

    normalized = render(DOCUMENT, CORE, Form(), link)
    assert normalized["owner"]["entity"] == person
    assert normalized["route"]["entityList"] == [person, "urn:x:2"]
    simplified = render(DOCUMENT, CORE, Form("simplified"), link)
    assert simplified["owner"] == person
    assert simplified["steps"] == [1, 2]


@pytest.mark.parametrize(
    ("name", "value", "null"),
    [
        ("location", "value", NULL),
        ("owner", "object", NULL),
        ("street", "languageMap", {"@none": NULL}),
        ("category", "vocab", NULL),
        ("steps", "valueList", [NULL]),
        ("route", "objectList", [NULL]),
    ],
)
def test_5_8_6_a_deleted_attribute_is_shown_as_null(name: str, value: str, null: Any) -> None:
    iri = CORE.expand(name)
    gone = deleted(DOCUMENT.attributes[iri][""], LATER)
    document = Document(DOCUMENT.id, DOCUMENT.types, attributes={iri: {"": gone}})
    shown = render(document, CORE)[name]
    assert shown == {"type": PAYLOAD[name]["type"], value: null}
    document.created_at = document.modified_at = LATER
    assert render(document, CORE, Form(sys_attrs=True))[name]["deletedAt"] == "2026-11-22T09:00:00Z"


def test_5_8_6_a_change_shows_the_value_before() -> None:
    for name, value in (
        ("category", "previousVocab"),
        ("route", "previousObjectList"),
        ("street", "previousLanguageMap"),
    ):
        iri = CORE.expand(name)
        instance = DOCUMENT.attributes[iri][""]
        document = Document(DOCUMENT.id, DOCUMENT.types, attributes={iri: {"": with_previous(instance, instance)}})
        shown = render(document, CORE)[name]
        assert shown[value] == shown[value.removeprefix("previous")[0].lower() + value[len("previous") + 1 :]]
    assert with_previous(instance, None) is instance
