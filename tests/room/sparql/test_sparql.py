"""Linked data: entities at their addresses, and SPARQL over what is open, asked with a client that is not ours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from spiegelstad.accounts.public import Tenant
from spiegelstad.base import apart
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.context.public import delete_entity
from spiegelstad.context.testing import make_entity
from spiegelstad.sparql import queries, store
from spiegelstad.sparql.building import refresh_all
from tests.conftest import People

pytestmark = pytest.mark.django_db
HOST = "teststad.localhost"
BASE = f"http://{HOST}/"
URN = "urn:ngsi-ld:OffStreetParking:P1"
PARKING = {
    "id": URN,
    "type": "OffStreetParking",
    "name": {"type": "Property", "value": "Parking Vrijdagmarkt (verzonnen)"},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [3.72, 51.05]}},
    "availableSpotNumber": {
        "type": "Property", "value": 121, "unitCode": "C62", "observedAt": "2026-11-22T10:00:00Z",
        "reliability": {"type": "Property", "value": 0.9},
    },
    "refRoad": {"type": "Relationship", "object": "urn:ngsi-ld:Road:R4"},
    "title": {"type": "LanguageProperty", "languageMap": {"nl": "Parking", "en": "Car park"}},
    "layout": {"type": "JsonProperty", "json": {"floors": [1, 2]}},
}  # fmt: skip


@pytest.fixture
def city(tenant: str) -> str:
    Tenant.objects.filter(id=tenant).update(host=HOST)
    make_entity(tenant, **PARKING)
    make_dataset(tenant)
    make_version(tenant)
    refresh_all()
    return tenant


def ask(query: str, **more: Any) -> Any:
    return Client().get("/sparql", {"query": query, **more}, headers={"host": HOST})


def bindings(query: str) -> list[dict[str, str]]:
    answer = ask(query)
    assert answer.status_code == 200, answer.content
    return [{name: cell["value"] for name, cell in row.items()} for row in answer.json()["results"]["bindings"]]


def test_entity_is_asked_in_terms_of_smart_data_models_and_sosa(city: str) -> None:
    """By names of the field, without knowing ours; the observation beside the value."""
    found = bindings("""
        PREFIX parking: <https://smartdatamodels.org/dataModel.Parking/>
        SELECT ?car_park ?name ?free ?moment ?lat WHERE {
          ?car_park a parking:OffStreetParking, <http://schema.mobivoc.org/#ParkingLot> ; rdfs:label ?name ;
            parking:availableSpotNumber ?free ; wgs84:lat ?lat .
          ?observation sosa:hasFeatureOfInterest ?car_park ; sosa:hasSimpleResult ?free ; sosa:resultTime ?moment .
          FILTER (LANG(?name) = "")
        }""")
    assert found == [
        {
            "car_park": f"{BASE}id/{URN}", "name": PARKING["name"]["value"], "free": "121", "lat": "51.05",
            "moment": "2026-11-22T10:00:00Z",
        }
    ]  # fmt: skip


def test_own_addresses_are_understood_and_told(city: str) -> None:
    """The store does not know the city's address, and nobody sees that."""
    assert bindings(f"SELECT ?road WHERE {{ <{BASE}id/{URN}> ngsi-ld:default-context\\/refRoad ?road }}") == [
        {"road": f"{BASE}id/urn:ngsi-ld:Road:R4"}
    ]
    datasets = bindings("SELECT ?dataset ?title WHERE { ?dataset a dcat:Dataset ; dct:title ?title }")
    assert {"dataset": f"{BASE}data/bicycle-counts", "title": "Gegevens bicycle-counts"} in datasets
    assert b"city.invalid" not in ask("SELECT * WHERE { GRAPH ?g { ?s ?p ?o } }").content


def test_changes_come_and_go(city: str, people: People) -> None:
    names = "SELECT ?name WHERE { ?thing dct:identifier ?id ; ngsi-ld:default-context\\/name ?name }"
    second = {"id": "urn:ngsi-ld:OffStreetParking:P2", "name": {"type": "Property", "value": "Twee"}}
    make_entity(city, **{**PARKING, **second})
    assert len(bindings(names)) == 1
    assert refresh_all()[city] == 1
    assert len(bindings(names)) == 2
    assert refresh_all()[city] == 0
    delete_entity(by=people.system, entity_id=URN)
    refresh_all()
    assert bindings(names) == [{"name": "Twee"}]


