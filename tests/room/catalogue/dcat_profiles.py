"""What DCAT-AP 3.0.1 and DCAT-AP Vlaanderen 3 (2026-02-12) ask, written from their tables of properties.

Checked without SHACL, so that an error in shapes or in their engine does not hide one of ours.
"""

from collections.abc import Iterator
from typing import Any

from spiegelstad.catalogue.formats.dcat.terms import PREFIXES

MANY = 10_000
Rule = tuple[int, int, str]
"""How often at least, how often at most, and what it is: a kind of literal, `iri`, or the class of the node."""

DCAT_AP: dict[str, dict[str, Rule]] = {
    "dcat:Catalog": {
        "dct:title": (1, MANY, "text"), "dct:description": (1, MANY, "text"), "dct:publisher": (1, 1, "foaf:Agent"),
        "dct:license": (0, 1, "dct:LicenseDocument"), "dct:issued": (0, 1, "moment"),
        "dct:modified": (0, 1, "moment"), "foaf:homepage": (0, 1, "foaf:Document"),
        "dct:language": (0, MANY, "dct:LinguisticSystem"), "dct:spatial": (0, MANY, "dct:Location"),
        "dcat:dataset": (0, MANY, "dcat:Dataset"), "dcat:record": (0, MANY, "dcat:CatalogRecord"),
        "dcat:service": (0, MANY, "dcat:DataService"), "dcat:themeTaxonomy": (0, MANY, "skos:ConceptScheme"),
    },
    "dcat:CatalogRecord": {
        "foaf:primaryTopic": (1, 1, "iri"), "dct:modified": (1, 1, "moment"), "dct:issued": (0, 1, "moment"),
        "dct:conformsTo": (0, MANY, "dct:Standard"), "dct:language": (0, MANY, "dct:LinguisticSystem"),
    },
    "dcat:Dataset": {
        "dct:title": (1, MANY, "text"), "dct:description": (1, MANY, "text"), "dct:publisher": (0, 1, "foaf:Agent"),
        "dct:accessRights": (0, 1, "dct:RightsStatement"), "dct:accrualPeriodicity": (0, 1, "dct:Frequency"),
        "dcat:contactPoint": (0, MANY, "vcard:Kind"), "dcat:distribution": (0, MANY, "dcat:Distribution"),
        "dcat:keyword": (0, MANY, "text"), "dct:spatial": (0, MANY, "dct:Location"),
        "dct:temporal": (0, MANY, "dct:PeriodOfTime"), "dcat:theme": (0, MANY, "skos:Concept"),
        "dcatap:applicableLegislation": (0, MANY, "iri"), "dcatap:hvdCategory": (0, MANY, "skos:Concept"),
        "dct:conformsTo": (0, MANY, "dct:Standard"), "dct:identifier": (0, MANY, "literal"),
        "dct:issued": (0, 1, "moment"), "dct:modified": (0, 1, "moment"), "dcat:version": (0, 1, "literal"),
        "dcat:landingPage": (0, MANY, "foaf:Document"), "dct:provenance": (0, MANY, "dct:ProvenanceStatement"),
        "prov:wasGeneratedBy": (0, MANY, "prov:Activity"), "dcat:hasVersion": (0, MANY, "iri"),
        "dct:language": (0, MANY, "dct:LinguisticSystem"),
    },
    "dcat:Distribution": {
        "dcat:accessURL": (1, MANY, "iri"), "dcat:downloadURL": (0, MANY, "iri"),
        "dct:format": (0, 1, "dct:MediaTypeOrExtent"), "dcat:mediaType": (0, 1, "dct:MediaType"),
        "dct:license": (0, 1, "dct:LicenseDocument"), "dcat:byteSize": (0, 1, "xsd:nonNegativeInteger"),
        "spdx:checksum": (0, 1, "spdx:Checksum"), "dct:title": (0, MANY, "text"),
    },
    "dcat:DataService": {
        "dct:title": (1, MANY, "text"), "dcat:endpointURL": (1, MANY, "iri"),
        "dcat:endpointDescription": (0, MANY, "iri"), "dcat:servesDataset": (0, MANY, "dcat:Dataset"),
        "dct:license": (0, 1, "dct:LicenseDocument"), "dct:accessRights": (0, 1, "dct:RightsStatement"),
    },
    "foaf:Agent": {"foaf:name": (1, MANY, "text"), "dct:type": (0, 1, "skos:Concept")},
    "spdx:Checksum": {"spdx:algorithm": (1, 1, "iri"), "spdx:checksumValue": (1, 1, "xsd:hexBinary")},
    "dct:Location": {"dcat:bbox": (0, 1, "literal")},
    "dct:PeriodOfTime": {"dcat:startDate": (0, 1, "moment"), "dcat:endDate": (0, 1, "moment")},
    "skos:Concept": {"skos:prefLabel": (1, MANY, "text")},
    "skos:ConceptScheme": {"dct:title": (1, MANY, "text")},
}  # fmt: skip

