"""Clause 5.13 (6.29 and 6.30): storing, managing and serving @contexts, with a real server of @contexts beside."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest
from pytest_django import Settings

from spiegelstad.accounts.testing import make_key
from spiegelstad.context.actions.contexts import forget_active

LD = "application/ld+json"
ROOT = "/ngsi-ld/v1/"
CORE = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"
PARKING = {"parking": "https://example.org/", "Garage": "parking:Garage", "level": "parking:level"}


class Web:
    """A server of @contexts: what stands at which path, with which headers, and how often it was asked.

    `meanwhile` is called, in the server's thread, before it answers.
    """

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.asked: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                outer.meanwhile()
                status, body, headers = outer.pages.get(self.path, (404, b"", {}))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def serve(self, path: str, context: Any, **headers: str) -> str:
        self.pages[path] = (200, json.dumps({"@context": context}).encode(), {"Content-Type": LD, **headers})
        return self.url + path


@pytest.fixture
def web(settings: Settings) -> Iterator[Web]:
    settings.ALLOW_HOSTS = ["127.0.0.1"]
    made = Web()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget_active()


def link(url: str) -> dict[str, str]:
    return {"Link": f'<{url}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}


def hosted(broker: Any, context: Any = PARKING) -> str:
    answer = broker.post("jsonldContexts", {"@context": context, "more": 1})
    assert answer.status_code == 201, answer.content
    place: str = answer.headers["Location"]
    assert place.startswith(f"{ROOT}jsonldContexts/")
    return place.removeprefix(ROOT)


@pytest.mark.parametrize("type", ["application/json", LD])
def test_5_13_2_add_context_hosts_it(broker: Any, reader: Any, type: str) -> None:
    answer = broker.post("jsonldContexts", {"@context": PARKING, "more": 1}, type=type)
    assert answer.status_code == 201 and not answer.content
    served = reader.get(answer.headers["Location"].removeprefix(ROOT), headers={"Accept": LD})
    assert served.json() == {"@context": PARKING}
    assert served.headers["Content-Type"] == LD and "Link" not in served.headers


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"@context": 7},
        {"@context": None},
        {"@context": {"a": 1}},
        {"@context": {"a": "b:c", "b": "a:d"}},
        {"@context": "no address"},
        {"@context": {"a": {"@id": "x:a", "@context": {}}}},
        [PARKING],
    ],
)
def test_5_13_2_add_what_is_no_context_is_bad_data(broker: Any, error_of: Any, body: Any) -> None:
    assert error_of(broker.post("jsonldContexts", body)) == (400, "BadRequestData")


def test_5_13_2_add_what_is_no_json_is_invalid(broker: Any, error_of: Any) -> None:
    assert error_of(broker.post("jsonldContexts", b"{")) == (400, "InvalidRequest")


def test_5_13_2_add_and_delete_need_a_key_that_writes(broker: Any, reader: Any, other_tenant: str) -> None:
    place = hosted(broker)
    assert reader.post("jsonldContexts", {"@context": PARKING}).status_code in (401, 403)
    assert reader.delete(place).status_code in (401, 403)
    stranger = type(broker)(make_key(other_tenant, ["context:write"])[0])
    assert stranger.delete(place).status_code == 404
    assert stranger.get(place).status_code == 404
    weak = type(broker)(make_key("teststad", ["data:read"])[0])
    assert weak.delete(place).status_code == 403
    assert broker.delete(place).status_code == 204


def test_5_13_3_list_contexts_gives_addresses_by_kind(broker: Any, reader: Any, web: Web) -> None:
    place = hosted(broker)
    remote = web.serve("/a.jsonld", PARKING)
    reader.get("info/sourceIdentity", headers=link(remote))
    assert reader.get("jsonldContexts", params={"kind": "Cached"}).json() == [remote]
    assert reader.get("jsonldContexts", params={"kind": "Hosted"}).json() == [f"http://testserver{ROOT}{place}"]
    assert len(reader.get("jsonldContexts").json()) == 2
    assert reader.get("jsonldContexts", params={"kind": "ImplicitlyCreated"}).json() == []


def test_5_13_3_list_contexts_in_detail_counts_hits(broker: Any, reader: Any, web: Web) -> None:
    remote = web.serve("/a.jsonld", PARKING)
    for _ in range(4):
        reader.get("info/sourceIdentity", headers=link(remote))
    (shown,) = reader.get("jsonldContexts", params={"details": "true"}).json()
    assert (shown["URL"], shown["kind"], shown["numberOfHits"]) == (remote, "Cached", 3)
    assert {"localId", "createdAt", "expiresAt", "lastUsage"} < shown.keys()
    assert reader.get(f"jsonldContexts/{shown['localId']}", params={"details": "true"}).json()["URL"] == remote
    assert web.asked == ["/a.jsonld"]


def test_5_13_3_list_contexts_of_no_kind_is_refused(reader: Any, error_of: Any) -> None:
    assert error_of(reader.get("jsonldContexts", params={"kind": "Old"})) == (400, "BadRequestData")
    assert error_of(reader.get("jsonldContexts", params={"details": "maybe"})) == (400, "InvalidRequest")


def test_5_13_4_serve_a_cached_context_is_not_supported(reader: Any, web: Web, error_of: Any) -> None:
    remote = web.serve("/a.jsonld", PARKING)
    reader.get("info/sourceIdentity", headers=link(remote))
    assert error_of(reader.get(f"jsonldContexts/{quote(remote, safe='')}")) == (422, "OperationNotSupported")
    details = reader.get(f"jsonldContexts/{quote(remote, safe='')}", params={"details": "true"})
    assert details.json()["kind"] == "Cached"


def test_5_13_4_serve_an_unknown_context_is_not_found(reader: Any, error_of: Any) -> None:
    assert error_of(reader.get("jsonldContexts/urn:nothing")) == (404, "ResourceNotFound")
    assert error_of(reader.get("jsonldContexts/urn:nothing", params={"details": "true"})) == (404, "ResourceNotFound")


def test_5_13_5_delete_context_forgets_it(broker: Any, error_of: Any) -> None:
    place = hosted(broker)
    answer = broker.delete(place)
    assert answer.status_code == 204 and not answer.content and "Content-Length" not in answer.headers
    assert error_of(broker.delete(place)) == (404, "ResourceNotFound")
    assert error_of(broker.get(place)) == (404, "ResourceNotFound")


def test_5_13_5_reload_context_takes_the_new_one(broker: Any, web: Web) -> None:
    remote = web.serve("/a.jsonld", PARKING)
    broker.made("urn:ngsi-ld:Garage:1", "Garage", level={"type": "Property", "value": 2})
    assert "level" in broker.get("entities/urn:ngsi-ld:Garage:1", headers=link(remote)).content.decode()
    web.serve("/a.jsonld", {"floor": "https://uri.etsi.org/ngsi-ld/default-context/level"})
    assert broker.delete(f"jsonldContexts/{quote(remote, safe='')}", params={"reload": "true"}).status_code == 204
    shown = broker.get("entities/urn:ngsi-ld:Garage:1", headers=link(remote)).json()
    assert shown["floor"]["value"] == 2
    assert len(web.asked) == 2


@pytest.mark.parametrize("broken", [(500, b"", {}), (200, b"{", {}), (200, b'{"@context": {"a": 1}}', {})])
def test_5_13_5_reload_of_what_is_broken_keeps_the_old_one(
    broker: Any, web: Web, error_of: Any, broken: tuple[int, bytes, dict[str, str]]
) -> None:
    remote = web.serve("/a.jsonld", PARKING)
    broker.get("info/sourceIdentity", headers=link(remote))
    web.pages["/a.jsonld"] = broken
    answer = broker.delete(f"jsonldContexts/{quote(remote, safe='')}", params={"reload": "true"})
    assert error_of(answer) == (504, "LdContextNotAvailable")
    assert broker.get("jsonldContexts", params={"kind": "Cached"}).json() == [remote]
    assert broker.get("info/sourceIdentity", headers=link(remote)).status_code == 200


def test_5_13_5_reload_of_a_hosted_context_is_bad_data(broker: Any, error_of: Any) -> None:
    assert error_of(broker.delete(hosted(broker), params={"reload": "true"})) == (400, "BadRequestData")


def test_5_13_1_hosted_context_is_used_without_asking_ourselves(broker: Any, settings: Settings) -> None:
    settings.ALLOW_HOSTS = []  # so that a request to ourselves would fail
    place = hosted(broker)
    broker.made("urn:ngsi-ld:Garage:1", "https://example.org/Garage")
    shown = broker.get("entities/urn:ngsi-ld:Garage:1", headers=link(f"http://testserver{ROOT}{place}")).json()
    assert shown["type"] == "Garage"


def test_5_13_1_context_in_a_body_is_kept_when_its_address_is_needed(broker: Any, reader: Any) -> None:
    body = {"@context": [PARKING, CORE], "type": "Query", "entities": [{"type": "Garage"}]}
    answer = broker.post("entityOperations/query", body, type=LD, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.content
    address = answer.headers["Link"].partition(">")[0].removeprefix("<")
    assert address.startswith("http://testserver/ngsi-ld/v1/jsonldContexts/")
    served = reader.get(address.removeprefix(f"http://testserver{ROOT}"))
    assert served.json() == {"@context": [PARKING, CORE]}
    (shown,) = reader.get("jsonldContexts", params={"details": "true"}).json()
    assert shown["kind"] == "ImplicitlyCreated"


def test_6_3_5_unreachable_context_is_504_and_not_asked_again_at_once(reader: Any, web: Web, error_of: Any) -> None:
    for _ in range(3):
        answer = reader.get("info/sourceIdentity", headers=link(f"{web.url}/missing.jsonld"))
        assert error_of(answer) == (504, "LdContextNotAvailable")
    assert web.asked == ["/missing.jsonld"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"@context": 3}', b'{"@context": {"a": "\\u0000"}}', b"<html>"])
def test_6_3_5_remote_document_without_context_is_504(reader: Any, web: Web, error_of: Any, body: bytes) -> None:
    web.pages["/x"] = (200, body, {})
    assert error_of(reader.get("info/sourceIdentity", headers=link(f"{web.url}/x"))) == (504, "LdContextNotAvailable")


def test_6_3_5_context_in_a_private_network_is_504(reader: Any, web: Web, settings: Settings, error_of: Any) -> None:
    settings.ALLOW_HOSTS = []
    remote = web.serve("/a.jsonld", PARKING)
    assert error_of(reader.get("info/sourceIdentity", headers=link(remote))) == (504, "LdContextNotAvailable")
    assert not web.asked


def test_6_3_5_contexts_that_refer_to_each_other_are_refused(reader: Any, web: Web, error_of: Any) -> None:
    web.serve("/a", ["b"])
    remote = web.serve("/b", "a")
    assert error_of(reader.get("info/sourceIdentity", headers=link(remote))) == (504, "LdContextNotAvailable")


def test_6_3_5_remote_context_may_refer_to_another(broker: Any, web: Web) -> None:
    web.serve("/words/b", {"Garage": "https://example.org/Garage"})
    remote = web.serve("/words/a", ["b", CORE])
    broker.made("urn:ngsi-ld:Garage:1", "https://example.org/Garage")
    assert broker.get("entities/urn:ngsi-ld:Garage:1", headers=link(remote)).json()["type"] == "Garage"


def test_6_3_5_expired_context_is_fetched_again_and_survives_its_server(
    broker: Any, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import timedelta

    from spiegelstad.context.models import JsonldContext

    remote = web.serve("/a", PARKING, **{"Cache-Control": "max-age=600"})
    broker.get("info/sourceIdentity", headers=link(remote))
    held = JsonldContext.objects.get(url=remote)
    assert held.expires_at - held.created_at == timedelta(seconds=600)
    JsonldContext.objects.update(expires_at=held.created_at)
    forget_active()
    broker.get("info/sourceIdentity", headers=link(remote))
    assert len(web.asked) == 2
    del web.pages["/a"]
    JsonldContext.objects.update(expires_at=held.created_at)
    forget_active()
    assert broker.get("info/sourceIdentity", headers=link(remote)).status_code == 200
    assert len(web.asked) == 3


@pytest.mark.parametrize("way", ["link", "body", "jsonldContext", "nested"])
def test_6_3_5_address_that_is_too_long_is_bad_data(broker: Any, web: Web, error_of: Any, way: str) -> None:
    long = web.serve("/" + secrets.token_hex(4_000), PARKING)  # at random: an index holds what can be compressed
    match way:
        case "link":
            answer = broker.get("entities", params={"type": "Car"}, headers=link(long))
        case "body":
            answer = broker.post("entities", {"id": "urn:x:1", "type": "Car", "@context": [long]}, type=LD)
        case "nested":
            answer = broker.get("entities", params={"type": "Car"}, headers=link(web.serve("/short", [long])))
        case _:
            told = {"endpoint": {"uri": "http://127.0.0.1:9/"}}
            body = {"type": "Subscription", "entities": [{"type": "Car"}], "notification": told, "jsonldContext": long}
            answer = broker.post("subscriptions", body)
    expected = (504, "LdContextNotAvailable") if way == "nested" else (400, "BadRequestData")
    assert error_of(answer) == expected
    assert "longer than" in answer.json()["detail"]


def test_5_13_3_hits_are_written_in_one_order(broker: Any) -> None:
    """Two processes that write in different orders would wait for each other."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from spiegelstad.context.actions.context_store import count_hits, write_hits
    from spiegelstad.context.models import JsonldContext

    for _ in range(3):
        hosted(broker)
    rows = list(JsonldContext.objects.order_by("pk").values_list("pk", flat=True))
    write_hits()
    count_hits(reversed(rows))
    with CaptureQueriesContext(connection) as captured:
        write_hits()
    assert [int(one["sql"].rpartition("= ")[2]) for one in captured if "UPDATE" in one["sql"]] == rows


@pytest.mark.parametrize("bad", [{"level": {"@id": 7}}, [7]])
def test_6_3_5_context_that_was_not_valid_is_of_use_once_it_is_mended(broker: Any, web: Web, bad: Any) -> None:
    remote = web.serve("/a", bad)
    assert broker.get("info/sourceIdentity", headers=link(remote)).status_code in (400, 504)
    web.serve("/a", PARKING)
    assert broker.get("info/sourceIdentity", headers=link(remote)).status_code == 200


def test_6_3_5_expired_context_is_not_replaced_by_one_that_is_not_valid(broker: Any, web: Web) -> None:
    from spiegelstad.context.models import JsonldContext

    remote = web.serve("/a", PARKING)
    broker.made("urn:ngsi-ld:Garage:1", "https://example.org/Garage")
    for context in (PARKING, {"Garage": {"@id": 7}}):
        web.serve("/a", context)
        JsonldContext.objects.update(expires_at="2020-01-01T00:00:00Z")
        forget_active()
        assert broker.get("entities/urn:ngsi-ld:Garage:1", headers=link(remote)).json()["type"] == "Garage"
    assert len(web.asked) == 2
