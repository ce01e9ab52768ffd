"""What DCAT-AP 3.0.1, its profile for high-value datasets and DCAT-AP Vlaanderen 3 (2026-02-12) ask, as plain tables.

`violations` checks a graph by them without SHACL, `shapes` writes them as SHACL for pyshacl, so that an error in one
does not hide one of ours.
"""

from collections.abc import Iterator
from typing import Any

from spiegelstad.catalogue.formats.dcat import terms

MANY = 10_000
PREFIXES = {
    **terms.PREFIXES,
    "locn": "http://www.w3.org/ns/locn#",
    "odrl": "http://www.w3.org/ns/odrl/2/",
    "sh": "http://www.w3.org/ns/shacl#",
    "time": "http://www.w3.org/2006/time#",
}
Rule = tuple[int, int, str]
"""How often at least, how often at most, and what it is: a kind of literal, `node`, `iri`, or the class of the node."""
Profile = dict[str, dict[str, Rule]]

DCAT_AP: Profile = {
    "adms:Identifier": {"skos:notation": (1, 1, "literal")},
    "dcat:Catalog": {
        "dcat:catalog": (0, MANY, "dcat:Catalog"), "dcat:dataset": (0, MANY, "dcat:Dataset"),
        "dcat:record": (0, MANY, "dcat:CatalogRecord"), "dcat:service": (0, MANY, "dcat:DataService"),
        "dcat:themeTaxonomy": (0, MANY, "skos:ConceptScheme"),
        "dcatap:applicableLegislation": (0, MANY, "eli:LegalResource"), "dct:creator": (0, 1, "foaf:Agent"),
        "dct:description": (1, MANY, "literal"), "dct:hasPart": (0, MANY, "dcat:Catalog"),
        "dct:issued": (0, 1, "literal"), "dct:language": (0, MANY, "dct:LinguisticSystem"),
        "dct:license": (0, 1, "dct:LicenseDocument"), "dct:modified": (0, 1, "literal"),
        "dct:publisher": (1, 1, "foaf:Agent"), "dct:rights": (0, MANY, "dct:RightsStatement"),
        "dct:spatial": (0, MANY, "dct:Location"), "dct:temporal": (0, MANY, "dct:PeriodOfTime"),
        "dct:title": (1, MANY, "literal"), "foaf:homepage": (0, 1, "foaf:Document"),
    },
    "dcat:CatalogRecord": {
        "adms:status": (0, 1, "skos:Concept"), "dct:conformsTo": (0, MANY, "dct:Standard"),
        "dct:description": (0, MANY, "literal"), "dct:issued": (0, 1, "literal"),
        "dct:language": (0, MANY, "dct:LinguisticSystem"), "dct:modified": (1, 1, "literal"),
        "dct:source": (0, 1, "dcat:CatalogRecord"), "dct:title": (0, MANY, "literal"),
        "foaf:primaryTopic": (1, 1, "dcat:Resource"),
    },
    "dcat:DataService": {
        "dcat:contactPoint": (0, MANY, "vcard:Kind"), "dcat:endpointDescription": (0, MANY, "node"),
        "dcat:endpointURL": (1, MANY, "node"), "dcat:keyword": (0, MANY, "literal"),
        "dcat:landingPage": (0, MANY, "foaf:Document"), "dcat:servesDataset": (0, MANY, "dcat:Dataset"),
        "dcat:theme": (0, MANY, "skos:Concept"), "dcatap:applicableLegislation": (0, MANY, "eli:LegalResource"),
        "dct:accessRights": (0, 1, "dct:RightsStatement"), "dct:conformsTo": (0, MANY, "dct:Standard"),
        "dct:description": (0, MANY, "literal"), "dct:format": (0, MANY, "dct:MediaTypeOrExtent"),
        "dct:license": (0, 1, "dct:LicenseDocument"), "dct:publisher": (0, 1, "foaf:Agent"),
        "dct:title": (1, MANY, "literal"), "foaf:page": (0, MANY, "foaf:Document"),
    },
    "dcat:Dataset": {
        "adms:identifier": (0, MANY, "adms:Identifier"), "adms:sample": (0, MANY, "dcat:Distribution"),
        "adms:versionNotes": (0, MANY, "literal"), "dcat:contactPoint": (0, MANY, "vcard:Kind"),
        "dcat:distribution": (0, MANY, "dcat:Distribution"), "dcat:hasVersion": (0, MANY, "dcat:Dataset"),
        "dcat:inSeries": (0, MANY, "dcat:DatasetSeries"), "dcat:keyword": (0, MANY, "literal"),
        "dcat:landingPage": (0, MANY, "foaf:Document"), "dcat:qualifiedRelation": (0, MANY, "dcat:Relationship"),
        "dcat:spatialResolutionInMeters": (0, MANY, "xsd:decimal"),
        "dcat:temporalResolution": (0, 1, "xsd:duration"), "dcat:theme": (0, MANY, "skos:Concept"),
        "dcat:version": (0, 1, "literal"), "dcatap:applicableLegislation": (0, MANY, "eli:LegalResource"),
        "dct:accessRights": (0, 1, "dct:RightsStatement"), "dct:accrualPeriodicity": (0, 1, "dct:Frequency"),
        "dct:conformsTo": (0, MANY, "dct:Standard"), "dct:creator": (0, MANY, "foaf:Agent"),
        "dct:description": (1, MANY, "literal"), "dct:identifier": (0, MANY, "literal"),
        "dct:isReferencedBy": (0, MANY, "node"), "dct:issued": (0, 1, "literal"),
        "dct:language": (0, MANY, "dct:LinguisticSystem"), "dct:modified": (0, 1, "literal"),
        "dct:provenance": (0, MANY, "dct:ProvenanceStatement"), "dct:publisher": (0, 1, "foaf:Agent"),
        "dct:relation": (0, MANY, "node"), "dct:source": (0, MANY, "dcat:Dataset"),
        "dct:spatial": (0, MANY, "dct:Location"), "dct:temporal": (0, MANY, "dct:PeriodOfTime"),
        "dct:title": (1, MANY, "literal"), "dct:type": (0, MANY, "skos:Concept"),
        "foaf:page": (0, MANY, "foaf:Document"), "prov:qualifiedAttribution": (0, MANY, "prov:Attribution"),
        "prov:wasGeneratedBy": (0, MANY, "prov:Activity"),
    },
    "dcat:DatasetSeries": {
        "dcat:contactPoint": (0, MANY, "vcard:Kind"), "dcatap:applicableLegislation": (0, MANY, "eli:LegalResource"),
        "dct:accrualPeriodicity": (0, 1, "dct:Frequency"), "dct:description": (1, MANY, "literal"),
        "dct:issued": (0, 1, "literal"), "dct:modified": (0, 1, "literal"), "dct:publisher": (0, 1, "foaf:Agent"),
        "dct:spatial": (0, MANY, "dct:Location"), "dct:temporal": (0, MANY, "dct:PeriodOfTime"),
        "dct:title": (1, MANY, "literal"),
    },
    "dcat:Distribution": {
        "adms:status": (0, 1, "skos:Concept"), "dcat:accessService": (0, MANY, "dcat:DataService"),
        "dcat:accessURL": (1, MANY, "node"), "dcat:byteSize": (0, 1, "xsd:nonNegativeInteger"),
        "dcat:compressFormat": (0, 1, "dct:MediaType"), "dcat:downloadURL": (0, MANY, "node"),
        "dcat:mediaType": (0, 1, "dct:MediaType"), "dcat:packageFormat": (0, 1, "dct:MediaType"),
        "dcat:spatialResolutionInMeters": (0, 1, "xsd:decimal"), "dcat:temporalResolution": (0, 1, "xsd:duration"),
        "dcatap:applicableLegislation": (0, MANY, "eli:LegalResource"), "dcatap:availability": (0, 1, "skos:Concept"),
        "dct:conformsTo": (0, MANY, "dct:Standard"), "dct:description": (0, MANY, "literal"),
        "dct:format": (0, 1, "dct:MediaTypeOrExtent"), "dct:issued": (0, 1, "literal"),
        "dct:language": (0, MANY, "dct:LinguisticSystem"), "dct:license": (0, 1, "dct:LicenseDocument"),
        "dct:modified": (0, 1, "literal"), "dct:rights": (0, MANY, "dct:RightsStatement"),
        "dct:title": (0, MANY, "literal"), "foaf:page": (0, MANY, "foaf:Document"),
        "odrl:hasPolicy": (0, 1, "odrl:Policy"), "spdx:checksum": (0, 1, "spdx:Checksum"),
    },
    "dcat:Relationship": {"dcat:hadRole": (1, MANY, "dcat:Role"), "dct:relation": (1, MANY, "node")},
    "dct:LicenseDocument": {"dct:type": (0, MANY, "skos:Concept")},
    "dct:Location": {
        "dcat:bbox": (0, 1, "literal"), "dcat:centroid": (0, 1, "literal"), "locn:geometry": (0, 1, "locn:Geometry"),
    },
    "dct:PeriodOfTime": {
        "dcat:endDate": (0, 1, "literal"), "dcat:startDate": (0, 1, "literal"),
        "time:hasBeginning": (0, 1, "time:Instant"), "time:hasEnd": (0, 1, "time:Instant"),
    },
    "foaf:Agent": {"dct:type": (0, 1, "skos:Concept"), "foaf:name": (1, MANY, "literal")},
    "skos:Concept": {"skos:prefLabel": (1, MANY, "literal")},
    "skos:ConceptScheme": {"dct:title": (1, MANY, "literal")},
    "spdx:Checksum": {
        "spdx:algorithm": (1, 1, "spdx:ChecksumAlgorithm"), "spdx:checksumValue": (1, 1, "xsd:hexBinary"),
    },
}  # fmt: skip
"""Every constraint of SEMIC's shapes of DCAT-AP 3.0.1: `releases/3.0.1/shacl/dcat-ap-SHACL.ttl` of
github.com/SEMICeu/DCAT-AP at commit 0761792, read on 2026-11-23. That file has 290: see `constraints`."""

