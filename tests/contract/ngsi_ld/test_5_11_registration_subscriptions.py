"""Subscriptions to registrations: clauses 5.11.2 to 5.11.7 and 5.3.2, through HTTP on both sides."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_key
from spiegelstad.context.actions.registrations import end_expired
from spiegelstad.context.models import Notification, Registration, Subscription
from tests.room.context.conftest import notifier, receiver  # noqa: F401  fixtures

URI = "urn:ngsi-ld:Subscription:1"
SOURCE = "urn:ngsi-ld:ContextSourceRegistration:1"
ENDPOINT = {"uri": "http://127.0.0.1:1/notify"}
LD = "application/ld+json"
NEW, UPDATED, GONE = "newlyMatching", "updated", "noLongerMatching"


def information(*types: str, **names: Any) -> dict[str, Any]:
    return {"entities": [{"type": one} for one in types], **names}


@pytest.fixture
def register(broker):
    """Give a function that registers a source, of cars by default."""

    def make(uri=SOURCE, **members):
        body = {
            "id": uri,
            "type": "ContextSourceRegistration",
            "endpoint": "http://127.0.0.1:1",
            "information": [information("Car")],
            **members,
        }
        answer = broker.post("csourceRegistrations", body)
        assert answer.status_code == 201, answer.content
        return uri

    return make


@pytest.fixture
def subscribe(broker):
    """Give a function that subscribes to sources of cars; a member given as None is left out."""

    def make(uri=URI, *, notification=None, endpoint=None, **members):
        told = {**(notification or {}), "endpoint": {**ENDPOINT, **(endpoint or {})}}
        body = {"id": uri, "type": "Subscription", "entities": [{"type": "Car"}], "notification": told, **members}
        body = {name: value for name, value in body.items() if value is not None}
        answer = broker.post("csourceSubscriptions", body, type=LD if "@context" in body else "application/json")
        assert answer.status_code == 201, answer.content
        return answer

    return make


def queued(uri=URI) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return what waits for a subscription: trigger reasons and registrations."""
    rows = Notification.objects.filter(subscription__uri=uri).order_by("id")
    return [(row.trigger, orjson.loads(row.data)) for row in rows]


def triggers(uri=URI) -> list[str]:
    return [trigger for trigger, _ in queued(uri)]


def test_5_11_2_create_answers_201_with_its_place(broker, subscribe, error_of):
    assert subscribe().headers["Location"] == f"/ngsi-ld/v1/csourceSubscriptions/{URI}"
    again = {"id": URI, "type": "Subscription", "entities": [{"type": "Car"}], "notification": {"endpoint": ENDPOINT}}
    assert error_of(broker.post("csourceSubscriptions", again)) == (409, "AlreadyExists")
    assert broker.post("subscriptions", again).status_code == 201  # these are others


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "Thing"},
        {"notification": None},
        {"entities": None},
        {"geoQ": {"georel": "near"}},
        {"csf": "("},
        {"temporalQ": {"timerel": "between", "timeAt": "2026-01-01T00:00:00Z"}},
        {"temporalQ": {"lastN": 3}},
        {"expiresAt": "2000-01-01T00:00:00Z"},
        {"notification": {"endpoint": {**ENDPOINT, "accept": "application/geo+json"}}},
    ],
)
def test_5_11_2_create_refuses_what_breaks_a_rule(broker, error_of, wrong):
    body = {"type": "Subscription", "entities": [{"type": "Car"}], "notification": {"endpoint": ENDPOINT}, **wrong}
    body = {name: value for name, value in body.items() if value is not None}
    assert error_of(broker.post("csourceSubscriptions", body)) == (400, "BadRequestData")
    assert not Subscription.objects.exists()


def test_5_11_2_what_matches_is_told_at_once(register, subscribe):
    register()
    register("urn:x:bus", information=[information("Bus")])
    register("urn:x:past", observationInterval={"startAt": "2020-01-01T00:00:00Z"})
    subscribe()
    [(trigger, [told])] = queued()
    assert (trigger, told["id"], told["type"]) == (NEW, SOURCE, "ContextSourceRegistration")
    subscribe("urn:x:none", entities=[{"type": "Train"}])
    assert queued("urn:x:none") == []


