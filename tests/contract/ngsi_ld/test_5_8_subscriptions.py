"""Subscriptions over HTTP: clauses 5.8.1 to 5.8.5, 6.10 and 6.11."""

from random import Random
from typing import Any

import pytest

from spiegelstad.accounts.testing import make_key
from spiegelstad.context.models import Notification, Subscription

URI = "urn:ngsi-ld:Subscription:1"
LONG = Random(1).randbytes(4_000).hex()  # what can be compressed would fit into an index
ENDPOINT = {"uri": "https://example.org/notify"}
CONTEXT = {"speed": "https://example.org/speed", "Car": "https://example.org/Car"}
LD = "application/ld+json"


def subscription(**members: Any) -> dict[str, Any]:
    """A small subscription; a member given as None is left out."""
    whole = {"id": URI, "type": "Subscription", "entities": [{"type": "Car"}], "notification": {"endpoint": ENDPOINT}}
    return {name: value for name, value in {**whole, **members}.items() if value is not None}


@pytest.fixture
def made(broker):
    """Give a function that makes a subscription and returns it as it is shown."""

    def make(**members):
        answer = broker.post("subscriptions", subscription(**members))
        assert answer.status_code == 201, answer.content
        return broker.get(f"subscriptions/{URI}").json()

    return make


def test_5_8_1_create_subscription_answers_201_with_its_place(broker):
    answer = broker.post("subscriptions/", subscription())
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/ngsi-ld/v1/subscriptions/{URI}"
    assert answer.content == b""


def test_5_8_1_create_subscription_makes_up_an_id(broker):
    place = broker.post("subscriptions", subscription(id=None)).headers["Location"]
    assert broker.client.get(place, headers={"Authorization": f"Bearer {broker.key}"}).json()["id"] in place


def test_5_8_1_create_subscription_that_exists(broker, error_of, made):
    made()
    assert error_of(broker.post("subscriptions", subscription())) == (409, "AlreadyExists")


EVERYTHING = {
    "subscriptionName": "fast cars",
    "description": "which drive too fast",
    "entities": [{"id": "urn:x:1", "type": "Car"}, {"idPattern": "^urn:x:.*", "type": "Car|(Bus;Old)"}],
    "watchedAttributes": ["speed", "https://example.org/colour"],
    "notificationTrigger": ["entityCreated", "entityUpdated", "entityDeleted"],
    "q": "speed>30;colour~=re.*",
    "geoQ": {
        "geometry": "Point",
        "coordinates": [3.7, 51.0],
        "georel": "near;maxDistance==2000",
        "geoproperty": "location",
    },
    "scopeQ": "/Gent/#",
    "lang": "nl",
    "isActive": True,
    "throttling": 0.5,
    "expiresAt": "2100-01-01T00:00:00Z",
    "datasetId": ["@none", "urn:x:dataset"],
    "localOnly": True,
    "notification": {
        "attributes": ["speed"],
        "sysAttrs": True,
        "format": "concise",
        "showChanges": True,
        "join": "inline",
        "joinLevel": 2,
        "endpoint": {
            "uri": "mqtt://name:secret@example.org:1884/a/b",
            "accept": "application/ld+json",
            "timeout": 2000,
            "cooldown": 100,
            "receiverInfo": [{"key": "Authorization", "value": "Bearer x"}],
            "notifierInfo": [{"key": "MQTT-QoS", "value": "1"}, {"key": "MQTT-Version", "value": "mqtt3.1.1"}],
        },
    },
}


def test_5_8_1_create_subscription_with_every_member_gives_it_back(made):
    assert made(**EVERYTHING) == {**subscription(**EVERYTHING), "status": "active"}


