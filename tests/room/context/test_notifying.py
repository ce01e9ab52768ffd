"""From a change to the receiver: a real notifier, a real receiver, a real database."""

import threading
import time

import pytest
from django.db import connection, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.context.actions.batches import batch_create
from spiegelstad.context.actions.entities import (
    append_attributes,
    delete_attribute,
    delete_entity,
)
from spiegelstad.context.actions.notifications import send_again
from spiegelstad.context.actions.subscriptions import delete_subscription, update_subscription
from spiegelstad.context.models import Notification, Subscription
from spiegelstad.context.notifying import queueing, timed
from spiegelstad.context.queries.subscriptions import one
from spiegelstad.context.rules import delivery
from spiegelstad.context.rules.terms import CORE
from spiegelstad.context.testing import make_document, make_entity

pytestmark = pytest.mark.django_db(transaction=True)

CAR = "urn:ngsi-ld:Car:1"
EXPAND = CORE.expand


def drive(tenant, speed, id_=CAR, **more):
    """Give a car a speed."""
    fragment = make_document({"id": id_, "type": "Car", "speed": speed, **more})
    append_attributes(by=Actor.system(tenant, "tests"), entity_id=id_, fragment=fragment)


def speeds(received):
    return [entity["speed"]["value"] for one in received for entity in one["body"]["data"]]


def test_change_is_told_as_the_standard_has_it(tenant, receiver, notifier, subscribe):
    uri = subscribe(tenant, receiver.url())
    make_entity(tenant, id=CAR, type="Car", speed=30)
    (one,) = receiver.wait(1)
    body, headers = one["body"], one["headers"]
    assert body["id"].startswith("urn:ngsi-ld:Notification:")
    assert (body["type"], body["subscriptionId"]) == ("Notification", uri)
    assert body["data"] == [{"id": CAR, "type": "Car", "speed": {"type": "Property", "value": 30}}]
    assert body["notifiedAt"].endswith("Z")
    assert "@context" not in body
    assert headers["Content-Type"] == "application/json"
    assert headers["Link"].startswith(f'<{CORE.url}>; rel="http://www.w3.org/ns/json-ld#context"')
    assert "NGSILD-Tenant" not in headers


def test_counters_tell_how_it_went(tenant, receiver, notifier, subscribe, wait_until):
    uri = subscribe(tenant, receiver.url("fail-once"))
    make_entity(tenant, id=CAR, type="Car", speed=30)
    receiver.wait(2)
    wait_until(lambda: not Notification.objects.exists())
    row = Subscription.objects.get(uri=uri)
    assert (row.times_sent, row.times_failed, row.failures) == (2, 1, 0)
    assert row.last_success_at > row.last_failure_at


def test_order_of_each_entity_is_kept_while_the_receiver_fails(tenant, receiver, notifier, subscribe):
    subscribe(tenant, receiver.url("fail-once"))
    make_entity(tenant, id=CAR, type="Car", speed=0)
    for speed in range(1, 5):
        drive(tenant, speed)
    found = speeds(receiver.wait(10))
    told = list(dict.fromkeys(found))
    assert told == [0, 1, 2, 3, 4]
    assert found == [speed for one in told for speed in (one, one)], "each again at once, and none before its turn"


def test_what_changed_together_is_told_together(tenant, receiver, notifier, subscribe):
    subscribe(tenant, receiver.url())
    given = [make_document({"id": f"urn:x:{number}", "type": "Car", "speed": number}) for number in range(5)]
    batch_create(by=Actor.system(tenant, "tests"), documents=given)
    (one,) = receiver.wait(1)
    assert sorted(entity["id"] for entity in one["body"]["data"]) == [f"urn:x:{number}" for number in range(5)]


def test_slow_and_dead_receivers_hold_up_nobody_else(tenant, receiver, notifier, subscribe):
    for _ in range(40):
        subscribe(tenant, receiver.url("hold"), endpoint={"timeout": 2000})
        subscribe(tenant, "http://127.0.0.1:9/nobody")
    subscribe(tenant, receiver.url())
    make_entity(tenant, id=CAR, type="Car", speed=0)
    receiver.wait(1, "ok")
    began = time.monotonic()
    for speed in range(1, 21):
        drive(tenant, speed)
    assert time.monotonic() - began < 3, "the writer does not wait"
    assert speeds(receiver.wait(21, "ok", timeout_s=5)) == list(range(21))