def test_5_11_2_attributes_count_when_the_notification_names_some(register, subscribe):
    """Clause 5.12: who is told of all attributes watches all sources."""
    register(information=[information("Car", propertyNames=["fuel"])])
    subscribe("urn:x:all", watchedAttributes=["speed"])
    subscribe("urn:x:other", watchedAttributes=["speed"], notification={"attributes": ["colour"]})
    subscribe("urn:x:some", watchedAttributes=["speed"], notification={"attributes": ["fuel"]})
    assert [triggers(f"urn:x:{name}") for name in ("all", "other", "some")] == [[NEW], [], [NEW]]


def test_5_11_2_place_scope_members_and_time_are_matched(register, subscribe):
    square = {"type": "Polygon", "coordinates": [[[3, 51], [4, 51], [4, 52], [3, 52], [3, 51]]]}
    register("urn:x:placed", location=square, scope="/Gent", region="east")
    register("urn:x:old", observationInterval={"startAt": "2020-01-01T00:00:00Z", "endAt": "2021-01-01T00:00:00Z"})
    near = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": [3.7, 51.05]}
    year = {"timerel": "between", "timeAt": "2020-05-01T00:00:00Z", "endTimeAt": "2020-06-01T00:00:00Z"}
    asked = {
        "here": {"geoQ": near},
        "away": {"geoQ": {**near, "coordinates": [9, 51]}},
        "scope": {"scopeQ": "/Gent"},
        "noscope": {"scopeQ": "/Brugge"},
        "east": {"csf": 'region=="east"'},
        "west": {"csf": 'region=="west"'},
        "then": {"temporalQ": year},
        "later": {"temporalQ": {**year, "timeAt": "2022-05-01T00:00:00Z", "endTimeAt": "2022-06-01T00:00:00Z"}},
    }
    found = {}
    for name, members in asked.items():
        subscribe(f"urn:x:{name}", **members)
        found[name] = [one["id"] for _, several in queued(f"urn:x:{name}") for one in several]
    assert {name: uris for name, uris in found.items() if uris} == {
        **{name: ["urn:x:placed"] for name in ("here", "scope", "east")},
        "then": ["urn:x:old"],
    }


def test_5_11_7_each_change_is_told_with_its_reason(broker, register, subscribe):
    subscribe()
    register(information=[information("Bus")])
    for fragment in (
        {"information": [information("Car"), information("Bus")]},
        {"registrationName": "cars"},
        {"information": [information("Bus")]},
        {"registrationName": "buses"},
        {"information": [information("Car")]},
    ):
        assert broker.patch(f"csourceRegistrations/{SOURCE}", fragment).status_code == 204
    assert broker.delete(f"csourceRegistrations/{SOURCE}").status_code == 204
    assert triggers() == [NEW, UPDATED, GONE, NEW, GONE]
    _, [told] = queued()[0]
    assert [one["type"] for info in told["information"] for one in info["entities"]] == ["Car"]


def test_5_11_7_a_source_whose_time_is_over_is_told(register, subscribe):
    subscribe()
    register(expiresAt="2100-01-01T00:00:00Z")
    Registration.objects.update(expires_at="2020-01-01T00:00:00Z")
    assert end_expired(by=Actor.system("teststad", "expiry")) == 1
    assert triggers() == [NEW, GONE] and not Registration.objects.exists()


def test_5_11_7_secrets_for_a_source_are_not_told(register, subscribe):
    subscribe()
    pairs = [{"key": "Authorization", "value": "Bearer x"}, {"key": "contentType", "value": "application/json"}]
    register(contextSourceInfo=pairs)
    [(_, [told])] = queued()
    assert told["contextSourceInfo"] == pairs[1:]


def test_5_11_7_nothing_is_told_while_paused_or_after_its_end(broker, register, subscribe):
    subscribe(isActive=False)
    subscribe("urn:x:over", expiresAt="2100-01-01T00:00:00Z")
    Subscription.objects.filter(uri="urn:x:over").update(expires_at="2020-01-01T00:00:00Z")
    register()
    assert queued() == queued("urn:x:over") == []
    assert broker.get(f"csourceSubscriptions/{URI}").json()["status"] == "paused"
    assert broker.patch(f"csourceSubscriptions/{URI}", {"isActive": True}).status_code == 204
    assert triggers() == [NEW]


