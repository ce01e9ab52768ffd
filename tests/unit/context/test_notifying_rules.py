"""What subscribers are told, without a database: triggers, matching, the index, contents and parcels."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.accounts.public import Actor
from spiegelstad.context.formats.rendering import geojson_feature, render
from spiegelstad.context.notifying.contents import entities_of
from spiegelstad.context.notifying.index import Index
from spiegelstad.context.notifying.matching import concerns, is_triggered
from spiegelstad.context.notifying.parcels import Receiver, Waiting, body_of, headers_of, mqtt_message, parcel
from spiegelstad.context.notifying.rule import Subscriber, read_rule
from spiegelstad.context.queries.event_log import Event
from spiegelstad.context.rules.changes import Change
from spiegelstad.context.rules.delivery import (
    ATTEMPTS,
    LONGEST_WAIT_S,
    PATIENCE,
    Failure,
    is_away_too_long,
    is_refused_for_good,
    wait_s,
)
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.subscriptions import checked
from spiegelstad.context.rules.terms import CORE, context_of

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
T0, T1 = "2026-11-22T07:00:00.000000Z", "2026-11-22T08:00:00.000000Z"
CAR = "urn:ngsi-ld:Car:1"
iri = CORE.expand


def prop(value, at=T0, **more):
    return {"type": "Property", "value": value, "createdAt": T0, "modifiedAt": at, **more}


def car(**attributes):
    named = {iri(name): {"": one if isinstance(one, dict) else prop(one)} for name, one in attributes.items()}
    return Document(CAR, [iri("Car")], ["/Gent"], named, T0, T1)


def subscriber(pk=1, reader=None, closed=frozenset(), context=CORE, notification=None, **members):
    told = {"endpoint": {"uri": "http://example.org/"}, **(notification or {})}
    whole = {"type": "Subscription", "entities": [{"type": "Car"}], **members, "notification": told}
    rule = read_rule(checked({name: one for name, one in whole.items() if one is not None}), context)
    return Subscriber(pk, 1, "stad", reader or Actor.anonymous("stad"), closed, rule, NOW - timedelta(days=1), None)


def event(kind="entityUpdated", after=None, before=None, changes=(), **more):
    return Event(1, 1, NOW, "stad", CAR, kind, list(changes), after, before, more.get("classification", "public"), "")


def updated(name, now, was):
    return event(after=car(**{name: prop(now, T1)}), changes=[Change(iri(name), "", "attributeUpdated", prop(was))])


CREATED = event("entityCreated", car(speed=1), changes=[Change(iri("speed"), "", "attributeCreated")])
ADDED = event(after=car(speed=1), changes=[Change(iri("speed"), "", "attributeCreated")])
UPDATED = updated("speed", 2, 1)
SAME = updated("speed", 1, 1)
DROPPED = event(after=car(), changes=[Change(iri("speed"), "", "attributeDeleted", prop(1))])
DELETED = event("entityDeleted", None, car(speed=1))
EVENTS = {
    "created": CREATED, "added": ADDED, "updated": UPDATED, "same": SAME, "dropped": DROPPED, "deleted": DELETED,
}  # fmt: skip


@pytest.mark.parametrize(
    ("triggers", "told"),
    [
        (None, "created added updated"),
        (["entityCreated"], "created"),
        (["entityUpdated"], "created added updated dropped"),
        (["entityDeleted"], "deleted"),
        (["attributeCreated"], "created added"),
        (["attributeUpdated"], "updated"),
        (["attributeDeleted"], "dropped"),
        (["entityCreated", "entityUpdated", "entityDeleted"], "created added updated dropped deleted"),
    ],
)
def test_triggers(triggers, told):
    rule = subscriber(notificationTrigger=triggers).rule
    assert [name for name, one in EVENTS.items() if is_triggered(rule, one)] == told.split()


@pytest.mark.parametrize("triggers", [None, ["entityCreated"], ["entityUpdated"], ["entityDeleted"]])
def test_attributes_that_are_not_watched_trigger_nothing(triggers):
    rule = subscriber(watchedAttributes=["colour"], notificationTrigger=triggers).rule
    assert not [name for name, one in EVENTS.items() if is_triggered(rule, one)]


def test_attribute_that_changes_in_a_sub_attribute_or_a_member_changed():
    accuracy = {iri("accuracy"): {"": prop(1)}}
    other = {iri("accuracy"): {"": prop(2, T1)}}
    again = {iri("accuracy"): {"": prop(1, T1)}}
    rule = subscriber().rule
    changes = [Change(iri("speed"), "", "attributeUpdated", prop(1, attributes=accuracy))]
    assert is_triggered(rule, event(after=car(speed=prop(1, T1, attributes=other)), changes=changes))
    assert is_triggered(rule, event(after=car(speed=prop(1, T1, unitCode="KMH", attributes=again)), changes=changes))
    assert not is_triggered(rule, event(after=car(speed=prop(1, T1, attributes=again)), changes=changes))


@pytest.mark.parametrize(
    ("members", "fits"),
    [
        ({}, True),
        ({"entities": [{"type": "Bus"}]}, False),
        ({"entities": [{"type": "Bus|Car"}]}, True),
        ({"entities": [{"type": "(Bus;Car)"}]}, False),
        ({"entities": [{"type": "*"}]}, True),
        ({"entities": [{"type": "Car", "id": CAR}]}, True),
        ({"entities": [{"type": "Car", "id": "urn:x:2"}]}, False),
        ({"entities": [{"type": "Car", "idPattern": "Car:[0-9]$"}]}, True),
        ({"entities": [{"type": "Car", "idPattern": "Car:[a-z]$"}]}, False),
        ({"entities": [{"type": "Car", "id": CAR, "idPattern": "^nothing$"}]}, True),
        ({"entities": None, "watchedAttributes": ["speed"]}, True),
        ({"q": "speed>1"}, True),
        ({"q": "speed>2"}, False),
        ({"scopeQ": "/Gent"}, True),
        ({"scopeQ": "/Brugge"}, False),
        ({"geoQ": {"geometry": "Point", "coordinates": [3.7, 51.0], "georel": "near;maxDistance==10"}}, False),
    ],
)
def test_conditions(members, fits):
    one = subscriber(**members)
    index = Index()
    index.put(one)
    assert concerns(one, UPDATED) is fits
    assert not fits or list(index.candidates(UPDATED)) == [one]


def test_closed_entities_and_attributes_are_not_told_and_decide_nothing():
    hidden = frozenset({iri("speed")})
    internal = replace(UPDATED, classification="internal")
    assert not concerns(subscriber(), internal)
    assert concerns(subscriber(reader=Actor.system("stad", "x")), internal)
    assert not concerns(subscriber(closed=hidden), UPDATED), "the change itself is closed"
    both = event(
        after=car(speed=prop(2, T1), colour=prop("red", T1)),
        changes=[Change(iri(name), "", "attributeUpdated", prop(0)) for name in ("speed", "colour")],
    )
    assert concerns(subscriber(closed=hidden), both)
    assert not concerns(subscriber(closed=hidden, q="speed>1"), both), "a filter would tell the value"


TYPES, NAMES = ("Car", "Bus", "Old"), ("speed", "colour", "doors")


@given(st.data())
def test_index_never_misses_one_that_is_concerned(data):
    index, all_ = Index(), []
    for pk in range(data.draw(st.integers(1, 8))):
        entities = data.draw(
            st.lists(
                st.fixed_dictionaries(
                    {"type": st.sampled_from(["Car", "Bus", "*", "Car|Bus", "(Car;Old)"])},
                    optional={"id": st.sampled_from([CAR, "urn:x:2"]), "idPattern": st.sampled_from(["Car", "x"])},
                ),
                min_size=1,
                max_size=3,
            )
        )
        watched = data.draw(st.none() | st.lists(st.sampled_from(NAMES), min_size=1, max_size=2))
        triggers = data.draw(st.none() | st.lists(st.sampled_from(["entityCreated", "entityUpdated"]), min_size=1))
        one = subscriber(pk, entities=entities, watchedAttributes=watched, notificationTrigger=triggers)
        index.put(one)
        all_.append(one)
    gone = data.draw(st.sets(st.sampled_from([one.pk for one in all_])))
    for pk in gone:
        index.remove(pk)
    kind = data.draw(st.sampled_from(["entityCreated", "entityUpdated"]))
    changed = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    types = data.draw(st.lists(st.sampled_from(TYPES), min_size=1, unique=True))
    after = replace(car(**{name: prop(2, T1) for name in changed}), types=[iri(name) for name in types])
    happened = event(kind, after, changes=[Change(iri(name), "", "attributeCreated") for name in changed])
    told = [one.pk for one in index.candidates(happened) if concerns(one, happened)]
    assert told == [one.pk for one in all_ if one.pk not in gone and concerns(one, happened)]


# What is told.


def show(subscriber_, document):
    rule = subscriber_.rule
    make = geojson_feature if rule.is_geojson else render
    return [make(document, rule.context, rule.form.without(subscriber_.closed))]


def told(happened, **members):
    (entity,) = entities_of(subscriber(**members), happened, show)
    return entity


@pytest.mark.parametrize(
    ("notification", "speed"),
    [
        ({}, {"type": "Property", "value": 2}),
        ({"format": "concise"}, 2),
        ({"format": "keyValues"}, 2),
        ({"showChanges": True}, {"type": "Property", "value": 2, "previousValue": 1}),
        ({"showChanges": True, "format": "concise"}, {"value": 2, "previousValue": 1}),
        (
            {"sysAttrs": True},
            {"type": "Property", "value": 2, "createdAt": "2026-11-22T07:00:00Z", "modifiedAt": "2026-11-22T08:00:00Z"},
        ),
    ],
)
def test_forms_of_an_update(notification, speed):
    assert told(UPDATED, notification=notification)["speed"] == speed


@pytest.mark.parametrize(
    ("notification", "members"),
    [
        ({}, {"id", "type", "scope", "speed", "colour"}),
        ({"attributes": ["colour"]}, {"id", "type", "scope", "colour"}),
        ({"pick": ["id", "colour"]}, {"id", "colour"}),
        ({"omit": ["scope", "colour"]}, {"id", "type", "speed"}),
    ],
)
def test_members_that_are_wanted(notification, members):
    happened = event(after=car(speed=2, colour="red"), changes=[Change(iri("speed"), "", "attributeCreated")])
    assert set(told(happened, notification=notification)) == members


@pytest.mark.parametrize(
    ("notification", "speed"),
    [
        ({}, "urn:ngsi-ld:null"),
        ({"format": "concise"}, "urn:ngsi-ld:null"),
        ({"format": "keyValues"}, "urn:ngsi-ld:null"),
        ({"showChanges": True}, {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 1}),
        ({"sysAttrs": True}, {"type": "Property", "value": "urn:ngsi-ld:null", "deletedAt": "2026-11-22T08:00:00Z"}),
    ],
)
def test_forms_of_a_deleted_attribute(notification, speed):
    assert told(DROPPED, notificationTrigger=["attributeDeleted"], notification=notification)["speed"] == speed


def test_deleted_instance_is_told_with_its_dataset():
    previous = prop(1, datasetId="urn:x:d")
    happened = event(after=car(speed=2), changes=[Change(iri("speed"), "urn:x:d", "attributeDeleted", previous)])
    shown = told(happened, notificationTrigger=["attributeDeleted"])["speed"]
    assert shown == [
        {"type": "Property", "value": 2},
        {"type": "Property", "value": "urn:ngsi-ld:null", "datasetId": "urn:x:d"},
    ]


def test_deleted_attribute_is_left_out_where_nobody_asked_for_deletions():
    both = event(
        after=car(colour=prop("red", T1)),
        changes=[
            Change(iri("speed"), "", "attributeDeleted", prop(1)),
            Change(iri("colour"), "", "attributeUpdated", prop("blue")),
        ],
    )
    assert "speed" not in told(both)
    assert told(both, notificationTrigger=["entityUpdated"])["speed"] == "urn:ngsi-ld:null"


@pytest.mark.parametrize(
    ("notification", "expected"),
    [
        ({}, {"deletedAt": "2026-11-22T08:00:00Z"}),
        (
            {"sysAttrs": True},
            {
                "deletedAt": "2026-11-22T08:00:00Z",
                "createdAt": "2026-11-22T07:00:00Z",
                "modifiedAt": "2026-11-22T08:00:00Z",
            },
        ),
        (
            {"showChanges": True},
            {
                "deletedAt": "2026-11-22T08:00:00Z",
                "speed": {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 1},
            },
        ),
    ],
)
def test_forms_of_a_deleted_entity(notification, expected):
    shown = told(DELETED, notificationTrigger=["entityDeleted"], notification=notification)
    assert shown == {"id": CAR, "type": "Car", **expected}


def test_language_and_datasets_and_context():
    texts = {"type": "LanguageProperty", "languageMap": {"nl": "Hoofdstraat", "fr": "Rue Haute"}}
    happened = event(after=car(street=texts), changes=[Change(iri("street"), "", "attributeCreated")])
    assert told(happened, lang="fr")["street"]["value"] == "Rue Haute"
    several = car(speed=1)
    several.attributes[iri("speed")]["urn:x:d"] = prop(7, datasetId="urn:x:d")
    happened = event(after=several, changes=[Change(iri("speed"), "", "attributeCreated")])
    assert told(happened, datasetId=["urn:x:d"])["speed"]["value"] == 7
    context = context_of([{"snelheid": iri("speed")}], [], "https://example.org/c")
    assert told(UPDATED, context=context)["snelheid"]["value"] == 2


def test_what_has_expired_is_not_told():
    happened = event(
        after=car(speed=2, old=prop(1, expiresAt=T0)), changes=[Change(iri("speed"), "", "attributeCreated")]
    )
    assert "old" not in told(happened)


# What goes over the wire.

RECEIVER = Receiver(
    "urn:x:s", "stad", "http://example.org/", "application/json", "https://e.org/c", "https://e.org/c", 5.0, 0.0,
    timedelta(), [("X-City", "Gent")], {},
)  # fmt: skip


def waiting(number, *entities, attempts=0):
    ids = entities or (f"urn:x:{number}",)
    return Waiting(number, f"urn:n:{number}", ids, orjson.dumps([{"id": one} for one in ids]).decode(), NOW, attempts)


def test_body_is_a_notification_and_its_id_stays():
    row = waiting(1)
    body = orjson.loads(body_of(RECEIVER, [row], with_context=False))
    assert body == {
        "id": "urn:n:1",
        "type": "Notification",
        "subscriptionId": "urn:x:s",
        "notifiedAt": "2026-11-22T08:00:00Z",
        "data": [{"id": "urn:x:1"}],
    }
    several = [waiting(1), waiting(2)]
    first, again = (orjson.loads(body_of(RECEIVER, several, with_context=True)) for _ in range(2))
    assert first == again and first["id"] != "urn:n:1" and len(first["data"]) == 2
    assert first["@context"] == "https://e.org/c"


def test_what_is_told_of_registrations_goes_together_by_its_reason():
    rows = [
        replace(waiting(n), trigger=trigger) for n, trigger in enumerate(["updated", "updated", "noLongerMatching"])
    ]
    assert parcel(rows, throttled=True) == rows[:2]
    body = orjson.loads(body_of(RECEIVER, rows[:2], with_context=False))
    assert (body["type"], body["triggerReason"]) == ("ContextSourceNotification", "updated")


def test_headers_and_mqtt_metadata_say_the_same():
    assert headers_of(RECEIVER)["NGSILD-Tenant"] == "stad"
    message = orjson.loads(mqtt_message(RECEIVER, [waiting(1)]))
    assert message["metadata"] == headers_of(RECEIVER)
    assert message["body"]["data"] == [{"id": "urn:x:1"}]


def test_receiver_that_keeps_up_gets_one_at_a_time():
    assert parcel([waiting(number) for number in range(5)], throttled=False) == [waiting(0)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=60), st.booleans())
def test_parcel_is_a_beginning_of_the_queue_with_each_entity_once(queue, throttled):
    rows = [waiting(n, f"urn:x:{entity}", attempts=tried) for n, (entity, tried) in enumerate(queue)]
    chosen = parcel(rows, throttled=throttled)
    assert chosen == rows[: len(chosen)] and chosen
    ids = [entity for row in chosen for entity in row.entities]
    assert len(ids) == len(set(ids))
    assert len(chosen) == 1 or not any(row.attempts for row in chosen)


def test_attempts_come_later_and_later_and_end():
    waits = [wait_s(failures) for failures in range(1, 40)]
    assert waits == sorted(waits) and waits[0] == 0.5 and waits[-1] == LONGEST_WAIT_S
    assert wait_s(1, cooldown_s=9.0) == 9.0
    refused, away = Failure("500", answered=True), Failure("nobody", answered=False)
    assert is_refused_for_good(refused, ATTEMPTS) and not is_refused_for_good(refused, ATTEMPTS - 1)
    assert not is_refused_for_good(away, 1000)
    assert is_away_too_long(ATTEMPTS, NOW - PATIENCE - timedelta(seconds=1), NOW)
    assert not is_away_too_long(1, NOW - 2 * PATIENCE, NOW)
    assert not is_away_too_long(1000, NOW, NOW)
