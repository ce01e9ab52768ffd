"""Words of the standards: namespaces, and the codes of authority tables that our own words become.

Sources: DCAT 3 (W3C), DCAT-AP 3.0.1 and DCAT-AP for high-value datasets 3.0 (SEMIC), DCAT-AP Vlaanderen 3
(2026-02-12), the authority tables of the Publications Office of the EU, ADMS, DQV, PROV-O, Hydra.
"""

from collections.abc import Mapping
from functools import lru_cache

from django.utils.translation import override

from spiegelstad.base.localised import Localised
from spiegelstad.catalogue.vocabulary import THEME_NAMES, HvdCategory, Status, Theme

PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "eli": "http://data.europa.eu/eli/ontology#",
    "dqv": "http://www.w3.org/ns/dqv#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "hydra": "http://www.w3.org/ns/hydra/core#",
    "mdcat": "https://data.vlaanderen.be/ns/metadata-dcat#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
EU = "http://publications.europa.eu/resource/authority/"
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
MEDIA_TYPE = "https://www.iana.org/assignments/media-types/"
PROFILE = "https://data.vlaanderen.be/doc/applicatieprofiel/DCAT-AP-VL/erkendestandaard/2026-02-12"
HVD_REGULATION = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
HVD_CATEGORY = "http://data.europa.eu/bna/"
LOCAL_AUTHORITY = "http://purl.org/adms/publishertype/LocalAuthority"
FLEMISH_WORDS = "https://metadata.vlaanderen.be/id/GDI-Vlaanderen-Trefwoorden/"
OPEN_DATA = f"{FLEMISH_WORDS}VLOPENDATA"
OPEN_SERVICE = f"{FLEMISH_WORDS}VLOPENDATASERVICE"
GEODATA = f"{FLEMISH_WORDS}GEODATA"
FREE_OF_CHARGE = f"{FLEMISH_WORDS}KOSTELOOS"
DIMENSION = "http://www.w3.org/2016/05/ldqd#"

LANGUAGES = {"nl": "NLD", "en": "ENG", "fr": "FRA", "de": "DEU"}

DATA_THEMES: Mapping[str, Localised] = {
    "ECON": {"nl": "Economie en financiën", "en": "Economy and finance"},
    "ENER": {"nl": "Energie", "en": "Energy"},
    "ENVI": {"nl": "Milieu", "en": "Environment"},
    "GOVE": {"nl": "Overheid en publieke sector", "en": "Government and public sector"},
    "REGI": {"nl": "Regio's en steden", "en": "Regions and cities"},
    "SOCI": {"nl": "Bevolking en samenleving", "en": "Population and society"},
    "TRAN": {"nl": "Vervoer", "en": "Transport"},
}
EU_THEMES: Mapping[str, tuple[str, ...]] = {
    Theme.POPULATION: ("SOCI",),
    Theme.INCOME: ("ECON", "SOCI"),
    Theme.HOUSING: ("REGI", "SOCI"),
    Theme.MOBILITY: ("TRAN",),
    Theme.AIR: ("ENVI",),
    Theme.ENERGY: ("ENER",),
    Theme.GREEN: ("ENVI",),
    Theme.MONEY: ("ECON", "GOVE"),
    Theme.PLACES: ("REGI",),
}
FLEMISH_THEMES: Mapping[str, str] = {
    Theme.ENERGY: "https://data.vlaanderen.be/id/concept/MAGDA-categorie/Energie",
    Theme.MOBILITY: "https://data.vlaanderen.be/id/concept/MAGDA-categorie/Mobiliteit",
}
"""Categories of MAGDA that are exactly one of our themes."""

