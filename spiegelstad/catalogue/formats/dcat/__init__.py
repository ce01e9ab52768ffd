"""DCAT-AP 3.0.1 and DCAT-AP Vlaanderen of the catalogue: `to_graph` and `serialise` are the door. Pure."""

from enum import StrEnum

from spiegelstad.catalogue.description import CatalogDescription, Description, Page, VersionDescription
from spiegelstad.catalogue.formats.dcat import jsonld, rdfxml, turtle
from spiegelstad.catalogue.formats.dcat.catalog import write_page
from spiegelstad.catalogue.formats.dcat.dataset import write_dataset, write_version
from spiegelstad.catalogue.formats.dcat.graph import Graph

__all__ = ["MEDIA_TYPES", "Form", "Graph", "serialise", "to_graph"]


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


def to_graph(
    catalog: CatalogDescription, told: Page | Description | VersionDescription, *, of: Description | None = None
) -> Graph:
    """Return a page of the catalogue, a dataset, or a version (then `of` is its dataset)."""
    graph = Graph()
    if isinstance(told, Page):
        write_page(graph, catalog, told)
    elif isinstance(told, Description):
        write_dataset(graph, catalog, told)
    else:
        assert of is not None
        write_version(graph, catalog, of, told)
    return graph


_WRITERS = {Form.TURTLE: turtle.write, Form.JSON_LD: jsonld.write, Form.RDF_XML: rdfxml.write}


def serialise(graph: Graph, form: Form) -> bytes:
    """Write a graph, in UTF-8."""
    return _WRITERS[form](graph)
