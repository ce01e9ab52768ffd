"""The catalogue as linked data: three forms of one graph, at every address for who asks for it, and nothing closed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_key
from spiegelstad.catalogue import models, public
from spiegelstad.catalogue.http_api import dcat as face
from spiegelstad.catalogue.public import Contact, Coverage, Distribution, Quality, QualityCheck, RunInfo
from spiegelstad.catalogue.testing import make_dataset, make_version
from tests.room.catalogue.dcat_profiles import (
    DCAT_AP,
    FLANDERS,
    HIGH_VALUE,
    KINDS,
    RECOMMENDED,
    WANTED_HIGH_VALUE,
    constraints,
    missing,
    refused,
    shapes,
    uri,
    violations,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),  # inside rdflib's parser
]
MOMENT = datetime(2024, 7, 1, 6, 30, tzinfo=UTC)
FORMS = {"text/turtle": "ttl", "application/ld+json": "jsonld", "application/rdf+xml": "rdf"}
PARSERS = {"text/turtle": "turtle", "application/ld+json": "json-ld", "application/rdf+xml": "xml"}
HOST = "http://testserver/"
ADDRESSES = ("/catalog", "/data/bicycle-counts", "/data/bicycle-counts/versions/1")
SHAPES = "catalogue/dcat-ap_2.0.1_shacl_shapes.ttl"
NEWER = {"http://spdx.org/rdf/terms#algorithm", "http://www.w3.org/ns/dcat#byteSize"}
"""Where 3.0.1 asks for something else than the shapes of 2.0.1: any algorithm for SHA-1 alone, nonNegativeInteger
for decimal. `dcat_profiles` checks what it asks now."""


def _full(tenant: str, slug: str = "bicycle-counts") -> public.Version:
    make_dataset(
        tenant,
        slug,
        keywords={"nl": ["fiets", "tellen"], "en": ["bicycle"]},
        hvd_category="c_b79e35eb",
        frequency="DAILY",
        contact=Contact("Helpdesk mobiliteit", "mobiliteit@example.org", "https://example.org/contact"),
        landing_page="https://example.org/fietsen",
        conforms_to=("https://data.vlaanderen.be/ns/verkeersmetingen",),
        is_authoritative=True,
        legal_basis="Gemeentedecreet, artikel 2",
    )
    run = RunInfo(uuid4(), "tellers", "abc123def456789", MOMENT, 1_250, 1_234, 16, "9f8e")
    checks = (QualityCheck("required", "count", 1_234, 16, 0.98), QualityCheck("minimum 0", "count", 1_234, 0, 1.0))
    coverage = Coverage(MOMENT, MOMENT, (3.6, 51.0, 3.8, 51.1))
    return make_version(tenant, slug, run=run, quality=Quality(checks, 0.98), coverage=coverage)


def _graph(address: str, accept: str = "text/turtle", client: Client | None = None) -> Any:
    from rdflib import Graph

    response = (client or Client()).get(address, headers={"accept": accept})
    assert response.status_code == 200, response.content
    assert response.headers["Content-Type"].startswith(accept)
    return Graph().parse(data=response.content, format=PARSERS[accept])


@pytest.mark.parametrize("address", ADDRESSES)
def test_dcat_three_forms_one_graph(tenant: str, address: str) -> None:
    from rdflib.compare import isomorphic

    _full(tenant)
    first, *others = (_graph(address, accept) for accept in FORMS)
    assert len(first) > 60
    for other in others:
        assert isomorphic(first, other)


@pytest.mark.parametrize("address", ADDRESSES)
def test_dcat_keeps_the_older_shapes_of_semic(tenant: str, shared_data: Path, address: str) -> None:
    from rdflib import Graph

    _full(tenant)
    found = refused(_graph(address), Graph().parse(shared_data / SHAPES))
    assert {wrong for wrong in found if wrong[1] not in NEWER} == set()


@pytest.mark.parametrize("address", ADDRESSES)
def test_dcat_has_what_is_recommended(tenant: str, address: str) -> None:
    _full(tenant)
    wanted = RECOMMENDED if address == "/catalog" else {"dcat:Dataset": RECOMMENDED["dcat:Dataset"]}
    assert list(missing(_graph(address), wanted)) == []


def test_tables_say_as_much_as_the_shapes_of_semic() -> None:
    found = {name: len(list(constraints(profile))) for name, profile in (("all", DCAT_AP), ("high", HIGH_VALUE))}
    assert found == {"all": 290, "high": 75}


def _city(tenant: str) -> list[str]:
    """Make a dataset of each sort, and return the addresses that tell of them."""
    counts = _full(tenant)
    make_dataset(tenant, "bare", description={}, department="", source=public.SourceInfo("Bron"), columns=())
    make_dataset(tenant, "places", columns=(public.Column("lon", "DOUBLE"), public.Column("lat", "DOUBLE")))
    make_version(tenant, "places", pa.table({"lon": [2.7], "lat": [51.3]}))
    make_dataset(tenant, "inside", classification="internal", classification_reason="being checked", theme="air")
    make_version(tenant, "inside", inputs=[counts.id])
    ways = (
        Distribution("https://data.stad.example/t", {"nl": "Bomen"}, "https://data.stad.example/t.csv", "CSV",
                     "text/csv", "https://creativecommons.org/licenses/by/4.0/", 12, "ab" * 32),
        Distribution("https://data.stad.example/bare"),
    )  # fmt: skip
    make_dataset(tenant, "trees", uri="https://data.stad.example/id/trees", distributions=ways, columns=())
    make_dataset(tenant, "old")
    make_version(tenant, "old")
    change = public.Change(public.Status.DEPRECATED, "Er wordt niet meer geteld.", "bicycle-counts")
    public.change_status(by=Actor.system(tenant, "tests"), slug="old", change=change)
    slugs = ("bicycle-counts", "bare", "places", "inside", "trees", "old")
    versions = [f"/data/{slug}/versions/1" for slug in ("bicycle-counts", "places", "inside", "old")]
    return ["/catalog", *(f"/data/{slug}" for slug in slugs), *versions]


def test_dcat_of_a_whole_city_keeps_every_profile(tenant: str) -> None:
    """Each address by itself and all together, by our tables and by pyshacl.

    A dataset's own address points to its versions, which tell of themselves at theirs: only together they have a type.
    """
    from rdflib import Graph

    addresses = _city(tenant)
    secret, _actor = make_key(tenant, ["data:read"])
    client, together = Client(headers={"authorization": f"Bearer {secret}"}), Graph()
    for address in addresses:
        graph = _graph(address, client=client)
        together += graph
        wrong = [wrong for profile in (DCAT_AP, KINDS, FLANDERS) for wrong in violations(graph, profile)]
        assert [one for one in wrong if one[1] != "dcat:hasVersion"] == [], address
    for profile in (DCAT_AP, KINDS, FLANDERS):
        assert list(violations(together, profile)) == []
    assert refused(together, shapes(DCAT_AP)) == set()
    assert len(set(together.subjects(uri("rdf:type"), uri("dcat:Dataset")))) == len(addresses) - 1


def test_dcat_profiles_find_what_is_wrong(tenant: str) -> None:
    """The checks above would see an error, both in the same places: each of these breaks one rule."""
    from rdflib import Literal, URIRef

    _full(tenant)
    asked = shapes(DCAT_AP)
    whole = _graph("/catalog")
    for class_, name, value in (
        ("dcat:Dataset", "dct:title", None),
        ("dcat:Catalog", "dct:publisher", None),
        ("dcat:Distribution", "dcat:accessURL", None),
        ("dcat:Distribution", "dcat:byteSize", Literal("12")),
        ("dcat:Dataset", "dct:spatial", URIRef("https://example.org/a-place")),
        ("dcat:Dataset", "dcatap:applicableLegislation", URIRef("https://example.org/a-law")),
        ("dcat:DataService", "dcat:endpointURL", Literal("https://example.org")),
        ("dcat:CatalogRecord", "foaf:primaryTopic", URIRef("https://example.org/nothing")),
    ):
        graph = whole + type(whole)()
        node = next(graph.subjects(uri("rdf:type"), uri(class_)))
        graph.remove((node, uri(name), None))
        if value is not None:
            graph.add((node, uri(name), value))
        assert {wrong[:2] for wrong in violations(graph, DCAT_AP)} == {(str(node), name)}
        assert {wrong[:2] for wrong in refused(graph, asked)} == {(str(node), str(uri(name)))}


def test_high_value_dataset_tells_its_law_and_services(tenant: str) -> None:
    _full(tenant)
    graph = _graph("/catalog")
    unused = [
        s
        for s in graph.subjects(uri("rdf:type"), uri("dcat:DataService"))
        if (s, uri("dcat:servesDataset"), None) not in graph
    ]
    for service in unused:
        graph.remove((service, None, None))
        graph.remove((None, uri("dcat:service"), service))
    assert len(unused) < 7
    assert list(violations(graph, HIGH_VALUE)) == []
    assert refused(graph, shapes(HIGH_VALUE)) == set()
    assert list(missing(graph, WANTED_HIGH_VALUE)) == []
    laws = {str(law) for law in graph.objects(None, uri("dcatap:applicableLegislation"))}
    assert laws == {"http://data.europa.eu/eli/reg_impl/2023/138/oj"}


def test_dcat_of_bare_dataset_holds_nothing_empty(tenant: str) -> None:
    make_dataset(tenant, description={}, department="", source=public.SourceInfo("Bron"), columns=())
    graph = _graph("/catalog")
    assert [o for o in graph.objects() if str(o).strip() in {"", "None", "mailto:", HOST + "None"}] == []
    node = uri("dcat:Dataset")
    assert [str(d) for d in graph.objects(next(graph.subjects(uri("rdf:type"), node)), uri("dct:description"))]
    assert list(violations(graph, DCAT_AP)) == []
    assert list(violations(graph, FLANDERS)) == []
    for absent in (
        "dcat:distribution",
        "dcat:keyword",
        "dct:temporal",
        "dqv:hasQualityMeasurement",
        "prov:wasGeneratedBy",
    ):
        assert (None, uri(absent), None) not in graph


def test_dcat_tells_quality_and_lineage(tenant: str) -> None:
    from rdflib import URIRef

    made_of = _full(tenant)
    make_dataset(tenant, "derived")
    make_version(tenant, "derived", inputs=[made_of.id], activity="freeze")
    graph = _graph("/data/bicycle-counts")
    measured = list(graph.objects(None, uri("dqv:hasQualityMeasurement")))
    names = [str(graph.value(one, uri("dqv:isMeasurementOf"))).rpartition("-")[2] for one in measured]
    shares = dict(zip(names, [graph.value(one, uri("dqv:value")).toPython() for one in measured], strict=True))
    assert shares == {"score": 0.98, "required": 0.98, "minimum": 1.0}
    activity = graph.value(URIRef(f"{HOST}data/bicycle-counts"), uri("prov:wasGeneratedBy"))
    assert graph.value(activity, uri("prov:startedAtTime")).toPython() == MOMENT
    derived = _graph("/data/derived")
    inputs = set(derived.objects(URIRef(f"{HOST}data/derived"), uri("prov:wasDerivedFrom")))
    assert URIRef(f"{HOST}data/bicycle-counts/versions/1") in inputs


def test_dcat_lineage_does_not_name_what_is_closed(tenant: str) -> None:
    make_dataset(tenant, "secret-lists", classification="confidential", classification_reason="persons")
    closed = make_version(tenant, "secret-lists")
    make_dataset(tenant, "open-sums")
    make_version(tenant, "open-sums", inputs=[closed.id], activity="freeze")
    for address in ("/catalog", "/data/open-sums", "/data/open-sums/versions/1"):
        assert "secret-lists" not in Client().get(address, headers={"accept": "text/turtle"}).content.decode()
    for address in ("/data/secret-lists", "/data/secret-lists/versions/1"):
        assert Client().get(address, headers={"accept": "text/turtle"}).status_code == 404


def test_catalog_shows_internal_data_to_a_key_that_may(tenant: str) -> None:
    make_dataset(tenant, "inside", classification="internal", classification_reason="being checked")
    secret, _actor = make_key(tenant, ["data:read"])
    ask = {"accept": "text/turtle", "authorization": f"Bearer {secret}"}
    shown = Client().get("/catalog", headers=ask)
    assert b"data/inside>" in shown.content
    assert b"access-right/RESTRICTED" in shown.content
    assert b"data/inside>" not in Client().get("/catalog", headers={"accept": "text/turtle"}).content
    assert {"Accept", "Authorization", "Cookie"} <= {name.strip() for name in shown.headers["Vary"].split(",")}


def test_harvested_dataset_keeps_its_own_name(tenant: str) -> None:
    from rdflib import Literal, URIRef

    there = "https://data.stad.example/id/trees"
    way = Distribution("https://data.stad.example/t", {"nl": "Bomen"}, "https://data.stad.example/t.csv", "CSV",
                       "text/csv", "https://creativecommons.org/licenses/by/4.0/", 12, "ab" * 32)  # fmt: skip
    make_dataset(tenant, "trees", uri=there, distributions=(way,), columns=())
    graph = _graph("/data/trees")
    [distribution] = graph.objects(URIRef(there), uri("dcat:distribution"))
    assert graph.value(distribution, uri("dcat:downloadURL")) == URIRef(way.download_url)
    assert graph.value(distribution, uri("dct:title")) == Literal("Bomen", lang="nl")
    assert graph.value(URIRef(there), uri("dct:issued")) is None
    record = next(graph.subjects(uri("foaf:primaryTopic"), URIRef(there)))
    assert str(record).startswith(HOST)
    assert URIRef(there) in set(_graph("/catalog").objects(URIRef(f"{HOST}catalog"), uri("dcat:dataset")))


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("", "text/html"),
        ("text/turtle", "text/turtle"),
        ("text/html;q=0.5, application/ld+json", "application/ld+json"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.1", "application/rdf+xml"),
        ("image/png", "text/html"),
    ],
)
@pytest.mark.parametrize("address", ADDRESSES[1:])
def test_negotiation_gives_what_is_asked(tenant: str, address: str, accept: str, expected: str) -> None:
    _full(tenant)
    response = Client().get(address, headers={"accept": accept} if accept else {})
    assert (response.status_code, response.headers["Content-Type"].partition(";")[0]) == (200, expected)
    assert "Accept" in response.headers["Vary"]


def test_negotiation_by_address_and_link(tenant: str) -> None:
    _full(tenant)
    for media_type, name in FORMS.items():
        for address in (f"/catalog.{name}", f"/catalog?format={name}", f"/data/bicycle-counts?format={name}"):
            assert Client().get(address).headers["Content-Type"].startswith(media_type)
        link = Client().get("/data/bicycle-counts").headers["Link"]
        assert f'</data/bicycle-counts?format={name}>; rel="alternate"; type="{media_type}"' in link
    assert Client().get("/catalog.exe").status_code == 404
    assert Client().get("/catalog", headers={"accept": "text/html,*/*;q=0.8"}).headers["Location"] == "/data"
    assert Client().get("/catalog", headers={"accept": "*/*"}).headers["Content-Type"].startswith("text/turtle")
    assert Client().post("/catalog").status_code in {403, 405}


@pytest.mark.parametrize("address", ADDRESSES)
def test_unchanged_graph_is_not_sent_again(tenant: str, address: str) -> None:
    _full(tenant)
    headers = {"accept": "text/turtle"}
    first = Client().get(address, headers=headers)
    again = {**headers, "if-none-match": first.headers["ETag"]}
    assert Client().get(address, headers=again).status_code == 304
    assert Client().get(address, headers={**again, "accept": "application/ld+json"}).status_code == 200
    models.Dataset.objects.filter(slug="bicycle-counts").update(title={"nl": "Anders"})
    assert Client().get(address, headers=again).status_code == 200


def _pages(monkeypatch: pytest.MonkeyPatch, size: int) -> list[Any]:
    """Follow hydra:next from the first page to the last, as a harvester does."""
    monkeypatch.setattr(face, "PAGE_DATASETS", size)
    pages, address = [], "/catalog.ttl"
    while address:
        graph = _graph(address)
        pages.append(graph)
        [*following] = graph.objects(None, uri("hydra:next"))
        address = str(following[0]).removeprefix(HOST.rstrip("/")) if following else ""
    return pages


def test_pages_together_are_the_catalogue(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slugs = {make_dataset(tenant, f"data-{number}").slug for number in range(7)}
    pages = _pages(monkeypatch, 3)
    found = [str(d).rpartition("/")[2] for page in pages for d in page.objects(None, uri("dcat:dataset"))]
    assert len(pages) == 3
    assert sorted(found) == sorted(slugs)
    assert {page.value(None, uri("hydra:totalItems")) for page in pages} == {None}
    assert {int(total) for page in pages for total in page.objects(None, uri("hydra:totalItems"))} == {7}


def test_page_leaves_nothing_out_when_others_come_and_go(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(6):
        make_dataset(tenant, f"data-{number}")
    monkeypatch.setattr(face, "PAGE_DATASETS", 3)
    first = _graph("/catalog.ttl")
    models.Dataset.objects.filter(slug__in=["data-0", "data-2"]).delete()
    make_dataset(tenant, "aaa-new")
    following = str(next(first.objects(None, uri("hydra:next")))).removeprefix(HOST.rstrip("/"))
    second = {str(d).rpartition("/")[2] for d in _graph(following).objects(None, uri("dcat:dataset"))}
    assert second == {"data-3", "data-4", "data-5"}
    assert Client().get("/catalog.ttl?page=7f; DROP").status_code == 400


def test_page_of_catalog_asks_as_much_of_a_large_one(tenant: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert Client().get("/catalog.ttl").status_code == 200
        return len(queries)

    first = _full(tenant)
    Client().get("/catalog.ttl")
    few = asked()
    for number in range(12):
        make_dataset(tenant, f"more-{number}")
        make_version(tenant, f"more-{number}", inputs=[first.id])
    assert asked() == few + 1  # the versions they were made of, in one statement
    assert few <= 9


def test_every_service_that_is_told_of_is_there(tenant: str) -> None:
    """No service is promised that does not answer at its address, nor a description of one."""
    make_dataset(tenant, "places", columns=(public.Column("lon", "DOUBLE"), public.Column("lat", "DOUBLE")))
    make_version(tenant, "places", pa.table({"lon": [2.7], "lat": [51.3]}))
    graph = _graph("/catalog")
    services = set(graph.subjects(uri("rdf:type"), uri("dcat:DataService")))
    assert len(services) == 7
    for service in services:
        path = str(graph.value(service, uri("dcat:endpointDescription"))).removeprefix(HOST.rstrip("/"))
        assert Client().get(path).status_code == 200, path


def test_every_download_that_is_told_of_is_there(tenant: str) -> None:
    _full(tenant)
    for address in ADDRESSES:
        for url in _graph(address).objects(None, uri("dcat:downloadURL")):
            assert Client().head(str(url).removeprefix(HOST.rstrip("/"))).status_code == 200, url
