"""A page of the catalogue: the catalogue itself, its services, and some of its datasets."""

from spiegelstad.catalogue.description import CatalogDescription, Page
from spiegelstad.catalogue.formats.dcat import parts, terms
from spiegelstad.catalogue.formats.dcat.dataset import write_dataset
from spiegelstad.catalogue.formats.dcat.graph import Graph, Node
from spiegelstad.catalogue.formats.dcat.services import write_services

_CC0 = "https://data.vlaanderen.be/id/licentie/creative-commons-zero-verklaring/v1.0"


def write_page(graph: Graph, catalog: CatalogDescription, page: Page) -> None:
    """Write a page. Its datasets and their services are those of this page; together the pages are the catalogue."""
    node = graph.node(catalog.uri, "dcat:Catalog", "hydra:Collection")
    _about(graph, node, catalog)
    for found in page.datasets:
        node.link("dcat:dataset", write_dataset(graph, catalog, found)).link("dcat:record", f"{found.page}#record")
    node.link("dcat:service", *write_services(graph, catalog, page))
    node.value("dct:issued", catalog.issued_at).value("dct:modified", page.changed_at)
    node.value("hydra:totalItems", page.total, "xsd:integer")
    view = graph.node(page.uri, "hydra:PartialCollectionView")
    node.link("hydra:view", view.link("hydra:first", page.first).link("hydra:next", page.next))


def _about(graph: Graph, node: Node, catalog: CatalogDescription) -> None:
    names = {language: catalog.name.get(language) or catalog.name.get("nl", "") for language in ("nl", "en")}
    node.text("dct:title", {"nl": f"Open data van {names['nl']}", "en": f"Open data of {names['en']}"})
    told = {
        "nl": f"De datasets van {names['nl']} die u mag lezen, met hun versies, herkomst en kwaliteit.",
        "en": f"The datasets of {names['en']} that you may read, with their versions, origin and quality.",
    }
    node.text("dct:description", told).value("dct:identifier", catalog.uri)
    node.link("dct:publisher", parts.city(graph, catalog))
    node.link("dcat:contactPoint", parts.city_contact(graph, catalog))
    node.link("dct:license", parts.licence(graph, _CC0))
    node.link("foaf:homepage", graph.node(f"{catalog.host}data", "foaf:Document"))
    parts.languages(graph, node, catalog.languages)
    for uri, title in (
        (f"{terms.EU}data-theme", {"nl": "Datathema's van de EU", "en": "Data themes of the EU"}),
        (f"{catalog.uri}#themes", {"nl": f"Thema's van {names['nl']}", "en": f"Themes of {names['en']}"}),
    ):
        scheme = graph.node(uri, "skos:ConceptScheme").text("dct:title", title)
        node.link("dcat:themeTaxonomy", scheme)
    if catalog.bounds is not None:
        node.link("dct:spatial", parts.location(graph, f"{catalog.uri}#place", catalog.bounds))
