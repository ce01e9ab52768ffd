"""The services that give a city's data: each with its address, what describes it, and the datasets it serves."""

from collections.abc import Callable
from dataclasses import dataclass

from spiegelstad.base.localised import Localised
from spiegelstad.catalogue.description import CatalogDescription, Description, Page
from spiegelstad.catalogue.formats.dcat import parts, terms
from spiegelstad.catalogue.formats.dcat.graph import Graph, Node


@dataclass(frozen=True, slots=True)
class Service:
    """A service: `endpoint` and `description` are paths under the host, `standards` are URIs."""

    name: str
    title: Localised
    endpoint: str
    description: str
    standards: tuple[str, ...]
    serves: Callable[[Description], bool]


def _nothing(_found: Description) -> bool:
    return False


SERVICES = (
    Service(
        "tabular",
        {"nl": "Rijen van datasets", "en": "Rows of datasets"},
        "data",
        "data/openapi.json",
        ("https://spec.openapis.org/oas/v3.1.0",),
        lambda found: found.is_tabular,
    ),
    Service(
        "ckan",
        {"nl": "CKAN-API (lezen)", "en": "CKAN API (read)"},
        "api/3",
        "api/3/action/status_show",
        ("https://docs.ckan.org/en/latest/api/",),
        lambda found: found.is_tabular,
    ),
    Service(
        "ogc",
        {"nl": "OGC API Features, Records en tegels", "en": "OGC API Features, Records and tiles"},
        "ogc",
        "ogc/api",
        ("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",),
        lambda found: found.is_tabular and found.is_geographic,
    ),
    Service(
        "ldes",
        {"nl": "Stromen van gebeurtenissen (LDES)", "en": "Event streams (LDES)"},
        "streams",
        "streams",
        ("https://w3id.org/ldes/specification", "https://w3id.org/tree/specification"),
        lambda found: found.is_tabular,
    ),
    Service(
        "sparql",
        {"nl": "SPARQL over de open dingen van de stad", "en": "SPARQL over the open entities of the city"},
        "sparql",
        "sparql",
        ("https://www.w3.org/TR/sparql11-protocol/",),
        _nothing,
    ),
    Service(
        "ngsi-ld",
        {"nl": "Contextdata (NGSI-LD)", "en": "Context data (NGSI-LD)"},
        "ngsi-ld/v1",
        "ngsi-ld/v1/openapi.json",
        ("https://www.etsi.org/deliver/etsi_gs/CIM/001_099/009/01.08.01_60/gs_CIM009v010801p.pdf",),
        _nothing,
    ),
    Service(
        "sensorthings",
        {"nl": "Waarnemingen (SensorThings)", "en": "Observations (SensorThings)"},
        "sensorthings/v1.1",
        "sensorthings/v1.1",
        ("http://www.opengis.net/spec/iot_sensing/1.1/req/datamodel",),
        _nothing,
    ),
)


def write_services(graph: Graph, catalog: CatalogDescription, page: Page) -> list[Node]:
    """Write the services that serve datasets of this page; on the first page those of entities, which serve none."""
    is_first = page.uri == page.first
    pairs = [(service, [found for found in page.datasets if service.serves(found)]) for service in SERVICES]
    return [
        _service(graph, catalog, service, served)
        for service, served in pairs
        if served or (is_first and service.serves is _nothing)
    ]


def _service(graph: Graph, catalog: CatalogDescription, service: Service, served: list[Description]) -> Node:
    uri = f"{catalog.uri}#service-{service.name}"
    node = graph.node(uri, "dcat:DataService").text("dct:title", service.title).value("dct:identifier", uri)
    node.link("dcat:endpointURL", f"{catalog.host}{service.endpoint}")
    documentation = graph.node(f"{catalog.host}{service.description}", "foaf:Document")
    node.link("dcat:endpointDescription", documentation).link("foaf:page", documentation)
    node.link("dct:publisher", parts.city(graph, catalog))
    node.link("dcat:contactPoint", parts.city_contact(graph, catalog))
    node.link("dct:accessRights", parts.access_rights(graph, "public"))
    node.link("mdcat:statuut", parts.flemish(graph, terms.OPEN_SERVICE))
    parts.standards(graph, node, service.standards)
    for dataset in served:
        node.link("dcat:servesDataset", dataset.uri)
        parts.high_value(graph, node, dataset.hvd_category)
    return node