def test_5_11_3_update_tells_what_matches_now(broker, register, subscribe, error_of):
    register()
    register("urn:x:bus", information=[information("Bus")])
    subscribe()
    assert broker.patch(f"csourceSubscriptions/{URI}", {"entities": [{"type": "Bus"}]}).status_code == 204
    assert [[one["id"] for one in told] for _, told in queued()] == [[SOURCE], ["urn:x:bus"]]
    assert error_of(broker.patch(f"csourceSubscriptions/{URI}", {"type": "Thing"})) == (400, "BadRequestData")
    assert error_of(broker.patch("csourceSubscriptions/urn:x:no", {"isActive": True})) == (404, "ResourceNotFound")


def test_5_11_4_retrieve_in_the_names_of_the_reader(broker, subscribe, error_of):
    subscribe(entities=[{"type": "Auto"}], **{"@context": {"Auto": "https://example.org/Car"}})
    shown = broker.get(f"csourceSubscriptions/{URI}", params={"options": "sysAttrs"}).json()
    assert shown["entities"] == [{"type": "https://example.org/Car"}] and shown["createdAt"]
    assert error_of(broker.get("csourceSubscriptions/urn:x:no")) == (404, "ResourceNotFound")
    assert error_of(broker.get("csourceSubscriptions/no-uri")) == (400, "BadRequestData")
    assert error_of(broker.get(f"subscriptions/{URI}")) == (404, "ResourceNotFound")


def test_5_11_5_list_comes_in_pages(broker, subscribe):
    for number in range(3):
        subscribe(f"urn:x:{number}")
    answer = broker.get("csourceSubscriptions", params={"limit": "2", "count": "true"})
    assert [one["id"] for one in answer.json()] == ["urn:x:0", "urn:x:1"]
    assert answer.headers["NGSILD-Results-Count"] == "3" and 'rel="next"' in answer.headers["Link"]
    assert broker.get("subscriptions").json() == []


def test_5_11_6_delete_forgets_what_waits(broker, register, subscribe, error_of):
    register()
    subscribe()
    assert broker.delete(f"csourceSubscriptions/{URI}").status_code == 204
    assert not Notification.objects.exists()
    assert error_of(broker.delete(f"csourceSubscriptions/{URI}")) == (404, "ResourceNotFound")


def test_policy_who_may_not_register_is_told_nothing(broker, reader, tenant, subscribe, register):
    body = {"type": "Subscription", "entities": [{"type": "Car"}], "notification": {"endpoint": ENDPOINT}}
    assert reader.post("csourceSubscriptions", body).status_code in (401, 403)
    assert reader.get("csourceSubscriptions").status_code in (401, 403)
    subscribe()
    reading = type(broker)(make_key(tenant, ["data:read"])[0])
    assert reading.get(f"csourceSubscriptions/{URI}").status_code == 403
    Subscription.objects.update(owner="key:00000000-0000-0000-0000-000000000000")  # whose key was withdrawn
    register()
    assert queued() == []


@pytest.mark.django_db(transaction=True)
def test_5_3_2_what_a_receiver_gets(broker, register, subscribe, receiver, notifier):  # noqa: F811
    """One that is told by the clock gets all that matches again and again."""
    mine = {"Auto": "https://example.org/Car"}
    register(information=[information("https://example.org/Car")])
    told = {"entities": [{"type": "Auto"}], "@context": mine}
    subscribe("urn:x:link", endpoint={"uri": receiver.url("link")}, **told)
    subscribe("urn:x:ld", endpoint={"uri": receiver.url("ld"), "accept": LD}, **told)
    subscribe("urn:x:timed", endpoint={"uri": receiver.url("timed")}, timeInterval=0.3, **told)
    [first] = receiver.wait(1, "link")
    body = first["body"]
    assert body.keys() == {"id", "type", "subscriptionId", "notifiedAt", "triggerReason", "data"}
    assert (body["type"], body["subscriptionId"]) == ("ContextSourceNotification", "urn:x:link")
    assert body["data"][0]["information"][0]["entities"] == [{"type": "Auto"}]
    assert first["headers"]["Link"].startswith("<http")
    assert mine in receiver.wait(1, "ld")[0]["body"]["@context"]
    assert [one["body"]["triggerReason"] for one in receiver.wait(2, "timed")[:2]] == [NEW, UPDATED]
    assert broker.delete(f"csourceRegistrations/{SOURCE}").status_code == 204
    assert [one["body"]["triggerReason"] for one in receiver.wait(2, "link")] == [NEW, GONE]
    shown = broker.get("csourceSubscriptions/urn:x:link").json()["notification"]
    assert shown["status"] == "ok" and shown["timesSent"] >= 1 and "lastSuccess" in shown
