"""Context source registrations over HTTP: clauses 5.9.2 to 5.9.4, 6.8 and 6.9."""

from random import Random
from typing import Any

import pytest

from spiegelstad.accounts.testing import make_key
from spiegelstad.context.models import Registration
from spiegelstad.context.testing import make_entity

URI = "urn:ngsi-ld:ContextSourceRegistration:1"
LONG = Random(1).randbytes(4_000).hex()  # what can be compressed would fit into an index
CONTEXT = "https://example.org/context.jsonld"
PLACE = {"type": "Polygon", "coordinates": [[[3.6, 51.0], [3.8, 51.0], [3.8, 51.1], [3.6, 51.0]]]}


def registration(**members: Any) -> dict[str, Any]:
    """A small registration; a member given as None is left out."""
    whole = {
        "id": URI,
        "type": "ContextSourceRegistration",
        "endpoint": "https://a.example",
        "information": [{"entities": [{"type": "Car"}]}],
    }
    return {name: value for name, value in {**whole, **members}.items() if value is not None}


@pytest.fixture
def made(broker):
    """Give a function that makes a registration and returns it as it is shown."""

    def make(**members):
        answer = broker.post("csourceRegistrations", registration(**members))
        assert answer.status_code == 201, answer.content
        return broker.get(f"csourceRegistrations/{members.get('id', URI)}").json()

    return make


def test_5_9_2_register_answers_201_with_its_place(broker):
    answer = broker.post("csourceRegistrations/", registration())
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["Location"] == f"/ngsi-ld/v1/csourceRegistrations/{URI}"


def test_5_9_2_register_makes_up_an_id(broker):
    place = broker.post("csourceRegistrations", registration(id=None)).headers["Location"]
    assert broker.client.get(place, headers={"Authorization": f"Bearer {broker.key}"}).json()["id"] in place


def test_5_9_2_register_what_exists(broker, error_of, made):
    made()
    assert error_of(broker.post("csourceRegistrations", registration())) == (409, "AlreadyExists")


EVERYTHING = {
    "registrationName": "the cars of Gent",
    "description": "all of them",
    "information": [
        {
            "entities": [{"id": "urn:x:1", "type": "Car"}, {"idPattern": "^urn:x:", "type": ["Car", "Bus"]}],
            "propertyNames": ["speed", "location"],
            "relationshipNames": ["owner"],
        }
    ],
    "tenant": "gent",
    "contextSourceAlias": "gent-1",
    "datasetId": ["@none", "urn:x:dataset"],
    "location": PLACE,
    "observationSpace": PLACE,
    "operationSpace": PLACE,
    "expiresAt": "2100-01-01T00:00:00Z",
    "endpoint": "https://a.example/broker",
    "contextSourceInfo": [
        {"key": "Authorization", "value": "Bearer x"},
        {"key": "accept", "value": "application/json"},
    ],
    "scope": ["/Gent"],
    "mode": "redirect",
    "operations": ["retrieveOps", "createEntity"],
    "refreshRate": "PT5M",
    "management": {"localOnly": True, "cacheDuration": "PT1M", "timeout": 500, "cooldown": 1000},
    "maintainer": "Dienst Mobiliteit",
}


def test_5_9_2_register_with_every_member_gives_it_back(made):
    assert made(**EVERYTHING) == registration(**EVERYTHING)


def test_5_9_2_register_with_a_context_keeps_names_apart(broker):
    body = {**registration(), "@context": [{"Car": "https://example.org/Car"}]}
    assert broker.post("csourceRegistrations", body, type="application/ld+json").status_code == 201
    shown = broker.get(f"csourceRegistrations/{URI}").json()
    assert shown["information"] == [{"entities": [{"type": "https://example.org/Car"}]}]


def test_5_9_2_register_with_nothing_to_tell_the_source(made):
    assert made(contextSourceInfo=[]) == registration(contextSourceInfo=[])


