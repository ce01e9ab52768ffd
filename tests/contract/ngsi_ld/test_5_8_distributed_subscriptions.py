"""Subscriptions passed on to another city, and what it tells: clauses 5.8.1, 5.8.2, 5.8.5 and 5.8.6, over HTTP."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.context.federation.subscribing import pass_on_again
from spiegelstad.context.models import Notification, Registration, SourceSubscription, Subscription
from tests.contract.ngsi_ld.test_4_3_6_distributed_writing import CAR, pair  # noqa: F401  a fixture
from tests.room.context.conftest import notifier, receiver  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db(transaction=True)
URI = "urn:ngsi-ld:Subscription:1"
OPS = ["federationOps"]


@pytest.fixture
def both(pair):  # noqa: F811
    """A broker that other brokers reach, and one of another city."""
    pair.broker.headers = {"Host": pair.url.removeprefix("http://")}
    pair.there_broker = type(pair.broker)(pair.key)
    return pair


def subscribe(both: Any, url: str = "http://127.0.0.1:1/x", **members: Any) -> Any:
    told = {**members.pop("notification", {}), "endpoint": {"uri": url}}
    body = {"id": URI, "type": "Subscription", "entities": [{"type": "Car"}], "notification": told, **members}
    answer = both.broker.post(
        "subscriptions", body, type="application/ld+json" if "@context" in body else "application/json"
    )
    assert answer.status_code == 201, answer.content
    return answer


def there(both: Any) -> list[dict[str, Any]]:
    """Return the subscriptions of the other city."""
    return [row.document for row in Subscription.objects.filter(tenant=both.city)]


@pytest.mark.usefixtures("notifier")
def test_5_8_6_what_a_source_tells_is_told_on(both, receiver):  # noqa: F811
    both.register("inclusive", operations=OPS)
    mine = {"Auto": "https://uri.etsi.org/ngsi-ld/default-context/Car"}
    told = {"format": "simplified", "attributes": ["speed"]}
    triggers = ["attributeCreated", "attributeUpdated", "attributeDeleted", "entityDeleted"]
    members = {"entities": [{"type": "Auto"}], "notificationTrigger": triggers, "@context": mine, "notification": told}
    subscribe(both, receiver.url("a"), **members)
    both.there_broker.made(CAR, speed=1, fuel="gas")
    both.broker.made("urn:ngsi-ld:Car:2", speed=2)
    got = sorted((one["body"]["data"][0] for one in receiver.wait(2, "a")), key=lambda one: one["id"])
    assert got == [{"id": CAR, "type": "Auto", "speed": 1}, {"id": "urn:ngsi-ld:Car:2", "type": "Auto", "speed": 2}]
    assert {one["body"]["subscriptionId"] for one in receiver.received("a")} == {URI}
    assert both.there_broker.delete(f"entities/{CAR}/attrs/speed").status_code == 204
    assert receiver.wait(3, "a")[2]["body"]["data"] == [{"id": CAR, "type": "Auto", "speed": "urn:ngsi-ld:null"}]
    assert both.there_broker.delete(f"entities/{CAR}").status_code == 204
    assert receiver.wait(4, "a")[3]["body"]["data"][0].keys() == {"id", "type", "deletedAt"}


def test_5_8_1_sources_get_what_they_need_to_know(both):
    both.register("inclusive", operations=OPS, scope="/Gent")
    subscribe(both, q="speed>10", watchedAttributes=["speed"], throttling=60)
    [sent] = there(both)
    assert (sent["q"], sent["watchedAttributes"], sent["entities"]) == ("speed>10", ["speed"], [{"type": "Car"}])
    assert "throttling" not in sent
    assert sent["notification"]["endpoint"]["uri"].startswith(f"{both.url}/ngsi-ld/v1/sourceNotifications/")
    assert both.broker.patch(f"subscriptions/{URI}", {"q": "urn:ngsi-ld:null", "scopeQ": "/Gent"}).status_code == 204
    [sent] = there(both)
    assert "q" not in sent and sent["scopeQ"] == "/Gent"
    assert both.broker.patch(f"subscriptions/{URI}", {"isActive": False}).status_code == 204
    assert there(both) == [] and not SourceSubscription.objects.exists()
    assert both.broker.patch(f"subscriptions/{URI}", {"isActive": True}).status_code == 204
    assert len(there(both)) == 1
    assert both.broker.delete(f"subscriptions/{URI}").status_code == 204
    assert there(both) == [] and not SourceSubscription.objects.exists()


def test_5_8_1_only_who_offers_it_and_may_know_is_asked(both):
    both.register("inclusive", operations=["retrieveOps"])
    both.register("inclusive", {"entities": [{"type": "Bus"}]}, operations=OPS)
    both.register("inclusive", {"entities": [{"type": "Car"}], "propertyNames": ["fuel"]}, operations=OPS)
    subscribe(both, watchedAttributes=["speed"])
    assert there(both) == []
    both.broker.delete(f"subscriptions/{URI}")
    both.register("inclusive", operations=OPS)
    subscribe(both, localOnly=True)
    assert there(both) == []


def test_5_8_1_sources_that_come_go_or_were_away_are_asked_later(both):
    name = both.register("inclusive", endpoint="http://127.0.0.1:1", operations=OPS)
    assert name in subscribe(both).headers["NGSILD-Warning"]
    row = SourceSubscription.objects.get()
    assert (row.sent_at, row.failures, there(both)) == (None, 1, [])
    assert both.broker.patch(f"csourceRegistrations/{name}", {"endpoint": both.url}).status_code == 204
    pass_on_again(both.tenant, 0)
    assert len(there(both)) == 1 and SourceSubscription.objects.get().failures == 0
    assert both.broker.delete(f"csourceRegistrations/{name}").status_code == 204
    pass_on_again(both.tenant, 0)
    assert there(both) == [] and not SourceSubscription.objects.exists()
    both.register("inclusive", operations=OPS)
    pass_on_again(both.tenant, 0)
    assert len(there(both)) == 1


def test_5_8_1_a_filter_of_sources_that_cannot_be_read_keeps_nobody_else_from_them(both):
    """Such filters were taken once, and then stood in the way of each change and of the job of every minute."""
    both.register("inclusive", operations=OPS)
    subscribe(both)
    row = Subscription.objects.get(uri=URI)
    Subscription.objects.filter(pk=row.pk).update(uri="urn:x:before", document={**row.document, "csf": "a=="})
    subscribe(both)
    assert len(there(both)) == 2
    pass_on_again(both.tenant, 0)
    assert len(there(both)) == 1


def test_6_3_18_a_subscription_does_not_come_back(both):
    """Two cities that know each other: each subscribes at the other once."""
    both.register("inclusive", contextSourceAlias="unknown", operations=OPS)
    both.there_broker.headers = both.broker.headers
    back = {"endpoint": both.url, "tenant": both.tenant, "information": [{"entities": [{"type": "Car"}]}]}
    body = {"type": "ContextSourceRegistration", "operations": OPS, **back}
    assert both.there_broker.post("csourceRegistrations", body).status_code == 201
    subscribe(both)
    assert len(there(both)) == 1 and Subscription.objects.count() == 2


def test_5_8_6_what_is_told_is_checked_and_kept_to_the_registration(both, reader, error_of):
    """By filters that the source does not know, by what it is registered for, and by what is closed here."""
    assert error_of(reader.post("sourceNotifications/abc", {"data": []})) == (404, "ResourceNotFound")
    closed = {"secret": {"classification": "personal"}}
    Tenant.objects.filter(pk=both.tenant).update(settings={"context": {"classifications": closed}})
    names = ["speed", "secret"]
    both.register("inclusive", {"entities": [{"type": "Car"}], "propertyNames": names}, operations=OPS)
    mine = {"snelheid": "https://uri.etsi.org/ngsi-ld/default-context/speed"}
    subscribe(both, q="snelheid>10", **{"@context": mine})
    assert "q" not in there(both)[0]
    token = SourceSubscription.objects.get().token
    cars = [
        {
            "id": f"urn:x:{speed}",
            "type": "Car",
            "speed": {"type": "Property", "value": speed},
            "secret": 1,
            "fuel": "gas",
        }
        for speed in (5, 20)
    ]
    body = {"type": "Notification", "data": [*cars, {"id": "urn:x:bus", "type": "Bus"}, {"id": "no"}]}
    for _ in range(2):
        assert reader.post(f"sourceNotifications/{token}", body, headers={"NGSILD-Tenant": "nostad"}).status_code == 200
    told = Notification.objects.filter(subscription__tenant=both.tenant)
    assert [one.entities for one in told] == [["urn:x:20"]] * 2
    assert "gas" not in told[0].data and "secret" not in told[0].data and "snelheid" in told[0].data
    for wrong in ({"data": "x"}, {"data": [1]}, []):
        assert error_of(reader.post(f"sourceNotifications/{token}", wrong)) == (400, "BadRequestData")
    Registration.objects.all().delete()
    assert reader.post(f"sourceNotifications/{token}", body).status_code == 404


@pytest.mark.usefixtures("notifier")
def test_5_8_6_values_before_a_change_at_a_source_are_told(both, receiver):  # noqa: F811
    """As those of changes here are: of what changed, what was deleted, and of an entity that is gone."""
    both.register("inclusive", operations=OPS)
    triggers = ["attributeCreated", "attributeUpdated", "attributeDeleted", "entityDeleted"]
    subscribe(both, receiver.url("a"), notificationTrigger=triggers, notification={"showChanges": True})
    both.there_broker.made(CAR, speed=1, street={"type": "Relationship", "object": "urn:x:1"})
    [first] = receiver.wait(1, "a")[0]["body"]["data"]
    assert first["speed"] == {"type": "Property", "value": 1}
    changes = {"speed": 2, "street": {"type": "Relationship", "object": "urn:x:2"}}
    assert both.there_broker.patch(f"entities/{CAR}/attrs", changes).status_code == 204
    [second] = receiver.wait(2, "a")[1]["body"]["data"]
    assert second["speed"] == {"type": "Property", "value": 2, "previousValue": 1}
    assert second["street"] == {"type": "Relationship", "object": "urn:x:2", "previousObject": "urn:x:1"}
    assert both.there_broker.delete(f"entities/{CAR}/attrs/speed").status_code == 204
    [third] = receiver.wait(3, "a")[2]["body"]["data"]
    gone = {"type": "Property", "value": "urn:ngsi-ld:null", "previousValue": 2}
    assert third["speed"] == gone
    assert third["street"] == {"type": "Relationship", "object": "urn:x:2"}
    assert both.there_broker.delete(f"entities/{CAR}").status_code == 204
    [fourth] = receiver.wait(4, "a")[3]["body"]["data"]
    assert "deletedAt" in fourth and fourth["street"]["previousObject"] == "urn:x:2"


def test_5_8_6_values_before_are_kept_to_what_may_be_known(both, reader):
    """To what the source is registered for, and what is open; what cannot be read is left out."""
    closed = {"secret": {"classification": "personal"}}
    Tenant.objects.filter(pk=both.tenant).update(settings={"context": {"classifications": closed}})
    names = ["speed", "secret", "odd"]
    both.register("inclusive", {"entities": [{"type": "Car"}], "propertyNames": names}, operations=OPS)
    subscribe(both, notification={"showChanges": True})
    assert there(both)[0]["notification"]["showChanges"] is True
    token = SourceSubscription.objects.get().token

    def told(*names: str, **more: Any) -> Any:
        changed = {name: {"type": "Property", "value": 2, "previousValue": 1} for name in names}
        car = {"id": CAR, "type": "Car", **changed, **more}
        assert reader.post(f"sourceNotifications/{token}", {"type": "Notification", "data": [car]}).status_code == 200
        return orjson.loads(Notification.objects.order_by("pk").last().data)[0]

    removed = {"type": "Property", "value": "urn:ngsi-ld:null", "deletedAt": "2026-11-22T07:00:00Z", "previousValue": 7}
    assert told("speed", "secret", "fuel") == {
        "id": CAR,
        "type": "Car",
        "speed": {"type": "Property", "value": 2, "previousValue": 1},
    }
    shown = told("speed", secret=removed, fuel=removed)
    assert shown.keys() == {"id", "type", "speed"}
    shown = told("speed", odd={"type": "Relationship", "object": "urn:x:1", "previousObject": 5})
    assert shown["odd"] == {"type": "Relationship", "object": "urn:x:1"}
    assert told("speed", odd={**removed, "type": ["Property"]})["odd"]["previousValue"] == 7
    assert told("speed", odd={"type": "Relationship", "object": "urn:x:1", "previousValue": 5})["odd"] == {
        "type": "Relationship",
        "object": "urn:x:1",
        "previousValue": 5,
    }, "it was a Property before"
    assert both.broker.patch(f"subscriptions/{URI}", {"notification": {"showChanges": False}}).status_code == 204
    assert there(both)[0]["notification"]["showChanges"] is False
    assert told("speed")["speed"] == {"type": "Property", "value": 2}
