"""DCAT-AP 3.0.1 and DCAT-AP Vlaanderen of the catalogue: `to_quads` and `serialise` are the door. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from pyoxigraph import Quad, RdfFormat, serialize

from spiegelstad.catalogue.description import CatalogDescription, Description, Page, VersionDescription
from spiegelstad.catalogue.formats.dcat import jsonld
from spiegelstad.catalogue.formats.dcat.catalog import write_page
from spiegelstad.catalogue.formats.dcat.dataset import write_dataset, write_version
from spiegelstad.catalogue.formats.dcat.graph import Graph
from spiegelstad.catalogue.formats.dcat.terms import PREFIXES

__all__ = ["MEDIA_TYPES", "Form", "serialise", "to_quads"]


class Form(StrEnum):
    """How a graph is written, by the end of its address."""

    TURTLE = "ttl"
    JSON_LD = "jsonld"
    RDF_XML = "rdf"


MEDIA_TYPES = {
    Form.TURTLE: "text/turtle",
    Form.JSON_LD: "application/ld+json",
    Form.RDF_XML: "application/rdf+xml",
}


def to_quads(
    catalog: CatalogDescription, told: Page | Description | VersionDescription, *, of: Description | None = None
) -> list[Quad]:
    """Return a page of the catalogue, a dataset, or a version (then `of` is its dataset) in the default graph."""
    graph = Graph()
    if isinstance(told, Page):
        write_page(graph, catalog, told)
    elif isinstance(told, Description):
        write_dataset(graph, catalog, told)
    else:
        assert of is not None
        write_version(graph, catalog, of, told)
    return list(graph.quads())


def serialise(quads: Sequence[Quad], form: Form) -> bytes:
    """Write a graph, in UTF-8."""
    if form is Form.JSON_LD:
        return jsonld.write(quads)
    written = serialize(quads, format=RdfFormat.TURTLE if form is Form.TURTLE else RdfFormat.RDF_XML, prefixes=PREFIXES)
    assert written is not None
    return written
