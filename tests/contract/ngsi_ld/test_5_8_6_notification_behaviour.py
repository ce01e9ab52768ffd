"""Notifications: clauses 5.8.6, 5.3.1 and 6.3, through HTTP on both sides."""

import pytest

from tests.room.context.conftest import notifier, receiver  # noqa: F401  fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("notifier")]

LD = "application/ld+json"
CAR = "urn:ngsi-ld:Car:1"


@pytest.fixture
def told(broker, receiver):  # noqa: F811
    """Give a function that subscribes under a path, and one that waits for the data of so many notifications there."""

    def subscribe(path, *, notification=None, endpoint=None, **members):
        told_by = {**(notification or {}), "endpoint": {"uri": receiver.url(path), **(endpoint or {})}}
        body = {"type": "Subscription", "entities": [{"type": "Car"}], "notification": told_by, **members}
        given = {name: value for name, value in body.items() if value is not None}
        answer = broker.post("subscriptions", given, type=LD if "@context" in given else "application/json")
        assert answer.status_code == 201, answer.content

    def wait(path, number=1):
        return [entity for one in receiver.wait(number, path) for entity in one["body"]["data"]]

    return subscribe, wait


def test_5_8_6_by_default_made_and_updated_attributes_are_told_and_nothing_else(broker, told, receiver):  # noqa: F811
    subscribe, wait = told
    subscribe("all")
    subscribe("watched", watchedAttributes=["speed"])
    broker.made(CAR, speed=1, colour="red")
    broker.patch(f"entities/{CAR}/attrs/colour", {"value": "blue"})
    broker.patch(f"entities/{CAR}/attrs/colour", {"value": "blue"})  # its own value again is no change
    broker.delete(f"entities/{CAR}/attrs/colour")
    broker.patch(f"entities/{CAR}/attrs/speed", {"value": 2})
    assert [entity["speed"]["value"] for entity in wait("watched", 2)] == [1, 2]
    assert [entity.get("colour", {}).get("value") for entity in wait("all", 3)] == ["red", "blue", None]
    assert len(receiver.received()) == 5


def test_5_8_6_each_trigger(broker, told, receiver):  # noqa: F811
    subscribe, wait = told
    for trigger in ("entityCreated", "entityUpdated", "entityDeleted", "attributeDeleted"):
        subscribe(trigger, notificationTrigger=[trigger])
    broker.made(CAR, speed=1, colour="red")
    broker.patch(f"entities/{CAR}/attrs/speed", {"value": 2})
    broker.delete(f"entities/{CAR}/attrs/colour")
    broker.delete(f"entities/{CAR}")
    assert wait("entityDeleted")[0].keys() == {"id", "type", "deletedAt"}
    assert wait("attributeDeleted")[0]["colour"] == "urn:ngsi-ld:null"
    assert wait("entityCreated")[0]["colour"]["value"] == "red"
    assert [entity["speed"]["value"] for entity in wait("entityUpdated", 3)] == [1, 2, 2]
    assert len(receiver.received()) == 6


@pytest.mark.parametrize("changes", [False, True])
def test_5_8_6_geojson_without_a_place_has_no_geometry(broker, told, receiver, changes):  # noqa: F811
    """RFC 7946 has null for it, whatever NGSI-LD says of the place that was deleted."""
    subscribe, _ = told
    triggers = ["attributeDeleted", "entityDeleted"]
    endpoint = {"accept": "application/geo+json"}
    subscribe("geo", notificationTrigger=triggers, endpoint=endpoint, notification={"showChanges": changes})
    place = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.7, 51.0]}}
    broker.made(CAR, location=place)
    broker.made("urn:ngsi-ld:Car:2", location=place)
    assert broker.delete(f"entities/{CAR}/attrs/location").status_code == 204
    assert broker.delete("entities/urn:ngsi-ld:Car:2").status_code == 204
    features = [one["body"]["data"]["features"][0] for one in receiver.wait(2, "geo")]
    assert [one["geometry"] for one in features] == [None, None]
    assert ("location" in features[0]["properties"], "location" in features[1]["properties"]) == (True, changes)


def test_5_8_6_values_before_are_told_of_what_changed_only(broker, told):
    subscribe, wait = told
    subscribe("changes", notificationTrigger=["attributeUpdated"], notification={"showChanges": True})
    broker.made(CAR, speed=1, colour="red")
    assert broker.put(f"entities/{CAR}", {"id": CAR, "type": "Car", "speed": 2, "colour": "red"}).status_code == 204
    [shown] = wait("changes")
    assert shown["speed"] == {"type": "Property", "value": 2, "previousValue": 1}
    assert shown["colour"] == {"type": "Property", "value": "red"}