def test_notification_that_waits_survives_the_receivers_death(tenant, receiver, notifier, subscribe):
    subscribe(tenant, receiver.url())
    receiver.kill()
    make_entity(tenant, id=CAR, type="Car", speed=0)
    for speed in range(1, 4):
        drive(tenant, speed)
    time.sleep(1)
    receiver.start()
    assert speeds(receiver.wait(4)) == [0, 1, 2, 3]


def test_other_citys_changes_are_not_told(tenant, other_tenant, receiver, notifier, subscribe):
    subscribe(other_tenant, receiver.url("theirs"))
    subscribe(tenant, receiver.url())
    make_entity(tenant, id=CAR, type="Car", speed=0)
    receiver.wait(1, "ok")
    assert receiver.received("theirs") == []


@pytest.fixture
def nobody_allowed(settings):
    settings.ALLOW_HOSTS = []


@pytest.mark.usefixtures("nobody_allowed", "notifier")
def test_private_host_that_is_not_listed_is_never_called(tenant, receiver, subscribe, wait_until):
    uri = subscribe(tenant, receiver.url())
    make_entity(tenant, id=CAR, type="Car", speed=0)
    wait_until(lambda: Subscription.objects.get(uri=uri).times_failed)
    assert "private network" in Subscription.objects.get(uri=uri).last_error
    assert receiver.received() == []


def test_throttling_keeps_the_last_state_and_tells_it_when_the_time_is_over(tenant, receiver, notifier, subscribe):
    subscribe(tenant, receiver.url(), throttling=1.5)
    make_entity(tenant, id=CAR, type="Car", speed=0)
    make_entity(tenant, id="urn:x:2", type="Car", speed=100)
    receiver.wait(1)
    for speed in range(1, 6):
        drive(tenant, speed)
    found = receiver.wait(2)
    time.sleep(0.3)
    assert len(receiver.received()) == 2
    assert found[1]["at"] - found[0]["at"] > 1.4
    assert speeds(found[1:])[-1] == 5 and 4 not in speeds(found)


def test_time_interval_tells_all_that_matches_again_and_again(tenant, receiver, notifier, subscribe):
    for number in range(3):
        make_entity(tenant, id=f"urn:x:{number}", type="Car", speed=number * 10)
    subscribe(tenant, receiver.url(), timeInterval=0.5, q="speed>5")
    subscribe(tenant, receiver.url("none"), timeInterval=0.5, q="speed>500")
    found = receiver.wait(3, "ok")
    assert [[entity["id"] for entity in one["body"]["data"]] for one in found[:3]] == [["urn:x:1", "urn:x:2"]] * 3
    assert receiver.received("none") == []


def test_paused_ended_and_deleted_subscriptions_are_not_told(tenant, receiver, notifier, subscribe, wait_until):
    by = Actor.system(tenant, "tests")
    paused = subscribe(tenant, receiver.url("paused"))
    deleted = subscribe(tenant, receiver.url("deleted"))
    subscribe(tenant, receiver.url("never"), isActive=False)
    over = subscribe(tenant, receiver.url("over"), expiresAt="2100-01-01T00:00:00Z")
    subscribe(tenant, receiver.url())
    Subscription.objects.filter(uri=over).update(expires_at="2026-01-01T00:00Z")
    update_subscription(
        by=by, uri=paused, fragment={"isActive": False}, context=CORE, context_url=CORE.url, is_own_context=False
    )
    delete_subscription(by=by, uri=deleted)
    make_entity(tenant, id=CAR, type="Car", speed=0)
    receiver.wait(1, "ok")
    wait_until(lambda: not Notification.objects.exists())
    assert {one["path"] for one in receiver.received()} == {"/ok"}


def test_what_happened_before_a_subscription_is_not_told(tenant, receiver, subscribe, request):
    """Also when the notifier comes to it only later."""
    make_entity(tenant, id=CAR, type="Car", speed=0)
    subscribe(tenant, receiver.url())
    drive(tenant, 1)
    request.getfixturevalue("notifier")
    assert speeds(receiver.wait(1)) == [1]


def test_error_of_ours_costs_one_notification_and_not_those_after_it(
    tenant, receiver, notifier, subscribe, monkeypatch
):
    from spiegelstad.context.notifying import queueing

    right = queueing.entities_of
    monkeypatch.setattr(
        queueing, "entities_of", lambda one, event, show: 1 / 0 if event.entity_id == CAR else right(one, event, show)
    )
    subscribe(tenant, receiver.url())
    make_entity(tenant, id=CAR, type="Car", speed=0)
    make_entity(tenant, id="urn:x:2", type="Car", speed=2)
    assert speeds(receiver.wait(1)) == [2]


