"""Parts that catalogue, datasets and services share: agents, contacts, licences, distributions, quality, lineage."""

from spiegelstad.catalogue.description import CatalogDescription, Measured, Origin
from spiegelstad.catalogue.formats.dcat import terms
from spiegelstad.catalogue.formats.dcat.graph import Graph, Node, clean
from spiegelstad.catalogue.rules import Contact, Coverage, Distribution, SourceInfo
from spiegelstad.catalogue.vocabulary import LICENCES

_LICENCE_SCHEME = "http://purl.org/adms/licencetype/1.0"
_PUBLISHER_SCHEME = "http://purl.org/adms/publishertype/1.0"


def city(graph: Graph, catalog: CatalogDescription) -> Node:
    """Return the city as publisher."""
    uri = f"{catalog.uri}#publisher"
    type_ = graph.concept(terms.LOCAL_AUTHORITY, {"nl": "Lokaal bestuur", "en": "Local authority"}, _PUBLISHER_SCHEME)
    return graph.node(uri, "foaf:Agent").text("foaf:name", catalog.name).link("dct:type", type_)


def agent(graph: Graph, uri: str, name: str) -> Node | None:
    """Return an organisation that is known by its name; the names we hold are in Dutch."""
    return graph.node(uri, "foaf:Agent").text("foaf:name", {"nl": name}) if clean(name) else None


def contact(graph: Graph, uri: str, found: Contact) -> Node | None:
    """Return the service that answers questions."""
    if not any(map(clean, (found.name, found.email, found.url))):
        return None
    email = f"mailto:{clean(found.email)}" if clean(found.email) else ""
    node = graph.node(uri, "vcard:Kind", "vcard:Organization").value("vcard:fn", found.name)
    return node.link("vcard:hasEmail", email).link("vcard:hasURL", found.url).link("foaf:page", found.url)


def city_contact(graph: Graph, catalog: CatalogDescription) -> Node | None:
    """Return the city, for what names nobody else that answers questions."""
    return contact(graph, f"{catalog.uri}#contact", Contact(name=catalog.name.get("nl", ""), url=catalog.host))


def licence(graph: Graph, uri: str) -> Node | None:
    """Return a licence, with its name and kind where we know them."""
    node = graph.named(uri, "dct:LicenseDocument")
    if node is not None and uri in LICENCES:
        code = terms.LICENCE_TYPES[uri]
        kind = graph.concept(
            f"http://purl.org/adms/licencetype/{code}", terms.LICENCE_TYPE_LABELS[code], _LICENCE_SCHEME
        )  # fmt: skip
        node.text("dct:title", {"nl": LICENCES[uri]}).link("dct:type", kind)
    return node


def languages(graph: Graph, node: Node, codes: "tuple[str, ...] | set[str]") -> None:
    """Say in which languages something is described."""
    for code in sorted(codes):
        if code in terms.LANGUAGES:
            node.link(
                "dct:language", graph.node(f"{terms.EU}language/{terms.LANGUAGES[code]}", "dct:LinguisticSystem")
            )  # fmt: skip


def access_rights(graph: Graph, classification: str) -> Node:
    """Return for whom data is."""
    code = terms.ACCESS_RIGHTS[classification]
    scheme = f"{terms.EU}access-right"
    return graph.concept(f"{scheme}/{code}", terms.ACCESS_LABELS[code], scheme, "dct:RightsStatement")


def status(graph: Graph, code: str) -> Node:
    """Return where in its life a dataset is (`adms:status`)."""
    scheme = f"{terms.EU}dataset-status"
    return graph.concept(f"{scheme}/{code}", terms.STATUS_LABELS[code], scheme)


def flemish(graph: Graph, uri: str) -> Node:
    """Return a word of the Flemish thesauri."""
    return graph.concept(uri, terms.FLEMISH_LABELS[uri], uri.rpartition("/")[0])


def standards(graph: Graph, node: Node, uris: tuple[str, ...]) -> None:
    """Say which standards something keeps."""
    for uri in uris:
        node.link("dct:conformsTo", graph.named(uri, "dct:Standard"))


def high_value(graph: Graph, node: Node, category: str) -> None:
    """Say that something belongs to the high-value datasets, by which regulation and in which category."""
    if category:
        label = terms.HVD_LABELS[category]
        concept = graph.concept(f"{terms.HVD_CATEGORY}{category}", label, f"{terms.HVD_CATEGORY}asd487ae75")
        node.link("dcatap:hvdCategory", concept)
        law(graph, node)