def test_5_8_6_geo_query_tells_of_what_is_there(broker, told, receiver):  # noqa: F811
    """Of an entity that enters the place, and of its changes while it is there; another GeoProperty when named."""
    subscribe, wait = told
    square = [[[3.7, 51.0], [3.8, 51.0], [3.8, 51.1], [3.7, 51.1], [3.7, 51.0]]]
    inside = {"georel": "within", "geometry": "Polygon", "coordinates": square}
    near = {"georel": "near;maxDistance==2000", "geometry": "Point", "coordinates": [3.75, 51.05]}
    subscribe("inside", geoQ=inside)
    subscribe("near", geoQ=near, q="speed>0")
    subscribe("sight", geoQ={**inside, "geoproperty": "observationSpace"})
    here, there = ({"type": "Point", "coordinates": at} for at in ([3.75, 51.05], [4.5, 51.05]))
    broker.made(CAR, speed=1, location=there, observationSpace=here)
    broker.patch(f"entities/{CAR}/attrs/location", {"value": here})
    broker.patch(f"entities/{CAR}/attrs/speed", {"value": 2})
    broker.patch(f"entities/{CAR}/attrs", {"location": {"type": "GeoProperty", "value": there}})
    broker.patch(f"entities/{CAR}/attrs/speed", {"value": 3})
    assert [entity["speed"]["value"] for entity in wait("inside", 2)] == [1, 2]
    assert [entity["speed"]["value"] for entity in wait("near", 2)] == [1, 2]
    assert [entity["speed"]["value"] for entity in wait("sight", 5)] == [1, 1, 2, 2, 3]
    assert len(receiver.received()) == 9


def test_5_8_6_linked_entities_are_joined(broker, told):
    subscribe, wait = told
    subscribe("inline", notification={"join": "inline", "joinLevel": 2})
    subscribe("flat", notification={"join": "flat", "joinLevel": 2})
    subscribe("linked", q='owner{city{name}}=="Gent"')
    subscribe("elsewhere", q='owner{city{name}}=="Brugge"')
    broker.made("urn:x:city", "City", name="Gent")
    broker.made("urn:x:owner", "Person", city={"object": "urn:x:city"})
    broker.made(CAR, owner={"object": "urn:x:owner"})
    inline = wait("inline")[0]["owner"]
    assert inline["object"] == "urn:x:owner"
    assert inline["entity"]["city"]["entity"]["name"]["value"] == "Gent"
    assert [entity["id"] for entity in wait("flat")] == [CAR, "urn:x:owner", "urn:x:city"]
    assert [entity["id"] for entity in wait("linked")] == [CAR]


def test_5_8_6_terms_are_those_of_the_subscription_or_of_its_jsonld_context(broker, told, receiver):  # noqa: F811
    subscribe, wait = told
    mine = {"snelheid": "https://example.org/speed", "Auto": "https://example.org/Car"}
    answer = broker.post("jsonldContexts", {"@context": {"vitesse": "https://example.org/speed"}})
    assert answer.status_code == 201, answer.content
    hosted = "http://testserver" + answer.headers["Location"]
    subscribe("own", entities=[{"type": "Auto"}], **{"@context": mine})
    context = {"entities": [{"type": "Auto"}], "@context": mine}
    subscribe("own-ld", endpoint={"accept": LD}, **context)
    subscribe("hosted", jsonldContext=hosted, **context)
    broker.post("entities", {"id": CAR, "type": "Auto", "snelheid": 3, "@context": mine}, type=LD)
    assert wait("own")[0]["snelheid"]["value"] == 3
    assert wait("own")[0]["type"] == "Auto"
    (linked,) = receiver.received("own")
    assert linked["headers"]["Link"].startswith("<http")
    assert mine in receiver.wait(1, "own-ld")[0]["body"]["@context"]
    assert wait("hosted")[0]["vitesse"]["value"] == 3
    assert receiver.received("hosted")[0]["headers"]["Link"].startswith(f"<{hosted}>")


def test_5_8_6_subscriber_is_told_what_it_may_read(broker, told, receiver, tenant):  # noqa: F811
    from spiegelstad.accounts.models import Tenant
    from spiegelstad.context.rules.terms import CORE

    closed = {CORE.expand("secret"): {"classification": "internal", "department": ""}}
    Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": closed}})
    subscribe, wait = told
    subscribe("all")
    subscribe("filtered", q="secret==1")
    broker.made(CAR, speed=1, secret=1)
    assert wait("all")[0].keys() == {"id", "type", "speed"}
    assert receiver.received("filtered") == []