@pytest.mark.usefixtures("notifier")
def test_what_is_refused_for_good_is_given_up_and_can_be_sent_again(
    tenant, receiver, subscribe, monkeypatch, wait_until
):
    monkeypatch.setattr(delivery, "ATTEMPTS", 1)
    subscribe(tenant, receiver.url("fail-once"))
    make_entity(tenant, id=CAR, type="Car", speed=1)
    drive(tenant, 2)
    wait_until(lambda: Notification.objects.exclude(dead_at=None).count() == 2)
    assert Notification.objects.first().last_error == "The receiver answered 500."
    for letter in Notification.objects.order_by("-id"):
        send_again(by=Actor.system(tenant, "tests"), number=letter.pk)
    wait_until(lambda: not Notification.objects.exists())
    assert sorted(speeds(receiver.received())) == [1, 1, 2, 2]


def test_second_notifier_waits_for_its_turn(tenant, receiver, notifier, subscribe):
    from spiegelstad.context.notifying.process import run

    halted = threading.Event()
    second = threading.Thread(target=run, args=[halted])
    second.start()
    subscribe(tenant, receiver.url())
    for number in range(5):
        make_entity(tenant, id=f"urn:x:{number}", type="Car", speed=number)
    receiver.wait(5)
    time.sleep(0.5)
    assert speeds(receiver.received()) == [0, 1, 2, 3, 4]
    halted.set()
    second.join(10)
    assert not second.is_alive()


def test_update_is_seen_by_the_next_change(tenant, receiver, notifier, subscribe, wait_until):
    uri = subscribe(tenant, receiver.url(), q="speed>100")
    make_entity(tenant, id=CAR, type="Car", speed=0)
    update_subscription(
        by=Actor.system(tenant, "tests"),
        uri=uri,
        fragment={"q": "speed<100"},
        context=CORE,
        context_url=CORE.url,
        is_own_context=False,
    )
    drive(tenant, 50)
    wait_until(lambda: speeds(receiver.received())[-1:] == [50])  # the notifier may read the first change after it too


@pytest.mark.slow
def test_ten_thousand_subscriptions_cost_one_change_little(tenant, receiver, notifier, subscribe):
    """They ask for other entities, so none of them is looked at."""
    first = Subscription.objects.get(uri=subscribe(tenant, receiver.url("others"), entities=[{"type": "Bike"}]))
    rows = []
    for number in range(10_000):
        document = {**first.document, "id": f"urn:x:{number}", "entities": [{"type": f"Bike{number % 3000}"}]}
        fields = {name: getattr(first, name) for name in ("tenant_id", "context", "owner", "created_at", "modified_at")}
        rows.append(Subscription(**fields, uri=f"urn:x:{number}", document=document))
    Subscription.objects.bulk_create(rows)
    Subscription.objects.update(transaction=sql.rows("SELECT pg_current_xact_id()::text::bigint")[0][0])
    subscribe(tenant, receiver.url())
    make_entity(tenant, id=CAR, type="Car", speed=0)
    receiver.wait(1, "ok", timeout_s=30)
    began = time.time()
    drive(tenant, 1)
    assert receiver.wait(2, "ok")[1]["at"] - began < 0.5


@pytest.mark.usefixtures("notifier")
@pytest.mark.parametrize(
    ("accept", "extra"),
    [
        ("application/json", {}),
        ("application/ld+json", {}),
        ("application/geo+json", {}),
        ("application/geo+json", {"receiverInfo": [{"key": "Prefer", "value": "body=json"}]}),
    ],
)
def test_media_types(tenant, receiver, subscribe, accept, extra):
    subscribe(tenant, receiver.url(), endpoint={"accept": accept, **extra})
    place = {"type": "Point", "coordinates": [3.7, 51.0]}
    make_entity(tenant, id=CAR, type="Car", location={"type": "GeoProperty", "value": place})
    (one,) = receiver.wait(1)
    assert one["headers"]["Content-Type"] == accept
    in_body = accept != "application/json" and not extra
    assert ("@context" in one["body"], "Link" in one["headers"]) == (in_body, not in_body)
    if accept == "application/geo+json":
        data = one["body"]["data"]
        assert data["type"] == "FeatureCollection"
        assert ("@context" in data) == in_body
        assert data["features"][0]["geometry"] == place
        assert data["features"][0]["id"] == CAR


