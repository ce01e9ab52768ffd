"""Merge Entity: clause 5.6.17, binding 6.5.3.4."""

from typing import Any

CAR = "entities/urn:ngsi-ld:Car:1"
HEAD = {"id": "urn:ngsi-ld:Car:1", "type": "Car"}
NULL = "urn:ngsi-ld:null"


def test_5_6_17_merge_changes_adds_and_deletes_to_any_depth(broker: Any) -> None:
    broker.made(
        speed={"type": "Property", "value": 1, "unitCode": "KMH", "source": {"type": "Property", "value": "gps"}},
        address={"type": "Property", "value": {"street": "Reep", "nr": 1}},
        colour="red",
    )
    body = {
        "speed": {"value": 2, "source": {"type": "Property", "value": "urn:ngsi-ld:null"}},
        "address": {"type": "Property", "value": {"nr": "urn:ngsi-ld:null", "city": "Gent"}},
        "colour": {"type": "Property", "value": "urn:ngsi-ld:null"},
        "doors": {"type": "Property", "value": 5},
    }
    assert broker.patch(CAR, body).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1") == {
        "id": "urn:ngsi-ld:Car:1",
        "type": "Car",
        "speed": {"type": "Property", "value": 2, "unitCode": "KMH"},
        "address": {"type": "Property", "value": {"street": "Reep", "city": "Gent"}},
        "doors": {"type": "Property", "value": 5},
    }


def test_5_6_17_merge_as_merge_patch_json(broker: Any) -> None:
    broker.made(speed=1)
    body = {"speed": {"value": 2}}
    assert broker.patch(CAR, body, type="application/merge-patch+json").status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 2