HIGH_VALUE: Profile = {
    "dcat:Catalog": {
        "dcat:dataset": (0, MANY, "dcat:Dataset"), "dcat:record": (0, MANY, "dcat:CatalogRecord"),
        "dcat:service": (0, MANY, "dcat:DataService"),
    },
    "dcat:CatalogRecord": {"foaf:primaryTopic": (1, 1, "dcat:Resource")},
    "dcat:DataService": {
        "dcat:contactPoint": (1, MANY, "vcard:Kind"), "dcat:endpointDescription": (0, MANY, "rdfs:Resource"),
        "dcat:endpointURL": (1, MANY, "rdfs:Resource"), "dcat:servesDataset": (0, MANY, "dcat:Dataset"),
        "dcatap:applicableLegislation": (1, MANY, "eli:LegalResource"), "dcatap:hvdCategory": (1, MANY, "skos:Concept"),
        "dct:license": (0, 1, "dct:LicenseDocument"), "dct:rights": (0, MANY, "dct:RightsStatement"),
        "foaf:page": (1, MANY, "foaf:Document"),
    },
    "dcat:Dataset": {
        "dcat:contactPoint": (0, MANY, "vcard:Kind"), "dcat:distribution": (0, MANY, "dcat:Distribution"),
        "dcat:inSeries": (0, MANY, "dcat:DatasetSeries"), "dct:conformsTo": (0, MANY, "dct:Standard"),
        "dcatap:applicableLegislation": (1, MANY, "eli:LegalResource"), "dcatap:hvdCategory": (1, MANY, "skos:Concept"),
    },
    "dcat:DatasetSeries": {
        "dcatap:applicableLegislation": (1, MANY, "eli:LegalResource"), "dcatap:hvdCategory": (1, MANY, "skos:Concept"),
    },
    "dcat:Distribution": {
        "dcat:accessService": (0, MANY, "dcat:DataService"), "dcat:accessURL": (1, MANY, "rdfs:Resource"),
        "dcatap:applicableLegislation": (1, MANY, "eli:LegalResource"), "dct:conformsTo": (0, MANY, "dct:Standard"),
        "dct:license": (0, 1, "dct:LicenseDocument"), "dct:rights": (0, MANY, "dct:RightsStatement"),
    },
    "vcard:Kind": {"vcard:hasEmail": (0, 1, "rdfs:Resource"), "vcard:hasURL": (0, 1, "rdfs:Resource")},
}  # fmt: skip
"""Every constraint of SEMIC's shapes for high-value datasets: `releases/3.0.0-hvd/shacl/hvd-SHACL.ttl`, commit 1445b0b,
read on 2026-11-23: 75. They are asked of a catalogue of such datasets alone."""

