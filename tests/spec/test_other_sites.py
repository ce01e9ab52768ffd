"""Programs on pages of other sites read data as everyone may: at every address of data, as nobody, and no page."""

import re

import pytest
from django.test import Client

from tests.spec.addresses import addresses, visitor
from tests.spec.cities import City

pytestmark = pytest.mark.django_db
Cities = tuple[City, City]
DATA = re.compile(
    r"(data(/|$)|catalog\b|register\b|api/|ogc|streams|sparql|id/|ngsi-ld/|sensorthings/"
    r"|indicators/<slug:slug>\.|figures/<uuid:figure_id>\.|explore\.|map/)"
)
STANDARDS = (
    "data/<slug:slug>/rows",
    "catalog",
    "api/3/",
    "ogc",
    "streams",
    "sparql",
    "id/",
    "ngsi-ld/",
    "sensorthings/",
)


def test_data_is_read_from_other_sites_and_nothing_else_is(cities: Cities) -> None:
    """At every address, by anybody; and for who has a session or a key it is no different: caches give it to others."""
    zebra, _ = cities
    read: set[str] = set()
    walks = {"anonymous": [*addresses(zebra.names("public"))]}
    walks["steward"] = walks["read"] = [("data/<slug:slug>/rows", "/data/population-internal/rows?limit=1")]
    for who, walk in walks.items():
        asks = visitor(zebra, who)
        for route, path in walk:
            answer = asks.get(path)
            is_page = answer.headers.get("Content-Type", "").startswith("text/html")
            is_open = DATA.match(route) is not None and not is_page
            assert answer.headers.get("Access-Control-Allow-Origin") == ("*" if is_open else None), path
            assert "Access-Control-Allow-Credentials" not in answer.headers, path
            if is_open and answer.status == 200:
                read.add(route)
    for start in STANDARDS:
        assert any(route.startswith(start) for route in read), start


def test_browser_is_told_beforehand_what_it_may_send(cities: Cities) -> None:
    """To read, with what caches and formats need; never a key, and never to write."""
    zebra, _ = cities
    client = Client(headers={"host": zebra.host, "origin": "https://example.org"})

    def asked(path: str, method: str) -> dict[str, str]:
        told = client.options(path, headers={"access-control-request-method": method}).headers
        return {name: value for name, value in told.items() if name.startswith("Access-Control-")}

    for path in ("/data/population-public/rows.json", "/catalog", "/api/3/action/package_list", "/ogc/collections",
                 "/streams", "/sparql", "/id/x", "/ngsi-ld/v1/entities", "/sensorthings/v1.1/Things"):  # fmt: skip
        found = asked(path, "GET")
        assert found["Access-Control-Allow-Origin"] == "*" and "GET" in found["Access-Control-Allow-Methods"]
        assert "If-None-Match" in found["Access-Control-Allow-Headers"]
        assert "authorization" not in found["Access-Control-Allow-Headers"].lower()
        assert "Access-Control-Allow-Credentials" not in found
        for method in ("PUT", "PATCH", "DELETE"):
            assert asked(path, method) == {}, path
    for path in ("/ngsi-ld/v1/entities", "/api/observations", "/data/showcase", "/sensorthings/v1.1/Things"):
        assert asked(path, "POST") == {}, path
    assert "POST" in asked("/sparql", "POST")["Access-Control-Allow-Methods"]
    for path in ("/", "/desk", "/keys", "/accounts/login/", "/metrics"):
        assert asked(path, "GET") == {}, path
