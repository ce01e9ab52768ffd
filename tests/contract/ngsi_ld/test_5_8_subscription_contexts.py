"""The @context of a subscription: got before anything is locked, and kept for as long as the subscription needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection, transaction

from spiegelstad.context.actions.contexts import forget_active
from spiegelstad.context.models import JsonldContext, Subscription
from tests.contract.ngsi_ld.test_5_13_contexts import Web, hosted, link, web  # noqa: F401  a fixture
from tests.room.context.conftest import notifier, receiver  # noqa: F401  fixtures

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = {"snelheid": "https://example.org/speed", "Auto": "https://example.org/Car"}
CAR = "urn:ngsi-ld:Car:1"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget_active()


def subscribed(broker: Any, url: str, context: str, **more: Any) -> str:
    body = {"type": "Subscription", "entities": [{"type": "Auto"}], "notification": {"endpoint": {"uri": url}}, **more}
    answer = broker.post("subscriptions", body, headers=link(context))
    assert answer.status_code == 201, answer.content
    place: str = answer.headers["Location"].rpartition("/")[2]
    return place


def locked(uri: str) -> bool:
    """Say whether somebody has the row of a subscription to themselves; for a thread of its own."""
    try:
        with transaction.atomic():
            return not Subscription.objects.filter(uri=uri).select_for_update(skip_locked=True).exists()
    finally:
        connection.close()


def test_5_8_2_context_is_fetched_before_the_subscription_is_locked(
    broker: Any,
    web: Web,  # noqa: F811
) -> None:
    uri = subscribed(broker, "http://127.0.0.1:9/", web.serve("/words", WORDS))
    other = web.serve("/other", {"Auto": "https://example.org/Car"})
    seen: list[bool] = []
    web.meanwhile = lambda: seen.append(locked(uri))
    assert broker.patch(f"subscriptions/{uri}", {"jsonldContext": other}).status_code == 204
    assert seen == [False]
    assert Subscription.objects.get(uri=uri).document["jsonldContext"] == other


@pytest.mark.parametrize("away", ["expired", "deleted", "hosted"])
def test_5_8_6_changes_are_told_while_the_context_cannot_be_had(
    broker: Any,
    web: Web,  # noqa: F811
    receiver: Any,  # noqa: F811
    request: pytest.FixtureRequest,
    away: str,
) -> None:
    remote = "http://testserver/ngsi-ld/v1/" + hosted(broker, WORDS) if away == "hosted" else web.serve("/words", WORDS)
    uri = subscribed(broker, receiver.url(), remote, watchedAttributes=["snelheid"])
    web.pages.clear()
    _lose[away](broker, remote)
    forget_active()
    request.getfixturevalue("notifier")  # one that knows nothing yet
    broker.made(CAR, "https://example.org/Car", **{"https://example.org/speed": 3})
    (told,) = receiver.wait(1)
    assert told["body"]["data"][0]["snelheid"]["value"] == 3
    shown = broker.get(f"subscriptions/{uri}")
    assert shown.json()["watchedAttributes"] == ["https://example.org/speed"]


def _expire(_broker: Any, _url: str) -> None:
    JsonldContext.objects.update(expires_at="2020-01-01T00:00:00Z")


def _delete(broker: Any, url: str) -> None:
    """Delete it by the interface: it is then in no list, and of no use to others."""
    local_id = url.rpartition("/")[2] if "testserver" in url else quote(url, safe="")
    assert broker.delete(f"jsonldContexts/{local_id}").status_code == 204
    assert broker.get("jsonldContexts").json() == []
    assert broker.get(f"jsonldContexts/{local_id}").status_code == 404
    assert broker.delete(f"jsonldContexts/{local_id}").status_code == 404
    assert broker.get("info/sourceIdentity", headers=link(url)).status_code == 504


_lose: dict[str, Callable[[Any, str], None]] = {"expired": _expire, "deleted": _delete, "hosted": _delete}


def test_5_8_3_subscriptions_are_shown_as_written_when_their_context_is_gone(
    broker: Any,
    web: Web,  # noqa: F811
) -> None:
    uri = subscribed(broker, "http://127.0.0.1:9/", web.serve("/words", WORDS))
    web.pages.clear()
    JsonldContext.objects.all().delete()
    forget_active()
    listed = broker.get("subscriptions")
    assert listed.status_code == 200
    assert [(one["id"], one["entities"]) for one in listed.json()] == [(uri, [{"type": "Auto"}])]


def test_5_8_2_names_that_an_update_leaves_alone_keep_their_meaning(
    broker: Any,
    web: Web,  # noqa: F811
) -> None:
    """Also when it comes with another @context, in which they stand for something else."""
    told = {"endpoint": {"uri": "http://127.0.0.1:9/"}, "attributes": ["snelheid"]}
    first = web.serve("/words", WORDS)
    uri = subscribed(broker, "http://127.0.0.1:9/", first, watchedAttributes=["snelheid"], notification=told)
    other = {"snelheid": "https://other.example/snelheid", "Auto": "https://other.example/Auto"}
    change = {"notification": {"endpoint": {"uri": "http://127.0.0.1:9/there"}}, "@context": other}
    assert broker.patch(f"subscriptions/{uri}", change, type="application/ld+json").status_code == 204
    shown = broker.get(f"subscriptions/{uri}").json()
    assert shown["watchedAttributes"] == shown["notification"]["attributes"] == ["https://example.org/speed"]
    assert shown["entities"] == [{"type": "https://example.org/Car"}]
    change = {"watchedAttributes": ["snelheid"], "@context": other}
    assert broker.patch(f"subscriptions/{uri}", change, type="application/ld+json").status_code == 204
    assert broker.get(f"subscriptions/{uri}").json()["watchedAttributes"] == ["https://other.example/snelheid"]
