"""Namespaces, media types and limits of linked data."""

from typing import Final

BASE: Final = "http://city.invalid/"
"""Stands for the city's own address in the store, which does not know by which name it is asked (RFC 2606)."""

PREFIXES: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "ngsi-ld": "https://uri.etsi.org/ngsi-ld/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "wgs84": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Known to every query without being named."""

RDF_TYPES: Final = {
    "text/turtle": "turtle",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "rdf-xml",
    "application/n-triples": "n-triples",
}
RESULT_TYPES: Final = {
    "application/sparql-results+json": "json",
    "application/sparql-results+xml": "xml",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
}

MAX_QUERY_CHARACTERS: Final = 20_000
MAX_RESULT_BYTES: Final = 10 * 1024 * 1024
MAX_SECONDS: Final = 10.0
MAX_MEMORY_MB: Final = 1_024