WRONG = {
    "no type": {"type": None},
    "another type": {"type": "Entity"},
    "an id that is no URI": {"id": "one"},
    "an id that is too long": {"id": f"urn:x:{LONG}"},
    "no notification": {"notification": None},
    "no endpoint": {"notification": {"format": "concise"}},
    "an endpoint without address": {"notification": {"endpoint": {}}},
    "an endpoint that is no address": {"notification": {"endpoint": {"uri": "here"}}},
    "an endpoint of another kind": {"notification": {"endpoint": {"uri": "ftp://example.org/x"}}},
    "an endpoint with a wrong port": {"notification": {"endpoint": {"uri": "http://example.org:99999/"}}},
    "an endpoint with a password": {"notification": {"endpoint": {"uri": "https://name:word@example.org/"}}},
    "a media type nobody sends": {"notification": {"endpoint": {**ENDPOINT, "accept": "text/plain"}}},
    "a topic with a wildcard": {"notification": {"endpoint": {"uri": "mqtt://example.org/a/#"}}},
    "no topic": {"notification": {"endpoint": {"uri": "mqtt://example.org"}}},
    "a wrong QoS": {"notification": {"endpoint": {**ENDPOINT, "notifierInfo": [{"key": "MQTT-QoS", "value": "3"}]}}},
    "a timeout of nothing": {"notification": {"endpoint": {**ENDPOINT, "timeout": 0}}},
    "an unknown format": {"notification": {"endpoint": ENDPOINT, "format": "xml"}},
    "no attributes in the list": {"notification": {"endpoint": ENDPOINT, "attributes": []}},
    "changes of simplified entities": {
        "notification": {"endpoint": ENDPOINT, "format": "keyValues", "showChanges": True}
    },
    "no entities in the list": {"entities": []},
    "entities without type": {"entities": [{"id": "urn:x:1"}]},
    "an id pattern that is none": {"entities": [{"type": "Car", "idPattern": "("}]},
    "neither entities nor attributes": {"entities": None},
    "no attribute in the list": {"watchedAttributes": []},
    "a trigger that is none": {"notificationTrigger": ["entityRenamed"]},
    "watched attributes by the clock": {"timeInterval": 5, "watchedAttributes": ["speed"]},
    "throttling by the clock": {"timeInterval": 5, "throttling": 5},
    "a clock without entities": {"timeInterval": 5, "entities": None, "watchedAttributes": None},
    "an interval of nothing": {"timeInterval": 0},
    "a negative throttling": {"throttling": -1},
    "true for a number": {"throttling": True},
    "a throttling beyond all time": {"throttling": 9e11},
    "a timeInterval beyond all time": {"timeInterval": 9e11},
    "a wrong query": {"q": "speed>>1"},
    "a wrong filter of sources": {"csf": "a=="},
    "a wrong geoquery": {"geoQ": {"geometry": "Point", "coordinates": [3, 51], "georel": "beside"}},
    "a geoquery without relation": {"geoQ": {"geometry": "Point", "coordinates": [3, 51]}},
    "a wrong scope query": {"scopeQ": "//"},
    "an end in the past": {"expiresAt": "2020-01-01T00:00:00Z"},
    "an end that is no time": {"expiresAt": "tomorrow"},
    "a wrong isActive": {"isActive": "yes"},
    "a dataset that is no URI": {"datasetId": ["one"]},
    "a member that is misspelt": {"watchedAttribute": ["speed"]},
    "a context that is no URI": {"jsonldContext": "here"},
}


@pytest.mark.parametrize("members", WRONG.values(), ids=WRONG)
def test_5_8_1_create_subscription_with_something_wrong(broker, error_of, members):
    assert error_of(broker.post("subscriptions", subscription(**members))) == (400, "BadRequestData")
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"{}", b"1", b"null"])
def test_5_8_1_create_subscription_of_what_is_none(broker, body):
    assert broker.post("subscriptions", body).status_code in (400, 411)


def test_5_8_1_lists_of_keys_and_values_may_be_empty(made):
    nothing = {"notification": {"endpoint": {**ENDPOINT, "receiverInfo": [], "notifierInfo": []}}}
    assert made(**nothing) == {**subscription(**nothing), "status": "active"}


