"""The catalogue as linked data: three forms, one graph; at every address by what is asked for; nothing that is closed."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from spiegelstad.catalogue import public
from spiegelstad.catalogue.public import Contact, Coverage, Distribution, Quality, QualityCheck, RunInfo
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),  # inside rdflib's parser
]
MOMENT = datetime(2024, 7, 1, 6, 30, tzinfo=UTC)
FORMS = {"text/turtle": "ttl", "application/ld+json": "jsonld", "application/rdf+xml": "rdf"}
DATA = "http://testserver/data"


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
    names = {"text/turtle": "turtle", "application/ld+json": "json-ld", "application/rdf+xml": "xml"}
    return Graph().parse(data=response.content, format=names[accept])


@pytest.mark.parametrize("address", ["/catalog", "/data/bicycle-counts", "/data/bicycle-counts/versions/1"])
def test_dcat_three_forms_one_graph(tenant: str, address: str) -> None:
    from rdflib.compare import isomorphic

    _full(tenant)
    first, *others = (_graph(address, accept) for accept in FORMS)
    assert len(first) > 60
    for other in others:
        assert isomorphic(first, other)


SHAPES = "catalogue/dcat-ap_2.0.1_shacl_shapes.ttl"
SHA1_ONLY = "http://spdx.org/rdf/terms#algorithm"


def _violations(graph: Any, shapes: Any) -> list[tuple[str, str, str]]:
    """Return what is wrong by the shapes: (node, path, message)."""
    import pyshacl
    from rdflib.namespace import SH

    _conforms, report, _text = pyshacl.validate(graph, shacl_graph=shapes, inference="none")
    return sorted(
        (
            str(report.value(found, SH.focusNode)),
            str(report.value(found, SH.resultPath)),
            str(report.value(found, SH.resultMessage)),
        )
        for found in report.subjects(SH.resultSeverity, SH.Violation)
    )


@pytest.mark.parametrize("address", ["/catalog", "/data/bicycle-counts", "/data/bicycle-counts/versions/1"])
def test_dcat_keeps_the_shapes_of_semic(tenant: str, shared_data: Path, address: str) -> None:
    from rdflib import Graph

    _full(tenant)
    shapes = Graph().parse(shared_data / SHAPES)
    found = _violations(_graph(address), shapes)
    # These shapes of 2.0.1 know SHA-1 alone; since 2.1 every algorithm is right.
    assert [wrong for wrong in found if wrong[1] != SHA1_ONLY] == []
