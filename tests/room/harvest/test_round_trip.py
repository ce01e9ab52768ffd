"""Our own catalogue, harvested into a second city and from there into a third, loses nothing."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rdflib import DCAT, RDF, Graph, URIRef

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_tenant
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.describing import describe, describe_catalog
from spiegelstad.catalogue.description import Description, Page
from spiegelstad.catalogue.formats import dcat
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.testing import definition, make_source
from tests.room.harvest.portals import Answered, Portal

ELSEWHERE = "http://anderstad.localhost/"
pytestmark = pytest.mark.django_db
OF_ITS_PLACE = {"id", "page", "slug", "record_issued_at", "record_modified_at"}
"""What the description says of the catalogue that it stands in, not of the dataset."""
AS_STATEMENTS = {
    "replaced_by",
    "issued_at",
    "modified_at",
    "current",
    "versions",
    "is_tabular",
    "is_geographic",
    "statements",
}
"""What only who keeps the data has in fields; elsewhere it is told by statements, which the graphs compare."""


def fill(tenant: str) -> None:
    """Make datasets that have everything that a description can hold, and one that has next to nothing."""
    full: dict[str, Any] = {
        "title": {"nl": "Fietstellingen", "en": "Bicycle counts"},
        "description": {"nl": "Elk uur geteld.\n\nMet twee lussen.", "en": "Counted every hour."},
        "keywords": {"nl": ["fiets", "verkeer"], "en": ["bicycle"]},
        "hvd_category": "c_b79e35eb",
        "frequency": "DAILY",
        "contact": catalogue.Contact("Dienst Mobiliteit", "mobiliteit@stad.example", "https://stad.example/mobiliteit"),
        "landing_page": "https://stad.example/fietsen",
        "conforms_to": ("https://data.vlaanderen.be/doc/applicatieprofiel/verkeersmetingen",),
        "is_authoritative": True,
        "legal_basis": "Decreet lokaal bestuur, artikel 2.",
        "source": catalogue.SourceInfo("Tellers", "https://stad.example/tellers", "Stad Voorbeeld"),
    }
    make_dataset(tenant, "bicycle-counts", **full)
    make_dataset(tenant, "old-counts", landing_page="https://stad.example/oud")
    make_version(tenant, "old-counts")
    covers = catalogue.Coverage(
        datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 12, 31, tzinfo=UTC), (3.6, 51.0, 3.8, 51.1)
    )  # fmt: skip
    checks = (catalogue.QualityCheck("required", "place", 2, 0, 1.0),)
    make_version(tenant, "bicycle-counts", coverage=covers, quality=catalogue.Quality(checks, 1.0))
    for theme in catalogue.Theme:
        make_dataset(
            tenant,
            f"about-{theme}",
            theme=theme.value,
            source=catalogue.SourceInfo("Tellers", "https://stad.example/x", "Stad"),
        )
        make_version(tenant, f"about-{theme}")
    change = catalogue.Change(catalogue.Status.DEPRECATED, "Er wordt niet meer geteld.", "bicycle-counts")
    catalogue.change_status(by=Actor.system(tenant, "tests"), slug="old-counts", change=change)


def catalogue_of(host: str, portal: Portal, path: str) -> None:
    """Let `portal` answer as the city does that has this host: every page, read now."""
    pages, client = {}, Client(headers={"host": host, "accept": "text/turtle"})
    address = "/catalog"
    while address:
        response = client.get(address)
        assert response.status_code == 200, response.content
        query = address.partition("?page=")[2]
        pages[query] = Answered(response.content, "text/turtle")
        text = response.content.decode()
        address = text.split("hydra:next <", 1)[1].split(">", 1)[0].split(host, 1)[1] if "hydra:next <" in text else ""
    portal.pages[path] = lambda given, _headers: pages[given.get("page", "")]


def told(tenant: str, host: str) -> dict[str, Description]:
    """Return what a city tells of every dataset, by URI."""
    by = Actor.anonymous(tenant)
    return {one.uri: one for one in describe(by, catalogue.datasets(by), host)}


def graph_of(tenant: str, host: str) -> Graph:
    """Return the whole catalogue of a city as a client of others reads it."""
    by = Actor.anonymous(tenant)
    whole, first = tuple(describe(by, catalogue.datasets(by), host)), f"{host}catalog?page=1"
    page = dcat.to_graph(describe_catalog(tenant, host), Page(uri=first, first=first, datasets=whole))
    return Graph().parse(dcat.serialise(page, dcat.Form.TURTLE), format="turtle")


def triples(graph: Graph, one: Description) -> set[tuple[str, ...]]:
    """Return all that is said of a dataset and of what belongs to it, without the record of the catalogue.

    The names that a catalogue makes (below the page of the dataset, below the catalogue) differ, and are named alike.
    """
    found, waiting, seen = set(), [URIRef(one.uri)], {URIRef(one.uri)}
    while waiting:
        about = waiting.pop()
        for predicate, value in graph.predicate_objects(about):
            found.add(tuple(name(term, one) for term in (about, predicate, value)))
            apart = (value, RDF.type, DCAT.Dataset) in graph or str(value).endswith("/catalog#themes")
            if isinstance(value, URIRef) and value not in seen and not apart:
                seen.add(value)
                waiting.append(value)
    return found


def name(term: Any, one: Description) -> str:
    text = term.n3()
    for start in (one.page, one.uri):
        if text[1:].startswith(f"{start}#"):  # an address, or the identifier that says the same
            return f"{text[0]}page{text[1:].removeprefix(start)}"
    return re.sub(r"^<[^#]*/catalog#", "<catalog#", text)


def same(one: str, other: str, host: str, elsewhere: str) -> None:
    """Compare what two cities tell of the same datasets, field by field and statement by statement."""
    first, second = told(one, host), told(other, elsewhere)
    assert first.keys() == second.keys() and len(first) == 2 + len(catalogue.Theme)
    here, there = graph_of(one, host), graph_of(other, elsewhere)
    compared = [field.name for field in fields(Description) if field.name not in OF_ITS_PLACE | AS_STATEMENTS]
    for uri in first:
        for name in compared:
            assert getattr(second[uri], name) == getattr(first[uri], name), (uri, name)
        before, after = triples(here, first[uri]), triples(there, second[uri])
        assert len(before) > 20 and (before - after, after - before) == (set(), set()), uri


def test_catalogue_of_ours_loses_nothing(tenant: str, other_tenant: str, tmp_path: Path, portal: Portal) -> None:
    """Into a second city, from there into a third, and back into the first, which knows its own."""
    make_tenant(tenant, host="127.0.0.1")
    third = make_tenant("derdestad", host="derdestad.localhost").id
    fill(tenant)
    catalogue_of(portal.url.removeprefix("http://"), portal, "/catalog")
    by = make_source(other_tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.state, ended.quarantined, ended.findings) == ("succeeded", 0, 0), harvest.report(by, "buren")
    same(tenant, other_tenant, f"{portal.url}/", ELSEWHERE)
    catalogue_of("anderstad.localhost", portal, "/second")
    by = make_source(third, tmp_path, definition(address=f"{portal.url}/second"))
    assert harvest.run_source(by=by, slug="buren").taken == 2 + len(catalogue.Theme)
    same(tenant, third, f"{portal.url}/", "http://derdestad.localhost/")
    own = catalogue.datasets(Actor.system(tenant, "tests"))
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/second"))
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.taken, ended.quarantined) == (0, len(own)) and catalogue.datasets(by) == own
    wrong = {one.wrong.value for record in harvest.report(by, "buren") for one in record.findings}
    assert wrong == {"own"}
