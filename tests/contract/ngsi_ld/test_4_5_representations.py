"""The representations of clause 4.5 over HTTP: what is sent comes back, through the database, in every form."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PLACE = {"type": "Point", "coordinates": [3.72, 51.05]}
AREA = {"type": "Polygon", "coordinates": [[[3.7, 51.0], [3.8, 51.0], [3.8, 51.1], [3.7, 51.0]]]}
CAR = "urn:ngsi-ld:Car:1"
KINDS: dict[str, Any] = {
    "speed": {
        "type": "Property",
        "value": 55.5,
        "unitCode": "KMH",
        "observedAt": "2026-11-22T07:00:00.250Z",
        "source": {"type": "Relationship", "object": "urn:ngsi-ld:Gauge:1"},
    },
    "location": {"type": "GeoProperty", "value": PLACE},
    "operationSpace": {"type": "GeoProperty", "value": AREA},
    "owner": {"type": "Relationship", "object": "urn:ngsi-ld:Person:1", "objectType": "Person"},
    "passengers": {"type": "Relationship", "object": ["urn:ngsi-ld:Person:2", "urn:ngsi-ld:Person:3"]},
    "street": {"type": "LanguageProperty", "languageMap": {"nl": "Grote Markt", "fr": ["Grand-Place", "La Place"]}},
    "category": {"type": "VocabProperty", "vocab": "commercial"},
    "ticket": {"type": "JsonProperty", "json": {"id": "7", "value": None, "lines": [{"type": "x"}]}},
    "stops": {"type": "ListProperty", "valueList": ["a", 1, {"b": 2}]},
    "route": {
        "type": "ListRelationship",
        "objectList": [{"object": "urn:ngsi-ld:Stop:1"}, {"object": "urn:ngsi-ld:Stop:2"}],
    },
    "mass": [
        {"type": "Property", "value": 1000},
        {"type": "Property", "value": 1010, "datasetId": "urn:ngsi-ld:Dataset:scale"},
    ],
}


def test_4_5_1_every_kind_of_attribute_comes_back_normalized(broker: Any) -> None:
    broker.made(**KINDS)
    assert broker.shown(CAR) == {"id": CAR, "type": "Car", **KINDS}


def test_4_5_2_3_the_concise_form_sent_back_makes_the_same_entity(broker: Any) -> None:
    broker.made(**KINDS)
    concise = broker.shown(CAR, format="concise")
    assert concise["location"] == PLACE
    assert concise["route"] == {"objectList": ["urn:ngsi-ld:Stop:1", "urn:ngsi-ld:Stop:2"]}
    assert broker.put(f"entities/{CAR}", concise).status_code == 204
    assert broker.shown(CAR) == {"id": CAR, "type": "Car", **KINDS}


def test_4_5_4_the_simplified_form_holds_values(broker: Any) -> None:
    broker.made(**KINDS)
    assert broker.shown(CAR, options="keyValues") == {
        "id": CAR,
        "type": "Car",
        "speed": 55.5,
        "location": PLACE,
        "operationSpace": AREA,
        "owner": "urn:ngsi-ld:Person:1",
        "passengers": ["urn:ngsi-ld:Person:2", "urn:ngsi-ld:Person:3"],
        "street": {"languageMap": KINDS["street"]["languageMap"]},
        "category": {"vocab": "commercial"},
        "ticket": {"json": KINDS["ticket"]["json"]},
        "stops": ["a", 1, {"b": 2}],
        "route": ["urn:ngsi-ld:Stop:1", "urn:ngsi-ld:Stop:2"],
        "mass": {"dataset": {"@none": 1000, "urn:ngsi-ld:Dataset:scale": 1010}},
    }


def test_4_5_5_a_dataset_is_a_view(broker: Any) -> None:
    broker.made(**KINDS)
    view = broker.shown(CAR, options="keyValues", datasetId="urn:ngsi-ld:Dataset:scale")
    assert view == {"id": CAR, "type": "Car", "mass": 1010}
    default = broker.shown(CAR, options="keyValues", datasetId="@none")
    assert default["mass"] == 1000


def test_4_5_16_geojson_has_the_geometry_asked_for(broker: Any) -> None:
    broker.made(**KINDS)
    headers = {"Accept": "application/geo+json"}
    feature = broker.get(f"entities/{CAR}", headers=headers).json()
    assert feature["geometry"] == PLACE
    assert feature["properties"]["speed"] == KINDS["speed"]
    params = {"geometryProperty": "operationSpace", "format": "simplified", "pick": "speed"}
    other = broker.get(f"entities/{CAR}", headers=headers, params=params).json()
    assert (other["geometry"], other["properties"]) == (AREA, {"speed": 55.5})
    assert broker.get(f"entities/{CAR}", params={"geometryProperty": "location"}).status_code == 400


def test_4_15_a_language_is_chosen(broker: Any) -> None:
    broker.made(**KINDS)
    assert broker.shown(CAR, lang="fr-BE,nl;q=0.5")["street"] == {
        "type": "Property",
        "value": ["Grand-Place", "La Place"],
        "lang": "fr",
    }
    assert broker.shown(CAR, lang="de", options="keyValues")["street"] in ("Grote Markt", ["Grand-Place", "La Place"])


def test_6_3_11_system_times_are_shown_when_asked(broker: Any) -> None:
    broker.made(**KINDS)
    shown = broker.shown(CAR, options="sysAttrs,concise")
    assert (
        shown["createdAt"]
        == shown["modifiedAt"]
        == shown["speed"]["createdAt"]
        == shown["speed"]["source"]["createdAt"]
    )
    assert "createdAt" not in broker.shown(CAR)["speed"]


@pytest.mark.parametrize("number", [0, -1, 1.5, 1e-7, 1e22, 1.7976931348623157e308, 2**53, 2**63, 1e25, 0.1 + 0.2])
def test_4_6_3_numbers_come_back(broker: Any, number: float) -> None:
    broker.made(speed=number)
    assert broker.shown(CAR, options="keyValues")["speed"] == pytest.approx(number, rel=1e-15)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_4_6_4_texts_come_back_as_they_were(broker: Any, text: str) -> None:
    body = {"id": CAR, "type": "Car", "note": {"type": "Property", "value": {"a": text, text: [text]}}}
    assert broker.post("entityOperations/upsert", [body]).status_code in (201, 204)
    assert broker.shown(CAR)["note"]["value"] == {"a": text, text: [text]}