def test_receiver_info_becomes_headers_and_cannot_break_them(tenant, receiver, notifier, subscribe):
    pairs = {"Authorization": "Bearer x", "X-City": "Gent", "Host": "evil", "X-Bad": "a\r\nX-Injected: 1"}
    info = [{"key": key, "value": value} for key, value in pairs.items()]
    subscribe(tenant, receiver.url(), endpoint={"receiverInfo": info})
    make_entity(tenant, id=CAR, type="Car", speed=0)
    (one,) = receiver.wait(1)
    assert (one["headers"]["Authorization"], one["headers"]["X-City"]) == ("Bearer x", "Gent")
    assert one["headers"]["Host"] == f"127.0.0.1:{receiver.port}"
    assert not {"X-Bad", "X-Injected"} & set(one["headers"])


def test_deletions_are_told(tenant, receiver, notifier, subscribe):
    triggers = ["entityDeleted", "attributeDeleted"]
    subscribe(tenant, receiver.url(), notificationTrigger=triggers)
    subscribe(tenant, receiver.url("changes"), notificationTrigger=triggers, notification={"showChanges": True})
    make_entity(tenant, id=CAR, type="Car", speed=7, colour="red")
    by = Actor.system(tenant, "tests")
    delete_attribute(by=by, entity_id=CAR, iri=EXPAND("speed"))
    delete_entity(by=by, entity_id=CAR)
    attribute, entity = [one["body"]["data"][0] for one in receiver.wait(2, "ok")]
    assert attribute["speed"] == "urn:ngsi-ld:null"
    assert attribute["colour"] == {"type": "Property", "value": "red"}
    assert set(entity) == {"id", "type", "deletedAt"}
    attribute, entity = [one["body"]["data"][0] for one in receiver.wait(2, "changes")]
    assert attribute["speed"] == {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 7}
    assert entity["colour"] == {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": "red"}


def test_receiver_that_answers_with_a_long_page_is_told_once(tenant, receiver, notifier, subscribe, wait_until):
    uri = subscribe(tenant, receiver.url("wordy"))
    make_entity(tenant, id=CAR, type="Car", speed=30)
    receiver.wait(1)
    wait_until(lambda: not Notification.objects.exists())
    assert len(receiver.received()) == 1
    assert Subscription.objects.get(uri=uri).times_failed == 0


def test_what_is_too_much_for_one_statement_is_queued_in_several(tenant, subscribe, monkeypatch, statements):
    """PostgreSQL takes no JSON array of 256 MB: many subscribers to large entities stopped the notifier for ever."""
    monkeypatch.setattr(queueing, "PIECE_CHARACTERS", 1_000)
    uri = subscribe(tenant, "http://127.0.0.1:9/nobody")
    row = {"subscription": Subscription.objects.get(uri=uri).pk, "entities": [CAR], "replaces": False}
    given = [{**row, "uri": f"urn:x:{number}", "data": f'["{"x" * 400}"]'} for number in range(6)]
    statements.clear()
    given.append({**row, "uri": "urn:x:large", "data": f'["{"x" * 2_000}"]'})
    assert queueing.queue(given) == {row["subscription"]}
    assert sum("INSERT INTO context_notification" in one for one in statements) == 4
    told = Notification.objects.order_by("id").values_list("uri", flat=True)
    assert list(told) == [*(f"urn:x:{number}" for number in range(6)), "urn:x:large"]


def test_subscription_that_the_database_refuses_holds_up_nobody_else(
    tenant, receiver, notifier, subscribe, monkeypatch
):
    """An error of one statement is not a database that is away."""
    bad = Subscription.objects.get(uri=subscribe(tenant, receiver.url("bad"), timeInterval=0.2)).pk
    pages = timed._pages
    monkeypatch.setattr(timed, "_pages", lambda one: sql.rows("SELECT 1 / 0") if one.pk == bad else pages(one))
    subscribe(tenant, receiver.url(), timeInterval=0.3)
    make_entity(tenant, id=CAR, type="Car", speed=30)
    assert receiver.wait(2, "ok", timeout_s=5)


def test_change_of_a_subscription_that_takes_long_holds_up_no_other(tenant, receiver, notifier, subscribe):
    """It may wait for a server with an @context while its row is locked."""
    by = Actor.system(tenant, "tests")
    slow = subscribe(tenant, receiver.url("slow"))
    subscribe(tenant, receiver.url())
    maker = threading.Thread(target=_in_thread, args=[lambda: make_entity(tenant, id=CAR, type="Car", speed=30)])
    with transaction.atomic():
        one(by, slow, lock=True)
        maker.start()
        assert receiver.wait(1, "ok", timeout_s=5)
    maker.join()


def _in_thread(work):
    try:
        work()
    finally:
        connection.close()
