"""A broker to talk to over HTTP, as whoever holds a key, and as a reader without one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from django.http import HttpResponse
from django.test import Client

from spiegelstad.accounts.testing import make_key

ROOT = "/ngsi-ld/v1/"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
LD = "application/ld+json"


@dataclass
class Broker:
    """Sends requests with a key (or none) and reads answers. Paths are below /ngsi-ld/v1/."""

    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    client: Client = field(default_factory=Client)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        type: str = "application/json",
    ) -> HttpResponse:
        """Send a request; `body` is JSON, or bytes as they are."""
        sent = {**({"Authorization": f"Bearer {self.key}"} if self.key else {}), **self.headers, **(headers or {})}
        raw = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.client.generic(
            method, ROOT + path, raw, content_type=type if raw else "", headers=sent, query_params=params
        )

    def get(self, path: str, **more: Any) -> HttpResponse:
        return self.send("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> HttpResponse:
        return self.send("POST", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> HttpResponse:
        return self.send("PATCH", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> HttpResponse:
        return self.send("PUT", path, body, **more)

    def delete(self, path: str, **more: Any) -> HttpResponse:
        return self.send("DELETE", path, **more)

    def made(self, id: str = "urn:ngsi-ld:Car:1", type: str = "Car", **attributes: Any) -> str:
        """Create an entity and return its id."""
        answer = self.post("entities", {"id": id, "type": type, **attributes})
        assert answer.status_code == 201, answer.content
        return id

    def shown(self, entity_id: str, **params: str) -> Any:
        """Retrieve an entity that is there."""
        answer = self.get(f"entities/{entity_id}", params=params)
        assert answer.status_code == 200, answer.content
        return answer.json()


@pytest.fixture
def broker(tenant: str) -> Broker:
    """A broker for whoever may write."""
    return Broker(make_key(tenant, ["context:write"])[0])


@pytest.fixture
def reader(tenant: str) -> Broker:
    """A broker for whoever passes by."""
    return Broker()


def error_of(answer: HttpResponse) -> tuple[int, str]:
    """Return (status, last part of the type) of an error as clause 5.5.3 has it."""
    body = answer.json()
    assert answer.headers["Content-Type"] == "application/json"
    assert body["status"] == answer.status_code and body["title"] and body["detail"]
    return answer.status_code, body["type"].removeprefix(ERRORS)


@pytest.fixture(name="error_of")
def _error_of() -> Any:
    """The function `error_of`, for tests in other files."""
    return error_of