def law(graph: Graph, node: Node) -> None:
    """Say that the regulation on high-value datasets holds for something."""
    node.link("dcatap:applicableLegislation", graph.node(terms.HVD_REGULATION, "eli:LegalResource"))


def distribution(graph: Graph, uri: str, found: Distribution, is_high_value: bool) -> Node:
    """Return a way to get data."""
    node = graph.node(uri, "dcat:Distribution").value("dct:identifier", uri).text("dct:title", found.title)
    node.link("dcat:accessURL", found.access_url).link("dcat:downloadURL", found.download_url)
    node.link("dct:license", licence(graph, found.licence_uri))
    if clean(found.format):
        scheme = f"{terms.EU}file-type"
        code = graph.concept(f"{scheme}/{clean(found.format)}", {"en": found.format}, scheme, "dct:MediaTypeOrExtent")
        node.link("dct:format", code)
    if clean(found.media_type):
        node.link("dcat:mediaType", graph.node(f"{terms.MEDIA_TYPE}{clean(found.media_type)}", "dct:MediaType"))
    node.value("dcat:byteSize", found.byte_size, "xsd:nonNegativeInteger")
    if found.sha256:
        algorithm = graph.node("http://spdx.org/rdf/terms#checksumAlgorithm_sha256", "spdx:ChecksumAlgorithm")
        checksum = graph.node(f"{uri}-checksum", "spdx:Checksum").link("spdx:algorithm", algorithm)
        node.link("spdx:checksum", checksum.value("spdx:checksumValue", found.sha256, "xsd:hexBinary"))
    if is_high_value:
        law(graph, node)
    return node


def coverage(graph: Graph, node: Node, uri: str, found: Coverage) -> None:
    """Say where and when the data is of."""
    if found.bbox is not None:
        node.link("dct:spatial", location(graph, f"{uri}#place", found.bbox))
    if found.from_ is not None or found.to is not None:
        period = graph.node(f"{uri}#period", "dct:PeriodOfTime")
        node.link("dct:temporal", period.value("dcat:startDate", found.from_).value("dcat:endDate", found.to))


def location(graph: Graph, uri: str, box: tuple[float, float, float, float]) -> Node:
    """Return a place by its bounds (WGS84, longitude first)."""
    left, bottom, right, top = (format(edge, ".6f").rstrip("0").rstrip(".") for edge in box)
    corners = f"{left} {bottom}, {right} {bottom}, {right} {top}, {left} {top}, {left} {bottom}"
    return graph.node(uri, "dct:Location").value("dcat:bbox", f"POLYGON(({corners}))", terms.WKT)


def quality(graph: Graph, node: Node, uri: str, catalog_uri: str, found: Measured) -> None:
    """Write the quality report (DQV): how large a share of the rows keeps each rule."""
    if found.score is None:
        return
    shares = [("score", "", found.score), *((c.rule, c.column, c.share) for c in found.checks)]
    for position, (rule, column, share) in enumerate(shares):
        name = rule.partition(" ")[0]
        if name not in terms.METRICS:
            continue
        measured = graph.node(f"{uri}#quality-{position}", "dqv:QualityMeasurement").link("dqv:computedOn", node)
        measured.link("dqv:isMeasurementOf", _metric(graph, catalog_uri, name))
        measured.value("dqv:value", share, "xsd:double").value("rdfs:label", f"{column}: {rule}" if column else "")
        node.link("dqv:hasQualityMeasurement", measured)


def _metric(graph: Graph, catalog_uri: str, name: str) -> Node:
    dimension, label = terms.METRICS[name]
    metric = graph.node(f"{catalog_uri}#metric-{name}", "dqv:Metric").text("skos:prefLabel", label)
    metric.link("dqv:expectedDataType", f"{terms.PREFIXES['xsd']}double")
    return metric.link("dqv:inDimension", f"{terms.DIMENSION}{dimension}" if dimension else "")


def lineage(graph: Graph, node: Node, uri: str, source: SourceInfo, origin: Origin | None) -> None:
    """Write where data comes from (PROV): its source, the run that made it, the versions it was made of."""
    entity = graph.named(source.url, "prov:Entity")
    if entity is not None:
        node.link("prov:wasDerivedFrom", entity.value("dct:title", source.name))
    if origin is None:
        return
    activity = graph.node(f"{uri}#activity", "prov:Activity").value("rdfs:label", origin.activity)
    activity.link("prov:used", entity, *origin.inputs)
    if origin.run is not None:
        activity.value("prov:startedAtTime", origin.run.started_at).value("dct:identifier", f"urn:uuid:{origin.run.id}")
    node.link("prov:wasGeneratedBy", activity).link("prov:wasDerivedFrom", *origin.inputs)
