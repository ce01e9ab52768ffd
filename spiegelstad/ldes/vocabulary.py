"""Words of event streams: LDES (https://w3id.org/ldes), TREE (https://w3id.org/tree) and what members are told in."""

from enum import StrEnum

LDES = "https://w3id.org/ldes#"
TREE = "https://w3id.org/tree#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SH = "http://www.w3.org/ns/shacl#"
DCT = "http://purl.org/dc/terms/"
DCAT = "http://www.w3.org/ns/dcat#"
PROV = "http://www.w3.org/ns/prov#"
LOCN = "http://www.w3.org/ns/locn#"
GEO = "http://www.opengis.net/ont/geosparql#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
SCHEMA = "https://schema.org/"
SOSA = "http://www.w3.org/ns/sosa/"
AS = "https://www.w3.org/ns/activitystreams#"
NGSI_LD = "https://uri.etsi.org/ngsi-ld/"

PREFIXES = {
    "ldes": LDES, "tree": TREE, "rdf": RDF, "rdfs": RDFS, "xsd": XSD, "sh": SH, "dct": DCT, "dcat": DCAT,
    "prov": PROV, "locn": LOCN, "geo": GEO, "skos": SKOS, "schema": SCHEMA, "sosa": SOSA, "as": AS, "ngsi-ld": NGSI_LD,
}  # fmt: skip

ISSUED = f"{DCT}issued"
"""When a member came into its stream: no two at once, so that it orders the stream (ldes:timestampPath)."""
GENERATED = f"{PROV}generatedAtTime"
"""When what the member tells came about (ldes:versionTimestampPath)."""
VERSION_OF = f"{DCT}isVersionOf"
GEOMETRY = f"{LOCN}geometry"
DELETE = f"{AS}Delete"
"""The type of a member that tells that its thing is gone."""

BASE, SUBJECT, LABEL = "\x01", "\x02", "\x03"
"""In what is stored: the address of the city's host with a slash, the member itself, and a blank node's own name.

RDF texts are written without control characters, so these stand for nothing else.
"""


class Kind(StrEnum):
    """What a stream follows: the rows of a dataset, or the entities of a type. Its part of the address."""

    DATASET = "datasets"
    TYPE = "types"


def iri_of(kind: str, name: str) -> str:
    """Return the IRI of a stream."""
    return f"{BASE}streams/{kind}/{name}"