ACCESS_RIGHTS = {"public": "PUBLIC", "internal": "RESTRICTED", "confidential": "NON_PUBLIC", "personal": "NON_PUBLIC"}
ACCESS_LABELS: Mapping[str, Localised] = {
    "PUBLIC": {"nl": "publiek", "en": "public"},
    "RESTRICTED": {"nl": "beperkt", "en": "restricted"},
    "NON_PUBLIC": {"nl": "niet-publiek", "en": "non-public"},
}
DATASET_STATUS = {
    Status.DRAFT: "DEVELOP",
    Status.PUBLISHED: "COMPLETED",
    Status.DEPRECATED: "DEPRECATED",
    Status.ARCHIVED: "DISCONT",
    Status.DESTROYED: "WITHDRAWN",
}
STATUS_LABELS: Mapping[str, Localised] = {
    "DEVELOP": {"nl": "in ontwikkeling", "en": "under development"},
    "COMPLETED": {"nl": "voltooid", "en": "completed"},
    "DEPRECATED": {"nl": "verouderd", "en": "deprecated"},
    "DISCONT": {"nl": "stopgezet", "en": "discontinued"},
    "WITHDRAWN": {"nl": "ingetrokken", "en": "withdrawn"},
}
LICENCE_TYPES = {
    "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0": "Attribution",
    "https://data.vlaanderen.be/id/licentie/creative-commons-zero-verklaring/v1.0": "PublicDomain",
    "https://creativecommons.org/publicdomain/zero/1.0/": "PublicDomain",
    "https://creativecommons.org/licenses/by/4.0/": "Attribution",
    "https://opendatacommons.org/licenses/odbl/1-0/": "ViralEffect-ShareAlike",
}
LICENCE_TYPE_LABELS: Mapping[str, Localised] = {
    "Attribution": {"nl": "Naamsvermelding", "en": "Attribution"},
    "PublicDomain": {"nl": "Werk in het publiek domein", "en": "Public domain"},
    "ViralEffect-ShareAlike": {"nl": "Viraal effect (gelijk delen)", "en": "Viral effect (share alike)"},
}
FLEMISH_LABELS: Mapping[str, Localised] = {
    OPEN_DATA: {"nl": "Vlaamse Open data"},
    OPEN_SERVICE: {"nl": "Vlaamse Open data Service"},
    GEODATA: {"nl": "Geografische gegevens"},
    FREE_OF_CHARGE: {"nl": "Kosteloos"},
    FLEMISH_THEMES[Theme.ENERGY]: {"nl": "Energie"},
    FLEMISH_THEMES[Theme.MOBILITY]: {"nl": "Mobiliteit"},
}
HVD_LABELS: Mapping[str, Localised] = {
    HvdCategory.GEOSPATIAL: {"nl": "Geospatiale data", "en": "Geospatial"},
    HvdCategory.EARTH_OBSERVATION_AND_ENVIRONMENT: {
        "nl": "Aardobservatie en milieu", "en": "Earth observation and environment",
    },
    HvdCategory.METEOROLOGICAL: {"nl": "Meteorologische data", "en": "Meteorological"},
    HvdCategory.STATISTICS: {"nl": "Statistiek", "en": "Statistics"},
    HvdCategory.COMPANIES: {"nl": "Bedrijven en eigendom van bedrijven", "en": "Companies and company ownership"},
    HvdCategory.MOBILITY: {"nl": "Mobiliteit", "en": "Mobility"},
}  # fmt: skip
METRICS: Mapping[str, tuple[str, Localised]] = {
    "score": ("", {"nl": "Deel van de rijen dat elke regel haalt", "en": "Share of rows that keep every rule"}),
    "readable": ("syntacticValidity", {"nl": "Leesbaar", "en": "Can be read"}),
    "type": ("syntacticValidity", {"nl": "Van het juiste type", "en": "Has the right type"}),
    "geometry": ("syntacticValidity", {"nl": "Heeft een juiste vorm", "en": "Has a right shape"}),
    "required": ("completeness", {"nl": "Ingevuld", "en": "Is filled in"}),
    "minimum": ("semanticAccuracy", {"nl": "Niet te klein", "en": "Is not too small"}),
    "maximum": ("semanticAccuracy", {"nl": "Niet te groot", "en": "Is not too large"}),
    "values": ("semanticAccuracy", {"nl": "Een van de gekende waarden", "en": "Is one of the known values"}),
    "pattern": ("syntacticValidity", {"nl": "Heeft de juiste vorm", "en": "Has the right form"}),
    "unique": ("conciseness", {"nl": "Komt één keer voor", "en": "Occurs once"}),
    "freshness": ("timeliness", {"nl": "Recent", "en": "Is recent"}),
    "inside": ("semanticAccuracy", {"nl": "Ligt in de stad", "en": "Lies inside the city"}),
    "reference": ("consistency", {"nl": "Bestaat als gebied", "en": "Exists as an area"}),
}
"""Quality rules by the first word of their name: the dimension of the W3C's Linked Data Quality Dimensions, a name."""


@lru_cache(maxsize=512)
def expanded(name: str) -> str:
    """Return the address of a prefixed name: `dct:title`; what has no prefix of ours is one already."""
    prefix, _colon, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name


@lru_cache(maxsize=len(Theme))
def theme_label(theme: str) -> Localised:
    """Return the name of one of our themes in every language of the program."""
    found = {}
    for language in ("nl", "en"):
        with override(language):
            found[language] = str(THEME_NAMES[Theme(theme)])
    return found