def test_what_is_closed_is_not_asked(city: str) -> None:
    """An attribute that the city closes is closed at once, and after building as well."""
    everything = "SELECT * WHERE { GRAPH ?g { ?s ?p ?o } }"
    Tenant.objects.filter(id=city).update(
        settings={"context": {"classifications": {"availableSpotNumber": {"classification": "confidential"}}}}
    )
    answer = ask(everything)
    assert answer.status_code == 503 and "121" not in answer.content.decode()
    refresh_all()
    answer = ask(everything)
    assert answer.status_code == 200 and '"121"' not in answer.content.decode() and URN in answer.content.decode()
    page = Client().get(f"/id/{URN}", headers={"host": HOST, "accept": "text/turtle"})
    assert page.status_code == 200 and b"121" not in page.content


def test_dataset_that_is_closed_is_closed_at_once(city: str) -> None:
    make_dataset(city, classification="internal", classification_reason="te vroeg open")
    assert ask("ASK { ?s ?p ?o }").status_code == 503
    refresh_all()
    assert bindings(f"SELECT ?p WHERE {{ <{BASE}data/bicycle-counts> ?p ?o }}") == []


def test_other_city_is_another_graph(city: str, other_tenant: str) -> None:
    refresh_all()
    answer = Client().get("/sparql", {"query": "SELECT * WHERE { ?s ?p ?o }"}, headers={"host": "anderstad.localhost"})
    assert answer.status_code == 200 and answer.json()["results"]["bindings"] == []


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("SELECT nonsense", 400, "not correct"),
        ("INSERT DATA { <a:b> <c:d> 1 }", 400, "not correct"),
        ("SELECT * WHERE { SERVICE <http://127.0.0.1:8000/sparql> { ?s ?p ?o } }", 400, "asks no other"),
        ("SELECT * WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }", 413, ""),
        ("SELECT (SHA512(STR(?j)) AS ?x) WHERE { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } ORDER BY ?x", 413, ""),
        ("SELECT * WHERE {" + "{" * 9_000 + "}" * 9_000 + "}", 400, ""),
        ("#" * 30_000, 400, "longer than"),
    ],
)  # fmt: skip
def test_query_that_may_not_run_is_told_why(
    city: str, query: str, status: int, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MAX_SECONDS", 2.0)
    monkeypatch.setattr(queries, "MAX_MEMORY_MB", 200)
    answer = ask(query)
    assert answer.status_code in {status, 413}, answer.content
    assert says in answer.json()["detail"]
    assert str(django_settings.VAR) not in answer.content.decode()
    assert ask("ASK { ?s ?p ?o }").json()["boolean"] is True


def test_service_reaches_nothing(city: str, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when its failure is to be silent: the address that is listening hears nothing."""
    heard: list[str] = []
    monkeypatch.setattr(
        "spiegelstad.sparql.http_api._base", lambda request: heard.append(request.path) or BASE
    )  # every request of this room passes here
    answer = ask(f"SELECT * WHERE {{ SERVICE SILENT <{live_server.url}/sparql?query=ASK%7B%7D> {{ ?s ?p ?o }} }}")
    assert answer.status_code == 200 and heard == ["/sparql"]


def test_protocol_in_all_its_forms(city: str) -> None:
    query, client = "SELECT ?s WHERE { ?s a sosa:Observation }", Client(headers={"host": HOST})
    for answer in (
        client.post("/sparql", urlencode({"query": query}), content_type="application/x-www-form-urlencoded"),
        client.post("/sparql", query, content_type="application/sparql-query"),
    ):
        assert answer.json()["results"]["bindings"][0]["s"]["value"] == f"{BASE}id/{URN}#availableSpotNumber"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    for wanted in ("application/sparql-results+xml", "text/csv", "text/tab-separated-values"):
        answer = client.get("/sparql", {"query": query}, headers={"accept": wanted})
        assert answer.headers["Content-Type"] == wanted and URN in answer.content.decode()
    for wanted in ("text/turtle", "application/ld+json", "application/rdf+xml", "application/n-triples"):
        answer = client.get(
            "/sparql", {"query": "DESCRIBE ?s WHERE {?s a sosa:Observation}"}, headers={"accept": wanted}
        )
        assert answer.headers["Content-Type"] == wanted and "availableSpotNumber" in answer.content.decode()
        assert "SPARQL11Query" in client.get("/sparql", headers={"accept": wanted}).content.decode()
    update = urlencode({"update": "CLEAR ALL"})
    assert client.post("/sparql", update, content_type="application/x-www-form-urlencoded").status_code == 400
    assert client.post("/sparql", b"{}", content_type="application/json").status_code == 415
    assert client.post("/sparql", b"\xff", content_type="application/sparql-query").status_code == 400
    assert client.get("/sparql", {"query": query, "default-graph-uri": "no iri"}).status_code == 400
    assert client.get("/sparql", {"query": query}, headers={"accept": "image/png"}).status_code == 406


def test_page_shows_what_was_found(city: str) -> None:
    client = Client(headers={"host": HOST, "accept": "text/html"})
    assert "sosa:Observation" in client.get("/sparql").content.decode()
    page = client.get("/sparql", {"query": "SELECT ?s WHERE { ?s a sosa:Observation }"}).content.decode()
    assert f'<a href="{BASE}id/{URN}#availableSpotNumber">' in page
    wrong = client.get("/sparql", {"query": "SELECT <script>"})
    assert wrong.status_code == 400 and "<script>" not in wrong.content.decode()
    page = client.get(f"/id/{URN}").content.decode()
    assert "Parking Vrijdagmarkt (verzonnen)" in page and "sosa:resultTime" in page


def test_entity_is_the_same_graph_in_every_form(city: str) -> None:
    """Read back by another library."""
    from rdflib import RDF, Graph, URIRef
    from rdflib.compare import isomorphic

    graphs = []
    for wanted, form in (("text/turtle", "turtle"), ("application/ld+json", "json-ld"), ("application/rdf+xml", "xml")):
        answer = Client().get(f"/id/{URN}", headers={"host": HOST, "accept": wanted})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            graphs.append(Graph().parse(data=answer.content, format=form))
    assert (URIRef(f"{BASE}id/{URN}"), RDF.type, URIRef("http://schema.mobivoc.org/#ParkingLot")) in graphs[0]
    assert len(graphs[0]) > 25 and isomorphic(graphs[0], graphs[1]) and isomorphic(graphs[0], graphs[2])
    assert Client().get("/id/urn:ngsi-ld:No:1", headers={"host": HOST, "accept": "text/turtle"}).status_code == 404


def test_killed_build_is_done_again(city: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a build that was killed left behind, the next one makes it right and sweeps."""
    make_entity(city, **{**PARKING, "id": "urn:ngsi-ld:OffStreetParking:P2"})
    with monkeypatch.context() as breaking:
        breaking.setattr(store, "_sweep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            refresh_all()
    refresh_all()
    assert bindings("SELECT (COUNT(?s) AS ?n) WHERE { ?s a sosa:Observation }") == [{"n": "2"}]


@pytest.fixture(autouse=True, scope="module")
def _end_workers() -> Iterator[None]:
    yield
    apart.pool_of(queries._MODULE).close()


@pytest.mark.django_db(transaction=True)
def test_client_of_others_asks(tenant: str, live_server: LiveServer) -> None:
    """SPARQLWrapper, over HTTP."""
    from SPARQLWrapper import JSON, SPARQLWrapper

    Tenant.objects.filter(id=tenant).update(host="localhost")
    make_entity(tenant, **PARKING)
    refresh_all()
    client = SPARQLWrapper(f"{live_server.url}/sparql")
    client.setReturnFormat(JSON)
    client.setQuery("SELECT ?name WHERE { ?s <https://uri.etsi.org/ngsi-ld/default-context/name> ?name }")
    found = client.queryAndConvert()
    assert [row["name"]["value"] for row in found["results"]["bindings"]] == [PARKING["name"]["value"]]
    client.setQuery("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    client.setReturnFormat("turtle")
    assert URN.encode() in client.queryAndConvert()
