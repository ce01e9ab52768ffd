"""The IRIs of DCAT-AP 3 and its neighbours that a reader looks for, and codes of the EU's authority tables."""

from spiegelstad.catalogue.public import Frequency

DCT = "http://purl.org/dc/terms/"
DC = "http://purl.org/dc/elements/1.1/"
DCAT = "http://www.w3.org/ns/dcat#"
DCATAP = "http://data.europa.eu/r5r/"
FOAF = "http://xmlns.com/foaf/0.1/"
VCARD = "http://www.w3.org/2006/vcard/ns#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SPDX = "http://spdx.org/rdf/terms#"
ADMS = "http://www.w3.org/ns/adms#"
PROV = "http://www.w3.org/ns/prov#"
DPV = "https://w3id.org/dpv#"
HYDRA = "http://www.w3.org/ns/hydra/core#"

NAMES = (
    f"{FOAF}name", f"{VCARD}organization-name", f"{VCARD}fn", f"{VCARD}hasFN", f"{VCARD}hasName", f"{SKOS}prefLabel",
    f"{RDFS}label", f"{DCT}title",
)  # fmt: skip
"""Where the name of an agent or a concept may stand, the first that is there counts."""

MISSPELT = {
    f"{DCAT}accessUrl": f"{DCAT}accessURL",
    f"{DCAT}downloadUrl": f"{DCAT}downloadURL",
    f"{DCAT}endpointUrl": f"{DCAT}endpointURL",
    f"{DCT}licence": f"{DCT}license",
    f"{DCT}distribution": f"{DCAT}distribution",
    f"{DCT}contactPoint": f"{DCAT}contactPoint",
    f"{DCT}keyword": f"{DCAT}keyword",
    f"{DCT}theme": f"{DCAT}theme",
}
"""Names of properties that are often written and do not exist → those that are meant."""

STATUSES = {"DEPRECATED": "deprecated", "DISCONT": "archived", "WITHDRAWN": "archived"}
"""Codes of the EU's tables `dataset-status` and ADMS that mean that a dataset is on its way out → our status."""

LANGUAGES = {
    "nl": "nl", "nld": "nl", "dut": "nl", "en": "en", "eng": "en", "fr": "fr", "fra": "fr", "fre": "fr", "de": "de",
    "deu": "de", "ger": "de",
}  # fmt: skip
"""Codes of ISO 639 and of the EU's table `language` → the tag of a text."""

NEXT_PAGE = (f"{HYDRA}next", f"{HYDRA}nextPage")

FREQUENCIES = {
    **{one.value: one for one in Frequency},
    "UPDATE_CONT": Frequency.CONTINUOUS,
    "OTHER": Frequency.IRREGULAR,
    "AS_NEEDED": Frequency.IRREGULAR,
    "NOT_PLANNED": Frequency.NEVER,
    "DAILY_2": Frequency.DAILY,
    "CONTINUOUS": Frequency.CONTINUOUS,
    "YEARLY": Frequency.ANNUAL,
    "IRREGULAR": Frequency.IRREGULAR,
}
"""Codes of the EU's table `frequency`, of ISO 19115 (`MD_MaintenanceFrequencyCode`) and words → ours."""

FILE_TYPE = "http://publications.europa.eu/resource/authority/file-type/"
FILE_TYPES = {
    **{
        code: code
        for code in (
            "CSV", "JSON", "GEOJSON", "JSON_LD", "XML", "XLSX", "XLS", "ODS", "ZIP", "PDF", "HTML", "SHP", "GML",
            "KML", "KMZ", "GPKG", "PARQUET", "RDF", "RDF_XML", "RDF_TURTLE", "RDF_N_TRIPLES", "TSV", "TXT", "DOCX",
            "WMS_SRVC", "WFS_SRVC", "WMTS_SRVC", "REST", "SPARQLQ", "TIFF", "PNG", "JPEG", "NETCDF", "GEOTIFF", "MVT",
        )
    },
    "APPLICATION/JSON": "JSON",
    "APPLICATION/GEO+JSON": "GEOJSON",
    "APPLICATION/LD+JSON": "JSON_LD",
    "JSON-LD": "JSON_LD",
    "TEXT/CSV": "CSV",
    "TEXT/HTML": "HTML",
    "TEXT/TURTLE": "RDF_TURTLE",
    "TURTLE": "RDF_TURTLE",
    "TTL": "RDF_TURTLE",
    "APPLICATION/XML": "XML",
    "APPLICATION/PDF": "PDF",
    "APPLICATION/ZIP": "ZIP",
    "APPLICATION/RDF+XML": "RDF_XML",
    "APPLICATION/VND.APACHE.PARQUET": "PARQUET",
    "APPLICATION/VND.OPENXMLFORMATS-OFFICEDOCUMENT.SPREADSHEETML.SHEET": "XLSX",
    "EXCEL": "XLSX",
    "SHAPEFILE": "SHP",
    "GEOPACKAGE": "GPKG",
    "WMS": "WMS_SRVC",
    "WFS": "WFS_SRVC",
    "WMTS": "WMTS_SRVC",
    "API": "REST",
    "ESRI REST": "REST",
}  # fmt: skip
"""Codes of the EU's table `file-type`, media types and words → the code."""