def test_5_8_1_what_only_the_system_says_is_ignored(made):
    said = {"endpoint": ENDPOINT, "timesSent": 99, "status": "failed", "lastNotification": "2026-01-01T00:00:00Z"}
    assert made(notification=said, status="expired") == {**subscription(), "status": "active"}


def test_5_8_1_names_are_expanded_by_the_context_of_the_request(broker):
    given = subscription(watchedAttributes=["speed"], **{"@context": CONTEXT})
    assert broker.post("subscriptions", given, type=LD).status_code == 201
    shown = broker.get(f"subscriptions/{URI}").json()
    assert shown["watchedAttributes"] == ["https://example.org/speed"]
    assert shown["entities"] == [{"type": "https://example.org/Car"}]


def test_5_8_1_unreachable_jsonld_context(broker, error_of):
    given = subscription(jsonldContext="http://127.0.0.1:9/context.jsonld")
    assert error_of(broker.post("subscriptions", given)) == (504, "LdContextNotAvailable")


@pytest.mark.parametrize(
    ("fragment", "status"),
    [
        ({"isActive": False}, "paused"),
        ({"isActive": True}, "active"),
        ({"expiresAt": "2100-01-01T00:00:00Z"}, "active"),
    ],
)
def test_5_8_2_update_subscription(broker, made, fragment, status):
    made()
    answer = broker.patch(f"subscriptions/{URI}", {"type": "Subscription", **fragment})
    assert (answer.status_code, answer.content) == (204, b"")
    shown = broker.get(f"subscriptions/{URI}").json()
    assert shown == {**subscription(**fragment), "status": status}


def test_5_8_2_null_takes_a_member_away(broker, made):
    made(q="speed>1", throttling=5)
    assert broker.patch(f"subscriptions/{URI}", {"q": None, "throttling": "urn:ngsi-ld:null"}).status_code == 204
    assert broker.get(f"subscriptions/{URI}").json() == {**subscription(), "status": "active"}


def test_5_8_2_of_the_notification_only_what_is_given_changes(broker, made):
    made(notification={"endpoint": ENDPOINT, "format": "concise"})
    moved = {"notification": {"endpoint": {"uri": "https://example.org/elsewhere"}}}
    assert broker.patch(f"subscriptions/{URI}", moved, type="application/merge-patch+json").status_code == 204
    shown = broker.get(f"subscriptions/{URI}").json()["notification"]
    assert shown == {"endpoint": {"uri": "https://example.org/elsewhere"}, "format": "concise"}


@pytest.mark.parametrize(
    "fragment",
    [
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"isActive": True, "expiresAt": "2020-01-01T00:00:00Z"},
        {"id": "urn:x:other"},
        {"type": "Entity"},
        {"q": "(("},
        {"entities": None},
        {"notification": None},
        {"timeInterval": 1, "throttling": 1},
    ],
)
def test_5_8_2_update_subscription_with_something_wrong(broker, error_of, made, fragment):
    before = made()
    assert error_of(broker.patch(f"subscriptions/{URI}", fragment)) == (400, "BadRequestData")
    assert broker.get(f"subscriptions/{URI}").json() == before


def test_5_8_2_expired_subscription_is_active_again_only_by_a_new_end(broker, made):
    made(expiresAt="2100-01-01T00:00:00Z")
    Subscription.objects.update(expires_at="2026-01-01T00:00Z")
    assert broker.get(f"subscriptions/{URI}").json()["status"] == "expired"
    broker.patch(f"subscriptions/{URI}", {"expiresAt": "2101-01-01T00:00:00Z"})
    assert broker.get(f"subscriptions/{URI}").json()["status"] == "active"


