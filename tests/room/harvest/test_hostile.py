"""A catalogue that wants harm: too much, too deep, round in circles, into our own network, out of its memory."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from spiegelstad.catalogue import public as catalogue
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.formats.report import as_csv
from spiegelstad.harvest.testing import PREFIXES, definition, make_source, turtle
from tests.room.harvest.payloads import ckan, package
from tests.room.harvest.portals import Answered, Portal

pytestmark = pytest.mark.django_db


def run(tenant: str, folder: Path, portal: Portal, **changes: Any) -> harvest.Run:
    by = make_source(tenant, folder, definition(**{"address": f"{portal.url}/catalog", **changes}))
    began = time.monotonic()
    ended = harvest.run_source(by=by, slug="buren")
    assert time.monotonic() - began < 10
    assert ended.state is harvest.RunState.FAILED and catalogue.datasets(by) == []
    return ended


def test_pages_in_a_circle(tenant: str, tmp_path: Path, portal: Portal) -> None:
    hydra = "<{}> <http://www.w3.org/ns/hydra/core#next> <{}> ."
    here, there = f"{portal.url}/catalog", f"{portal.url}/two"
    portal.pages["/catalog"] = Answered(turtle(portal.url, ["a"], hydra.format(here, there)), "text/turtle")
    portal.pages["/two"] = Answered(turtle(portal.url, ["b"], hydra.format(there, here)), "text/turtle")
    assert "circle" in run(tenant, tmp_path, portal).error


def test_pages_without_end(tenant: str, tmp_path: Path, portal: Portal) -> None:
    def answer(query: dict[str, str], _headers: dict[str, str]) -> Answered:
        number = int(query.get("page", 0))
        link = {"Link": f'<{portal.url}/catalog?page={number + 1}>; rel="next"'}
        return Answered(turtle(portal.url, [f"s{number}"]), "text/turtle", headers=link)

    portal.pages["/catalog"] = answer
    assert "more than 5 pages" in run(tenant, tmp_path, portal, limits={"pages": 5}).error
    assert len(portal.asked) == 5


def test_more_records_or_bytes_than_allowed(tenant: str, tmp_path: Path, portal: Portal) -> None:
    portal.pages["/catalog"] = Answered(turtle(portal.url, [f"s{n}" for n in range(11)]), "text/turtle")
    assert "more than 10 records" in run(tenant, tmp_path, portal, limits={"records": 10}).error
    portal.pages["/catalog"] = Answered(b"#" * 1_000_001, "text/turtle")
    assert "1000000 bytes" in run(tenant, tmp_path, portal, limits={"megabytes": 1}).error


def test_count_that_lies(tenant: str, tmp_path: Path, portal: Portal) -> None:
    """CKAN says that there are a billion packages, and gives none."""
    body = {"success": True, "result": {"count": 10**9, "results": []}}
    portal.pages["/api/3/action/package_search"] = Answered(orjson.dumps(body))
    by = make_source(tenant, tmp_path, definition(kind="ckan", address=portal.url))
    assert harvest.run_source(by=by, slug="buren").found == 0 and len(portal.asked) == 1


@pytest.mark.parametrize(
    "elsewhere", ["http://10.0.0.1/x", "http://[::1]/x", "http://169.254.169.254/latest", "file:///etc/passwd"]
)
def test_redirect_into_our_own_network(tenant: str, tmp_path: Path, portal: Portal, elsewhere: str) -> None:
    portal.pages["/catalog"] = Answered(status=302, headers={"Location": elsewhere})
    assert run(tenant, tmp_path, portal).error_kind in ("host-not-allowed", "unusable-address")


def test_next_page_elsewhere(tenant: str, tmp_path: Path, portal: Portal) -> None:
    link = {"Link": '<http://localhost:1/admin>; rel="next"'}  # a host that this installation lists, but another one
    portal.pages["/catalog"] = Answered(turtle(portal.url, ["a"]), "text/turtle", headers=link)
    assert "another host" in run(tenant, tmp_path, portal).error


def test_context_elsewhere_goes_through_the_guard(tenant: str, tmp_path: Path, portal: Portal) -> None:
    document = {"@context": "http://10.0.0.1/context.jsonld", "@id": f"{portal.url}/x", "@type": "Dataset"}
    portal.pages["/catalog"] = Answered(orjson.dumps(document), "application/ld+json")
    assert run(tenant, tmp_path, portal).error_kind == "host-not-allowed"
    inner = {"@context": {"x": {"@id": "http://x.example/x", "@context": f"{portal.url}/secret"}}, "x": {"x": 1}}
    portal.pages["/catalog"] = Answered(orjson.dumps(inner), "application/ld+json")
    portal.asked.clear()
    run(tenant, tmp_path, portal)
    assert portal.asked == ["/catalog"]


def test_context_elsewhere_is_read(tenant: str, tmp_path: Path, portal: Portal) -> None:
    context = {"@context": {"dcat": "http://www.w3.org/ns/dcat#", "title": "http://purl.org/dc/terms/title"}}
    portal.pages["/context"] = Answered(orjson.dumps(context), "application/ld+json")
    document = {
        "@context": f"{portal.url}/context", "@id": "https://data.buren.example/a", "@type": "dcat:Dataset",
        "title": {"@value": "Set a", "@language": "nl"},
        "dcat:distribution": {"dcat:accessURL": {"@id": "https://data.buren.example/a.csv"}},
    }  # fmt: skip
    portal.pages["/catalog"] = Answered(orjson.dumps(document), "application/ld+json")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    assert harvest.run_source(by=by, slug="buren").taken == 1


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:d="http://purl.org/dc/terms/">{}</rdf:RDF>'
)


@pytest.mark.parametrize(
    "body",
    [
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "haha">{ENTITIES}]>'
        + XML.format('<rdf:Description rdf:about="http://x.example/a"><d:title>&e9;</d:title></rdf:Description>'),
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + XML.format('<rdf:Description rdf:about="http://x.example/a"><d:title>&x;</d:title></rdf:Description>'),
    ],
)
def test_entities_of_xml_are_not_expanded(tenant: str, tmp_path: Path, portal: Portal, body: str) -> None:
    for encoded in (body.encode(), body.encode("utf-16")):
        portal.pages["/catalog"] = Answered(encoded, "application/rdf+xml")
        assert run(tenant, tmp_path, portal).error_kind == "unreadable-document"


def test_deep_documents(tenant: str, tmp_path: Path, portal: Portal) -> None:
    deep = 100_000
    xml = '<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><d:x xmlns:d="http://d.example/">'
    for body, kind in (
        (b"[" * deep + b"]" * deep, "application/ld+json"),
        (b'{"a":' * deep + b"1" + b"}" * deep, "application/ld+json"),
        (XML.format(xml * 2_000).encode(), "application/rdf+xml"),
        (PREFIXES.encode() + b"<http://a.example/> dct:x (" * deep, "text/turtle"),
    ):
        portal.pages["/catalog"] = Answered(body, kind)
        assert run(tenant, tmp_path, portal).error_kind == "unreadable-document"
    portal.pages["/api/3/action/package_search"] = Answered(b'{"result":' * deep + b"1" + b"}" * deep)
    assert run(tenant, tmp_path, portal, kind="ckan", address=portal.url).error_kind == "unreadable-document"


def test_words_that_would_act_on_a_page_or_in_a_spreadsheet(
    tenant: str, tmp_path: Path, portal: Portal, people
) -> None:
    evil = package(
        "x",
        title='<script>alert("x")</script>=cmd',
        notes="<img src=x onerror=alert(1)>Tekst",
        license_id="@SUM(1)",
        license_url="javascript:alert(1)",
        license_title="=1+1",
        url="javascript:alert(1)",
    )
    portal.pages["/api/3/action/package_search"] = ckan(evil)
    by = make_source(tenant, tmp_path, definition(kind="ckan", address=portal.url))
    assert harvest.run_source(by=by, slug="buren").taken == 1
    there = catalogue.datasets(by)[0]
    assert there.title == {"nl": "=cmd"} and there.description == {"nl": "Tekst"}
    assert there.landing_page == f"{portal.url}/dataset/x" and there.licence_uri == ""
    cells = [cell for line in as_csv(harvest.report(by, "buren")).splitlines() for cell in line.split(",")]
    assert [cell for cell in cells if cell.strip('"').startswith(("=", "@", "+", "-"))] == []
