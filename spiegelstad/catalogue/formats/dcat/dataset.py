"""A dataset, and one version of it, as DCAT-AP 3.0.1 and DCAT-AP Vlaanderen 3."""

from spiegelstad.catalogue.description import CatalogDescription, Description, VersionDescription
from spiegelstad.catalogue.formats.dcat import parts, terms
from spiegelstad.catalogue.formats.dcat.graph import Graph, Node
from spiegelstad.catalogue.vocabulary import LICENCES, Status


def write_dataset(graph: Graph, catalog: CatalogDescription, found: Description) -> Node:
    """Write a dataset with the contents of its current version, and its record in the catalogue."""
    node = graph.node(found.uri, "dcat:Dataset")
    _words(graph, node, catalog, found)
    node.value("dct:issued", found.issued_at).value("dct:modified", found.modified_at)
    node.link("dct:accrualPeriodicity", _frequency(graph, found.frequency))
    node.link("adms:status", parts.status(graph, terms.DATASET_STATUS[Status(found.status)]))
    node.link("dct:isReplacedBy", found.replaced_by)
    parts.standards(graph, node, found.conforms_to)
    parts.high_value(graph, node, found.hvd_category)
    if found.legal_basis:
        basis = graph.node(f"{found.page}#legal-basis", "dpv:LegalBasis")
        node.link("dpv:hasLegalBasis", basis.text("dct:description", {"nl": found.legal_basis}))
    if found.is_authoritative:
        statement = graph.node(f"{catalog.uri}#authoritative", "dct:ProvenanceStatement")
        label = {"nl": "Authentieke bron", "en": "Authoritative source"}
        node.link("dct:provenance", statement.text("rdfs:label", label))
    for position, way in enumerate(found.distributions, 1):
        uri = f"{found.page}#distribution-{position}"
        node.link("dcat:distribution", parts.distribution(graph, uri, way, bool(found.hvd_category)))
    _versions(node, found)
    parts.lineage(graph, node, found.page, found.source, found.current.origin if found.current else None)
    if found.current is not None:
        parts.coverage(graph, node, found.page, found.current.coverage)
        parts.quality(graph, node, found.page, catalog.uri, found.current.quality)
    if found.statements:
        graph.also(found.statements, found.page, catalog.host)
    _record(graph, node, found)
    return node


def write_version(graph: Graph, catalog: CatalogDescription, found: Description, version: VersionDescription) -> Node:
    """Write one version of a dataset: a dataset of its own, which never changes."""
    node = graph.node(version.uri, "dcat:Dataset")
    _words(graph, node, catalog, found, f" ({version.number})")
    node.link("dcat:isVersionOf", found.uri).value("dcat:version", version.number)
    node.value("dct:issued", version.published_at).value("dct:modified", version.published_at)
    for position, way in enumerate(version.distributions, 1):
        uri = f"{version.uri}#distribution-{position}"
        node.link("dcat:distribution", parts.distribution(graph, uri, way, bool(found.hvd_category)))
    parts.standards(graph, node, found.conforms_to)
    parts.high_value(graph, node, found.hvd_category)
    parts.coverage(graph, node, version.uri, version.coverage)
    parts.quality(graph, node, version.uri, catalog.uri, version.quality)
    parts.lineage(graph, node, version.uri, found.source, version.origin)
    return node


def _words(graph: Graph, node: Node, catalog: CatalogDescription, found: Description, suffix: str = "") -> None:
    """Write what people find it by, and who answers for it."""
    title = {language: text + suffix for language, text in found.title.items() if text}
    node.text("dct:title", title).text("dct:description", found.description or title)
    node.value("dct:identifier", node.address)
    for language, words in found.keywords.items():
        for word in words:
            node.text("dcat:keyword", {language: word})
    parts.languages(graph, node, set(found.title) | set(found.description))
    publisher = parts.agent(graph, f"{found.page}#publisher", found.publisher)
    node.link("dct:publisher", publisher or parts.city(graph, catalog))
    contact = parts.contact(graph, f"{found.page}#contact", found.contact)
    node.link("dcat:contactPoint", contact or parts.city_contact(graph, catalog))
    node.link("dcat:landingPage", graph.named(found.landing_page, "foaf:Document"))
    node.link("dct:accessRights", parts.access_rights(graph, found.classification))
    _theme(graph, node, catalog, found.theme)
    if found.classification == "public" and found.licence_uri in LICENCES:
        node.link("mdcat:statuut", parts.flemish(graph, terms.OPEN_DATA), parts.flemish(graph, terms.FREE_OF_CHARGE))
    if found.is_geographic:
        node.link("mdcat:statuut", parts.flemish(graph, terms.GEODATA))


def _theme(graph: Graph, node: Node, catalog: CatalogDescription, theme: str) -> None:
    """Write the theme as the EU, as Flanders (where it is the same) and as we name it."""
    scheme = f"{terms.EU}data-theme"
    broader = [graph.concept(f"{scheme}/{code}", terms.DATA_THEMES[code], scheme) for code in terms.EU_THEMES[theme]]
    own = graph.concept(f"{catalog.uri}#theme-{theme}", terms.theme_label(theme), f"{catalog.uri}#themes")
    own.link("skos:broadMatch", *broader).value("skos:notation", theme)
    node.link("dcat:theme", *broader, own)
    if theme in terms.FLEMISH_THEMES:
        node.link("mdcat:MAGDA-categorie", parts.flemish(graph, terms.FLEMISH_THEMES[theme]))


def _frequency(graph: Graph, code: str) -> Node | None:
    return graph.node(f"{terms.EU}frequency/{code}", "dct:Frequency") if code else None


def _versions(node: Node, found: Description) -> None:
    """Point to the versions (DCAT 3). They are told of under their own addresses, so that nobody counts them twice."""
    if found.current is not None:
        node.link("dcat:hasCurrentVersion", found.current.uri).value("dcat:version", found.current.number)
    node.link("dcat:hasVersion", *(uri for uri, _number, _at in found.versions))


def _record(graph: Graph, node: Node, found: Description) -> None:
    uri = f"{found.page}#record"
    record = graph.node(uri, "dcat:CatalogRecord").link("foaf:primaryTopic", node).value("dct:identifier", uri)
    record.value("dct:issued", found.record_issued_at).value("dct:modified", found.record_modified_at)
    parts.standards(graph, record, (terms.PROFILE,))
    parts.languages(graph, record, set(found.title))