def test_5_9_2_register_leaves_what_the_system_says(made):
    assert made(status="failed", timesSent=7, createdAt="2000-01-01T00:00:00Z") == registration()


WRONG = {
    "no type": {"type": None},
    "another type": {"type": "Subscription"},
    "an id that is no URI": {"id": "one"},
    "an id that is too long": {"id": f"urn:x:{LONG}"},
    "no endpoint": {"endpoint": None},
    "an endpoint that is no address": {"endpoint": "mqtt://a.example"},
    "an endpoint with a password": {"endpoint": "https://name:word@a.example"},
    "no information": {"information": None},
    "empty information": {"information": []},
    "information about nothing": {"information": [{}]},
    "entities without type": {"information": [{"entities": [{"id": "urn:x:1"}]}]},
    "no entities in the list": {"information": [{"entities": []}]},
    "an id pattern that is none": {"information": [{"entities": [{"type": "Car", "idPattern": "("}]}]},
    "an empty list of attributes": {"information": [{"propertyNames": []}]},
    "an unknown mode": {"mode": "other"},
    "an unknown operation": {"operations": ["dance"]},
    "a place that is none": {"location": {"type": "Point", "coordinates": ["x", 1]}},
    "an interval without start": {"observationInterval": {"endAt": "2026-01-01T00:00:00Z"}},
    "an interval that ends before its start": {
        "managementInterval": {"startAt": "2026-01-02T00:00:00Z", "endAt": "2026-01-01T00:00:00Z"}
    },
    "an end in the past": {"expiresAt": "2000-01-01T00:00:00Z"},
    "a timeout of nothing": {"management": {"timeout": 0}},
    "a duration that is none": {"refreshRate": "an hour"},
    "a media type nobody reads": {"contextSourceInfo": [{"key": "accept", "value": "text/plain"}]},
    "a version that is none": {"contextSourceInfo": [{"key": "ngsildConformance", "value": "one"}]},
    "a header in two lines": {"contextSourceInfo": [{"key": "X", "value": "a\r\nHost: b"}]},
    "an exclusive source of no entity": {"mode": "exclusive", "information": [{"propertyNames": ["speed"]}]},
    "an exclusive source of no attributes": {
        "mode": "exclusive",
        "information": [{"entities": [{"id": "urn:x:1", "type": "Car"}]}],
    },
    "an exclusive source by pattern": {
        "mode": "exclusive",
        "information": [{"entities": [{"idPattern": "urn", "type": "Car"}], "propertyNames": ["speed"]}],
    },
    "an auxiliary source that writes": {"mode": "auxiliary", "operations": ["updateOps"]},
    "a member that is null": {"maintainer": None, "description": ""},
}


@pytest.mark.parametrize("members", WRONG.values(), ids=WRONG)
def test_5_9_2_register_what_is_wrong(broker, error_of, members):
    assert error_of(broker.post("csourceRegistrations", registration(**members))) == (400, "BadRequestData")
    assert not Registration.objects.exists()


def _exclusive(uri: str, *attributes: str) -> dict[str, Any]:
    information = [{"entities": [{"id": "urn:ngsi-ld:Car:1", "type": "Car"}], "propertyNames": list(attributes)}]
    return registration(id=uri, mode="exclusive", information=information)


def test_5_9_2_register_exclusively_what_another_has_exclusively(broker, error_of):
    assert broker.post("csourceRegistrations", _exclusive("urn:x:1", "speed", "fuel")).status_code == 201
    assert broker.post("csourceRegistrations", _exclusive("urn:x:2", "colour")).status_code == 201
    assert error_of(broker.post("csourceRegistrations", _exclusive("urn:x:3", "fuel"))) == (409, "Conflict")


def test_5_9_2_register_exclusively_what_is_kept_here(broker, error_of):
    broker.made(speed={"type": "Property", "value": 3})
    assert error_of(broker.post("csourceRegistrations", _exclusive("urn:x:1", "speed"))) == (409, "Conflict")
    assert broker.post("csourceRegistrations", _exclusive("urn:x:1", "colour")).status_code == 201