KINDS: Profile = {
    "dcat:Catalog": {
        "dct:title": (1, MANY, "text"), "dct:description": (1, MANY, "text"), "dct:issued": (0, 1, "moment"),
        "dct:modified": (0, 1, "moment"),
    },
    "dcat:CatalogRecord": {"dct:issued": (0, 1, "moment"), "dct:modified": (1, 1, "moment")},
    "dcat:DataService": {
        "dct:title": (1, MANY, "text"), "dcat:endpointURL": (1, MANY, "iri"),
        "dcat:endpointDescription": (0, MANY, "iri"),
    },
    "dcat:Dataset": {
        "dct:title": (1, MANY, "text"), "dct:description": (1, MANY, "text"), "dcat:keyword": (0, MANY, "text"),
        "dct:issued": (0, 1, "moment"), "dct:modified": (0, 1, "moment"),
    },
    "dcat:Distribution": {
        "dct:title": (0, MANY, "text"), "dcat:accessURL": (1, MANY, "iri"), "dcat:downloadURL": (0, MANY, "iri"),
    },
    "dct:PeriodOfTime": {"dcat:startDate": (0, 1, "moment"), "dcat:endDate": (0, 1, "moment")},
    "foaf:Agent": {"foaf:name": (1, MANY, "text")},
    "skos:Concept": {"skos:prefLabel": (1, MANY, "text")},
    "skos:ConceptScheme": {"dct:title": (1, MANY, "text")},
}  # fmt: skip
"""What the text of DCAT-AP 3.0.1 says of values where its shapes ask for any literal or node: the language of a text,
a date or moment, an address."""