def test_5_8_3_retrieve_subscription_with_counters_and_system_attributes(broker, made):
    made()
    Subscription.objects.update(
        times_sent=3,
        times_failed=1,
        last_notification_at="2026-01-03T00:00Z",
        last_success_at="2026-01-03T00:00Z",
        last_failure_at="2026-01-02T00:00Z",
    )
    shown = broker.get(f"subscriptions/{URI}", params={"options": "sysAttrs"}).json()
    assert {"createdAt", "modifiedAt"} <= shown.keys()
    assert shown["notification"] == {
        "endpoint": ENDPOINT,
        "timesSent": 3,
        "timesFailed": 1,
        "status": "ok",
        "lastNotification": "2026-01-03T00:00:00Z",
        "lastSuccess": "2026-01-03T00:00:00Z",
        "lastFailure": "2026-01-02T00:00:00Z",
    }


def test_5_8_3_retrieve_subscription_as_json_ld_holds_its_context(broker, made):
    made()
    answer = broker.get(f"subscriptions/{URI}", headers={"Accept": LD})
    assert answer.headers["Content-Type"] == LD
    assert "@context" in answer.json()


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_5_8_subscription_that_is_not_there(broker, error_of, method):
    body = ({"isActive": True},) if method == "patch" else ()
    assert error_of(getattr(broker, method)(f"subscriptions/{URI}", *body)) == (404, "ResourceNotFound")
    assert error_of(getattr(broker, method)("subscriptions/no-uri", *body)) == (400, "BadRequestData")


def test_5_8_4_query_subscriptions_page_by_page(broker):
    for number in range(5):
        assert broker.post("subscriptions", subscription(id=f"urn:x:{number}")).status_code == 201
    answer = broker.get("subscriptions", params={"limit": "2", "offset": "2", "count": "true"})
    assert [one["id"] for one in answer.json()] == ["urn:x:2", "urn:x:3"]
    assert answer.headers["NGSILD-Results-Count"] == "5"
    assert 'rel="next"' in answer.headers["Link"] and 'rel="prev"' in answer.headers["Link"]
    assert broker.get("subscriptions", params={"limit": "0", "count": "true"}).json() == []
    assert len(broker.get("subscriptions").json()) == 5


@pytest.mark.parametrize("params", [{"limit": "0"}, {"limit": "-1"}, {"limit": "x"}, {"offset": "-1"}])
def test_5_8_4_query_subscriptions_with_something_wrong(broker, params):
    assert broker.get("subscriptions", params=params).status_code == 400


def test_5_8_5_delete_subscription_takes_what_waits_along(broker, made, tenant):
    made()
    row = Subscription.objects.get()
    Notification.objects.create(
        tenant_id=tenant, subscription=row, uri="urn:x:n", entities=[], data="[]", made_at=row.created_at
    )
    answer = broker.delete(f"subscriptions/{URI}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not Subscription.objects.exists() and not Notification.objects.exists()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_6_10_methods_that_the_list_does_not_have(broker, method):
    answer = getattr(broker, method)("subscriptions")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_subscriptions_need_a_key_that_may(broker, reader, made, tenant):
    made()
    only_reads = make_key(tenant, ["data:read"])[0]
    assert reader.post("subscriptions", subscription()).status_code in (401, 403)
    assert reader.get("subscriptions").status_code in (401, 403)
    assert reader.get("subscriptions", headers={"Authorization": f"Bearer {only_reads}"}).status_code == 403


def test_subscriptions_of_another_key_are_not_shown_for_they_hold_secrets(broker, made, tenant, error_of):
    made()
    other = {"Authorization": f"Bearer {make_key(tenant, ['context:write'])[0]}"}
    assert error_of(broker.get(f"subscriptions/{URI}", headers=other)) == (404, "ResourceNotFound")
    assert error_of(broker.delete(f"subscriptions/{URI}", headers=other)) == (404, "ResourceNotFound")
    assert broker.get("subscriptions", headers=other).json() == []


def test_subscriptions_of_another_city_are_not_shown(broker, made, other_tenant, error_of):
    made()
    other = {"Authorization": f"Bearer {make_key(other_tenant, ['context:write'])[0]}"}
    assert error_of(broker.get(f"subscriptions/{URI}", headers=other)) == (404, "ResourceNotFound")