def test_5_9_2_register_a_redirection_of_what_is_kept_here(broker, error_of):
    broker.made()
    assert error_of(broker.post("csourceRegistrations", registration(mode="redirect"))) == (409, "Conflict")
    assert broker.post("csourceRegistrations", registration(mode="auxiliary")).status_code == 201


def test_5_9_2_register_in_one_city_does_not_clash_with_another(broker, other_tenant):
    make_entity(other_tenant, id="urn:ngsi-ld:Car:1", type="Car")
    assert broker.post("csourceRegistrations", registration(mode="redirect")).status_code == 201


def test_5_9_3_update_changes_what_is_named(broker, made):
    made(description="old")
    change = {"description": "new", "mode": "auxiliary", "information": [{"entities": [{"type": "Bus"}]}]}
    assert broker.patch(f"csourceRegistrations/{URI}", change).status_code == 204
    assert broker.get(f"csourceRegistrations/{URI}").json() == registration(**change)


def test_5_9_3_update_takes_away_what_is_null(broker, made):
    made(description="old", expiresAt="2100-01-01T00:00:00Z")
    change = {"description": "urn:ngsi-ld:null", "expiresAt": None}
    assert broker.patch(f"csourceRegistrations/{URI}", change).status_code == 204
    assert broker.get(f"csourceRegistrations/{URI}").json() == registration()
    assert Registration.objects.get().expires_at is None


@pytest.mark.parametrize(
    "change", [{"id": "urn:x:2"}, {"endpoint": None}, {"information": None}, {"information": 7}, {"mode": "x"}, {}]
)
def test_5_9_3_update_that_is_wrong(broker, made, error_of, change):
    made()
    assert error_of(broker.patch(f"csourceRegistrations/{URI}", change)) == (400, "BadRequestData")
    assert broker.get(f"csourceRegistrations/{URI}").json() == registration()


def test_5_9_3_update_of_what_is_not_there(broker, error_of):
    answer = broker.patch(f"csourceRegistrations/{URI}", {"description": "new"})
    assert error_of(answer) == (404, "ResourceNotFound")


def test_5_9_4_delete(broker, made, error_of):
    made()
    assert broker.delete(f"csourceRegistrations/{URI}").status_code == 204
    assert error_of(broker.delete(f"csourceRegistrations/{URI}")) == (404, "ResourceNotFound")
    assert error_of(broker.get(f"csourceRegistrations/{URI}")) == (404, "ResourceNotFound")


def test_5_9_registrations_end_by_themselves(broker, made, error_of):
    made(expiresAt="2100-01-01T00:00:00Z")
    Registration.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert error_of(broker.get(f"csourceRegistrations/{URI}")) == (404, "ResourceNotFound")
    assert broker.get("csourceRegistrations", params={"type": "Car"}).json() == []
    made()  # the id is free again


def test_5_9_registrations_are_for_whoever_may_register(broker, reader, made):
    made()
    assert reader.post("csourceRegistrations", registration(id="urn:x:2")).status_code in (401, 403)
    assert reader.get(f"csourceRegistrations/{URI}").status_code in (401, 403)
    assert reader.get("csourceRegistrations", params={"type": "Car"}).status_code in (401, 403)
    assert reader.delete(f"csourceRegistrations/{URI}").status_code in (401, 403)


def test_5_9_registrations_of_another_city_are_not_there(broker, made, other_tenant, error_of):
    made()
    broker.key = make_key(other_tenant, ["context:write"])[0]
    assert error_of(broker.get(f"csourceRegistrations/{URI}")) == (404, "ResourceNotFound")
    assert broker.get("csourceRegistrations", params={"type": "Car"}).json() == []
    assert error_of(broker.delete(f"csourceRegistrations/{URI}")) == (404, "ResourceNotFound")