FLANDERS: Profile = {
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

WANTED_HIGH_VALUE = {
    "dcat:Dataset": ("dcatap:hvdCategory", "dcatap:applicableLegislation", "dcat:contactPoint", "dcat:distribution"),
    "dcat:Distribution": ("dcatap:applicableLegislation", "dct:license"),
    "dcat:DataService": ("dcatap:hvdCategory", "dcatap:applicableLegislation", "dcat:contactPoint",
                         "dcat:endpointURL", "dcat:servesDataset", "foaf:page"),
}  # fmt: skip
"""What DCAT-AP for high-value datasets asks of a dataset under Regulation 2023/138 and of what serves it."""


_RESOURCES = ("dcat:Dataset", "dcat:DataService", "dcat:Catalog")
"""What DCAT 3 makes a `dcat:Resource`; validators read that vocabulary beside what they check."""


def uri(name: str) -> Any:
    """Return the node of a prefixed name."""
    from rdflib import URIRef

    prefix, _colon, local = name.partition(":")
    return URIRef(PREFIXES[prefix] + local)


def constraints(profile: Profile) -> Iterator[tuple[str, str, str, Any]]:
    """Yield each by itself, as SEMIC writes them: (class, property, component of SHACL, its value as a node)."""
    from rdflib import Literal

    for class_, rules in profile.items():
        for name, (least, most, kind) in rules.items():
            if least:
                yield class_, name, "sh:minCount", Literal(least)
            if most < MANY:
                yield class_, name, "sh:maxCount", Literal(most)
            is_value = kind == "literal" or kind.startswith("xsd:")
            yield class_, name, "sh:nodeKind", uri("sh:Literal" if is_value else "sh:BlankNodeOrIRI")
            if kind.startswith("xsd:"):
                yield class_, name, "sh:datatype", uri(kind)
            elif kind not in {"literal", "node"}:
                yield class_, name, "sh:class", uri(kind)


def shapes(profile: Profile) -> Any:
    """Return a profile as SHACL. `rdfs:Resource` is whatever there is, so nothing has to say that it is one."""
    from rdflib import BNode, Graph

    graph = Graph()
    for class_, name, component, value in constraints(profile):
        if value == uri("rdfs:Resource"):
            continue
        shape, property_ = uri(class_) + "Shape", BNode()
        graph.add((shape, uri("rdf:type"), uri("sh:NodeShape")))
        graph.add((shape, uri("sh:targetClass"), uri(class_)))
        graph.add((shape, uri("sh:property"), property_))
        graph.add((property_, uri("sh:path"), uri(name)))
        graph.add((property_, uri(component), value))
    return graph


def refused(graph: Any, shapes: Any) -> set[tuple[str, str, str]]:
    """Return what pyshacl finds wrong: (node, property, message)."""
    import pyshacl
    from rdflib import Graph
    from rdflib.namespace import SH

    vocabulary = Graph()
    for class_ in _RESOURCES:
        vocabulary.add((uri(class_), uri("rdfs:subClassOf"), uri("dcat:Resource")))
    _conforms, report, _text = pyshacl.validate(graph, shacl_graph=shapes, ont_graph=vocabulary)
    return {
        (str(report.value(wrong, SH.focusNode)), str(report.value(wrong, SH.resultPath)), _message(report, wrong))
        for wrong in report.subjects(SH.resultSeverity, SH.Violation)
    }


def _message(report: Any, wrong: Any) -> str:
    from rdflib.namespace import SH

    return f"{report.value(wrong, SH.value)}: {report.value(wrong, SH.resultMessage)}"


def violations(graph: Any, profile: Profile) -> Iterator[tuple[str, str, str]]:
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
    if kind in {"node", "rdfs:Resource"}:
        return not isinstance(value, Literal)
    if kind == "text":
        return isinstance(value, Literal) and bool(value.language) and bool(value.strip())
    if kind == "literal":
        return isinstance(value, Literal) and bool(value.strip())
    if kind == "moment":
        return isinstance(value, Literal) and value.datatype in {uri("xsd:dateTime"), uri("xsd:date")}
    if kind.startswith("xsd:"):
        return isinstance(value, Literal) and value.datatype == uri(kind)
    types = _RESOURCES if kind == "dcat:Resource" else (kind,)
    return any((value, uri("rdf:type"), uri(type_)) in graph for type_ in types)