def test_5_6_17_merge_of_bare_values_keeps_what_they_do_not_say(broker: Any) -> None:
    broker.made(speed={"type": "Property", "value": 1, "unitCode": "KMH"})
    assert broker.patch(CAR, {"speed": 2}, params={"options": "keyValues"}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == {"type": "Property", "value": 2, "unitCode": "KMH"}


def test_4_6_3_merge_of_a_typed_value(broker: Any) -> None:
    moment = {"@type": "DateTime", "@value": "2026-11-22T07:00:00Z"}
    broker.made(opened="never")
    assert broker.patch(CAR, {"opened": moment}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["opened"] == {"type": "Property", "value": moment}


def test_5_6_17_merge_gives_observed_at_to_what_had_one(broker: Any, error_of: Any) -> None:
    broker.made(speed={"type": "Property", "value": 1, "observedAt": "2026-01-01T00:00:00Z"}, colour="red")
    body, moment = {"speed": {"value": 2}, "colour": {"value": "blue"}}, "2026-11-22T07:00:00Z"
    assert broker.patch(CAR, body, params={"observedAt": moment}).status_code == 204
    shown = broker.shown("urn:ngsi-ld:Car:1")
    assert shown["speed"]["observedAt"] == moment and "observedAt" not in shown["colour"]
    assert error_of(broker.patch(CAR, body, params={"observedAt": "today"})) == (400, "BadRequestData")


def test_5_6_17_merge_of_text_into_one_language(broker: Any) -> None:
    broker.made(street={"type": "LanguageProperty", "languageMap": {"nl": "Reep", "fr": "Quai"}})
    assert broker.patch(CAR, {"street": "Quay"}, params={"lang": "en", "options": "keyValues"}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["street"]["languageMap"] == {"nl": "Reep", "fr": "Quai", "en": "Quay"}


def test_5_6_17_merge_of_texts_into_one_language(broker: Any) -> None:
    broker.made(street={"type": "LanguageProperty", "languageMap": {"nl": "Reep"}})
    body = {"street": ["Quai", "Rive"]}
    assert broker.patch(CAR, body, params={"lang": "fr", "format": "simplified"}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["street"]["languageMap"] == {"nl": "Reep", "fr": ["Quai", "Rive"]}


def test_5_6_17_merge_into_what_is_no_language_is_bad_data(broker: Any, error_of: Any) -> None:
    broker.made(street={"type": "LanguageProperty", "languageMap": {"nl": "Reep"}})
    for tag in ("no tag!", "*", "fr;q=0.5"):
        answer = broker.patch(CAR, {"street": "Quai"}, params={"lang": tag, "format": "simplified"})
        assert error_of(answer) == (400, "BadRequestData"), tag
    assert broker.shown("urn:ngsi-ld:Car:1")["street"]["languageMap"] == {"nl": "Reep"}


def test_4_5_5_merge_of_parts_of_several_instances(broker: Any) -> None:
    other = {"type": "Property", "value": 2, "datasetId": "urn:ngsi-ld:Set:1"}
    broker.made(speed=[{"type": "Property", "value": 1}, other])
    body = {"speed": [{"unitCode": "MTS"}, {"datasetId": "urn:ngsi-ld:Set:1", "unitCode": "KMH"}]}
    assert broker.patch(CAR, body).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1")["speed"] == [
        {"type": "Property", "value": 1, "unitCode": "MTS"},
        {**other, "unitCode": "KMH"},
    ]


def test_5_5_12_merge_of_sub_attributes_alone_leaves_the_value(broker: Any) -> None:
    gauge = {"type": "Property", "value": "gps", "maker": {"type": "Property", "value": "x"}}
    broker.made(
        speed={"type": "Property", "value": 8, "source": gauge, "by": gauge},
        place={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.7, 51.0]}, "source": gauge},
        address={"type": "Property", "value": {"city": "Gent", "nr": 1}, "source": gauge},
    )
    body = {
        "speed": {"by": NULL, "source": {"maker": NULL}},
        "place": {"source": {"value": "map"}},
        "address": {"nr": NULL},
    }
    assert broker.patch(CAR, body).status_code == 204
    shown = broker.shown("urn:ngsi-ld:Car:1")
    assert shown["speed"] == {"type": "Property", "value": 8, "source": {"type": "Property", "value": "gps"}}
    assert shown["place"]["value"]["coordinates"] == [3.7, 51.0] and shown["place"]["source"] == {
        **gauge,
        "value": "map",
    }
    assert shown["address"] == {"type": "Property", "value": {"city": "Gent"}, "source": gauge}


def test_5_5_12_merge_of_nulls_that_delete_nothing_leaves_the_value(broker: Any) -> None:
    broker.made(speed=8)
    assert broker.patch(CAR, {"speed": {"source": NULL}}).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1", format="simplified")["speed"] == 8


def test_6_5_3_4_merge_of_simplified_attributes_changes_no_type(broker: Any, error_of: Any) -> None:
    kinds = {
        "speed": 8,
        "owner": {"type": "Relationship", "object": "urn:ngsi-ld:Person:1"},
        "colour": {"type": "VocabProperty", "vocab": "red"},
        "papers": {"type": "JsonProperty", "json": {"id": 1}},
    }
    broker.made(**kinds)
    simplified = {"format": "simplified"}
    address = {"type": "PostalAddress", "value": "Reep 1"}
    body = {
        "address": address,
        "owner": "urn:ngsi-ld:Person:2",
        "colour": {"vocab": "blue"},
        "papers": {"json": {"id": 2}},
        "names": {"languageMap": {"nl": "Wagen"}},
    }
    assert broker.patch(CAR, body, params=simplified).status_code == 204
    assert broker.shown("urn:ngsi-ld:Car:1", **simplified) == {**HEAD, "speed": 8, **body}
    shown = broker.shown("urn:ngsi-ld:Car:1")
    assert shown["owner"]["type"] == "Relationship" and shown["names"]["type"] == "LanguageProperty"
    other = {"type": "Relationship", "object": "urn:ngsi-ld:Person:1"}
    for given in (
        {"speed": {"vocab": "fast"}},
        {"owner": 7},
        {"papers": {"languageMap": {"nl": "x"}}},
        {"speed": other},
    ):
        assert error_of(broker.patch(CAR, given, params=simplified)) == (400, "BadRequestData"), given


def test_5_5_4_merge_cannot_delete_the_type(broker: Any, error_of: Any) -> None:
    broker.made(speed=8)
    for given in (NULL, [NULL], ["Car", NULL]):
        assert error_of(broker.patch(CAR, {"type": given})) == (400, "BadRequestData"), given
    assert broker.shown("urn:ngsi-ld:Car:1")["type"] == "Car"


def test_5_6_17_merge_refuses_options_and_formats_that_there_are_not(broker: Any, error_of: Any) -> None:
    broker.made(speed=1)
    for params in ({"options": "pretty"}, {"format": "xml"}, {"local": "maybe"}):
        assert error_of(broker.patch(CAR, {"speed": 2}, params=params)) == (400, "InvalidRequest"), params


def test_5_6_17_merge_into_what_is_not_there_is_not_found(broker: Any, error_of: Any) -> None:
    assert error_of(broker.patch(CAR, {"speed": 1})) == (404, "ResourceNotFound")


def test_5_6_17_merge_needs_a_key(broker: Any, reader: Any) -> None:
    broker.made(speed=1)
    assert reader.patch(CAR, {"speed": 2}).status_code == 401
    assert broker.shown("urn:ngsi-ld:Car:1", options="keyValues")["speed"] == 1