FLANDERS: dict[str, dict[str, Rule]] = {
    "dcat:Catalog": {
        "dct:title": (1, MANY, "text"), "dct:description": (1, MANY, "text"), "dct:publisher": (1, 1, "foaf:Agent"),
        "dcat:contactPoint": (1, 1, "vcard:Kind"), "dct:identifier": (1, 1, "literal"),
    },
    "dcat:CatalogRecord": {
        "foaf:primaryTopic": (1, 1, "iri"), "dct:identifier": (1, 1, "literal"), "dct:modified": (1, 1, "xsd:dateTime"),
    },
    "dcat:Dataset": {
        "dct:title": (1, MANY, "text"), "dct:description": (1, MANY, "text"), "dct:publisher": (1, 1, "foaf:Agent"),
        "dcat:contactPoint": (1, 1, "vcard:Kind"), "dct:identifier": (1, 1, "literal"),
        "dct:accessRights": (1, 1, "skos:Concept"), "mdcat:statuut": (0, MANY, "skos:Concept"),
    },
    "dcat:DataService": {
        "dct:title": (1, MANY, "text"), "dct:publisher": (1, 1, "foaf:Agent"), "dct:identifier": (1, 1, "literal"),
        "dcat:contactPoint": (1, 1, "vcard:Kind"), "dct:accessRights": (1, 1, "skos:Concept"),
        "dcat:endpointURL": (1, 1, "iri"), "dcat:endpointDescription": (1, 1, "iri"),
    },
    "dcat:Distribution": {
        "dct:identifier": (1, 1, "literal"), "dcat:accessURL": (1, 1, "iri"), "dcat:downloadURL": (0, 1, "iri"),
        "dct:format": (0, 1, "skos:Concept"),
    },
    "vcard:Kind": {"vcard:hasEmail": (0, 1, "iri"), "foaf:page": (0, 1, "iri")},
}  # fmt: skip

RECOMMENDED = {
    "dcat:Catalog": ("dct:issued", "dct:modified", "dct:language", "dct:license", "dct:spatial", "foaf:homepage",
                     "dcat:dataset", "dcat:service", "dcat:themeTaxonomy", "dcat:record"),
    "dcat:Dataset": ("dcat:contactPoint", "dcat:distribution", "dcat:keyword", "dct:publisher", "dct:spatial",
                     "dct:temporal", "dcat:theme"),
    "dcat:Distribution": ("dct:format", "dct:license"),
    "dcat:DataService": ("dcat:endpointDescription",),
    "dcat:CatalogRecord": ("dct:conformsTo", "dct:issued"),
}  # fmt: skip
"""What DCAT-AP recommends and we always have for a dataset that is described whole."""

HIGH_VALUE = {
    "dcat:Dataset": ("dcatap:hvdCategory", "dcatap:applicableLegislation", "dcat:contactPoint", "dcat:distribution"),
    "dcat:Distribution": ("dcatap:applicableLegislation", "dct:license"),
    "dcat:DataService": ("dcatap:hvdCategory", "dcatap:applicableLegislation", "dcat:contactPoint",
                         "dcat:endpointURL", "dcat:servesDataset", "foaf:page"),
}  # fmt: skip
"""What DCAT-AP for high-value datasets asks of a dataset under Regulation 2023/138 and of what serves it."""


def uri(name: str) -> Any:
    """Return the node of a prefixed name."""
    from rdflib import URIRef

    prefix, _colon, local = name.partition(":")
    return URIRef(PREFIXES[prefix] + local)


def violations(graph: Any, profile: dict[str, dict[str, Rule]]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong by a profile: (node, property, what)."""
    for class_, rules in profile.items():
        for node in graph.subjects(uri("rdf:type"), uri(class_)):
            for name, (least, most, kind) in rules.items():
                values = list(graph.objects(node, uri(name)))
                if not least <= len(values) <= most:
                    yield str(node), name, f"{len(values)} times, not {least}..{most}"
                for value in values:
                    if not _is(graph, value, kind):
                        yield str(node), name, f"{value!r} is no {kind}"


def missing(graph: Any, wanted: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield which of these properties nodes of a class do not have."""
    for class_, names in wanted.items():
        for node in graph.subjects(uri("rdf:type"), uri(class_)):
            for name in names:
                if (node, uri(name), None) not in graph:
                    yield str(node), name


def _is(graph: Any, value: Any, kind: str) -> bool:
    from rdflib import Literal, URIRef

    if kind == "iri":
        return isinstance(value, URIRef)
    if kind == "text":
        return isinstance(value, Literal) and bool(value.language) and bool(value.strip())
    if kind == "literal":
        return isinstance(value, Literal) and bool(value.strip())
    if kind == "moment":
        return isinstance(value, Literal) and value.datatype in {uri("xsd:dateTime"), uri("xsd:date")}
    if kind.startswith("xsd:"):
        return isinstance(value, Literal) and value.datatype == uri(kind)
    return (value, uri("rdf:type"), uri(kind)) in graph
