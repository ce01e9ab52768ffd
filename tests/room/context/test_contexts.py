"""Keeping @contexts: how many, how often used, and never those of another city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.outgoing import Response
from spiegelstad.context.actions import context_store
from spiegelstad.context.actions.contexts import add_context, address_of, delete_context, forget_active, load_context
from spiegelstad.context.errors import BadRequestData, LdContextNotAvailable, ResourceNotFound
from spiegelstad.context.models import JsonldContext
from spiegelstad.context.queries.contexts import stored_contexts
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from tests.conftest import People

BODY = b'{"@context": {"speed": "https://example.org/speed"}}'
HOST = "http://testserver/ngsi-ld/v1/jsonldContexts/"


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    forget_active()
    yield
    forget_active()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answer every address with one @context, and list which were asked."""
    urls: list[str] = []

    def fetch(url: str, *_: Any, **__: Any) -> Response:
        urls.append(url)
        if url.endswith(".html"):
            link = '</words.jsonld>; rel="alternate"; type="application/ld+json"'
            return Response(200, {"content-type": "text/html", "link": link}, b"<html>", url)
        return Response(200, {}, BODY, url)

    monkeypatch.setattr(context_store, "fetch", fetch)
    return urls


def test_context_is_fetched_once_for_all_requests(people: People, asked: list[str]) -> None:
    first = load_context(by=people.nobody, given="https://a.example/c")
    assert load_context(by=people.nobody, given="https://a.example/c") is first
    forget_active()
    assert load_context(by=people.nobody, given="https://a.example/c").expand("speed") == "https://example.org/speed"
    assert asked == ["https://a.example/c"]


def test_same_context_in_two_bodies_is_expanded_once(people: People) -> None:
    first, second = (load_context(by=people.nobody, given=[{"speed": "https://example.org/speed"}]) for _ in range(2))
    assert first is second


def test_page_may_send_on_to_its_context(people: People, asked: list[str]) -> None:
    assert (
        load_context(by=people.nobody, given="https://a.example/p.html").expand("speed") == "https://example.org/speed"
    )
    assert asked == ["https://a.example/p.html", "https://a.example/words.jsonld"]


def test_least_used_contexts_go_and_hosted_ones_stay(
    people: People, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context_store, "MAX_KEPT", 10)
    add_context(by=people.steward, body={"speed": "https://example.org/speed"})
    load_context(by=people.nobody, given="https://a.example/often")
    forget_active()
    load_context(by=people.nobody, given="https://a.example/often")
    context_store.write_hits()
    for number in range(15):
        load_context(by=people.nobody, given=f"https://a.example/{number}")
    urls = [held.url for held in stored_contexts(people.nobody, "Cached")]
    assert len(urls) <= 10 and "https://a.example/often" in urls and "https://a.example/14" in urls
    assert len(stored_contexts(people.nobody, "Hosted")) == 1


def test_new_context_is_kept_where_all_others_were_used(
    people: People, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address is given to others: to forget it at once would make what they got unreadable."""
    monkeypatch.setattr(context_store, "MAX_KEPT", 10)
    for number in range(10):
        load_context(by=people.nobody, given=f"https://a.example/{number}")
    JsonldContext.objects.update(last_usage_at=now() - timedelta(days=1))
    context = load_context(by=people.nobody, given=[{"speed": "https://example.org/speed"}])
    address = address_of(by=people.nobody, context=context)
    assert JsonldContext.objects.filter(url=address).exists()


def test_deleted_contexts_do_not_pile_up_where_there_are_subscriptions(
    people: People, subscribe: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context_store, "MAX_KEPT", 10)
    subscribe(people.steward.tenant_id, "http://127.0.0.1:9/")
    for number in range(15):
        local_id = add_context(by=people.steward, body={f"speed{number}": "https://example.org/speed"})
        delete_context(by=people.steward, local_id=local_id)
    assert JsonldContext.objects.count() <= 10 and stored_contexts(people.nobody) == []
    assert JsonldContext.objects.filter(local_id=local_id).exists()


def test_context_of_one_city_is_not_read_by_another(people: People, asked: list[str]) -> None:
    local_id = add_context(by=people.steward, body={"speed": "https://own.example/speed"})
    assert load_context(by=people.nobody, given=HOST + local_id).expand("speed") == "https://own.example/speed"
    assert not asked
    load_context(by=people.foreigner, given=HOST + local_id)
    assert asked == [HOST + local_id]  # for the other city that is an address like any other
    with pytest.raises(ResourceNotFound):
        delete_context(by=people.foreigner, local_id=local_id)
    assert stored_contexts(people.foreigner, "Hosted") == []


@pytest.mark.parametrize("who", ["resident", "clerk", "analyst", "nobody"])
def test_context_is_hosted_and_forgotten_by_stewards_only(people: People, who: str) -> None:
    actor: Actor = getattr(people, who)
    local_id = add_context(by=people.administrator, body={})
    with pytest.raises((NotAllowed, SignInNeeded)):
        add_context(by=actor, body={})
    with pytest.raises((NotAllowed, SignInNeeded)):
        delete_context(by=actor, local_id=local_id)
    delete_context(by=people.other_steward, local_id=local_id)


def test_forgotten_context_is_not_used_any_more(people: People, asked: list[str]) -> None:
    local_id = add_context(by=people.steward, body={"speed": "https://own.example/speed"})
    load_context(by=people.nobody, given=HOST + local_id)
    delete_context(by=people.steward, local_id=local_id)
    assert load_context(by=people.nobody, given=HOST + local_id).expand("speed") == "https://example.org/speed"


def test_implicit_context_is_kept_once(people: People) -> None:
    given = [{"speed": "https://example.org/speed"}]
    addresses = set()
    for _ in range(2):
        addresses.add(address_of(by=people.nobody, context=load_context(by=people.nobody, given=given)))
        forget_active()
    assert len(addresses) == 1
    (held,) = JsonldContext.objects.all()
    assert (held.kind, held.url) == ("ImplicitlyCreated", addresses.pop())
    same = load_context(by=people.nobody, given=f"http://testserver{held.url}")
    assert same.expand("speed") == "https://example.org/speed"


def test_context_of_too_many_parts_is_refused(people: People) -> None:
    with pytest.raises(BadRequestData, match="50 parts"):
        load_context(by=people.nobody, given=[{}] * 60)


def test_context_nested_too_deeply_elsewhere_is_refused(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(url: str, *_: Any, **__: Any) -> Response:
        return Response(200, {}, b'{"@context": "' + url.encode() + b'x"}', url)

    monkeypatch.setattr(context_store, "fetch", fetch)
    with pytest.raises(LdContextNotAvailable, match="too deeply"):
        load_context(by=people.nobody, given="https://a.example/c")
