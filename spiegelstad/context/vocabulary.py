"""The words of NGSI-LD: the table from which the core @contexts (annex B of the standard) are made.

`core_context(version)` equals the published document of that version, so that nothing is fetched to start.
"""

import re
from typing import Any

NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
GEOJSON = "https://purl.org/geojson/vocab#"
DEFAULT_VOCAB = f"{NGSI_LD}default-context/"
LOCATION = f"{NGSI_LD}location"
LINK_RELATION = "http://www.w3.org/ns/json-ld#context"

VERSION = "1.8"
VERSIONS = ("1.6", "1.7", "1.8", "1.9")
CORE_URL = f"{NGSI_LD}v1/ngsi-ld-core-context-v{VERSION}.jsonld"
_CORE_URL = re.compile(r"https?://uri\.etsi\.org/ngsi-ld/v1/ngsi-ld-core-context(?:-v\d+\.\d+(?:\.\d+)?)?\.jsonld")

_PLAIN = """
Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date DateTime
EntityType EntityTypeInfo EntityTypeList GeoProperty JsonProperty LanguageProperty ListProperty ListRelationship
Notification Property Relationship Subscription TemporalProperty Time VocabProperty VocabularyProperty accept
attributeCount attributeDetails attrs cacheDuration contextSourceAlias contextSourceInfo contextSourceUptime cooldown
csf data detail endpoint entities entity entityCount error errors expandValues format geoQ geoproperty georel idPattern
information isActive join jsonKeys lang linkedMaps localOnly location management managementInterval mode notification
notificationTrigger notifierInfo notUpdated observationInterval observationSpace omit operationSpace operations pick q
reason receiverInfo refreshRate registrationId registrationName scope scopeQ showChanges status subscriptionName
sysAttrs temporalQ throttling timeInterval timeout timeproperty timerel timesFailed timesSent triggerReason unchanged
unitCode updated uri
"""
_GEOJSON = """
Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point Polygon geometry
geometryProperty properties
"""
_MAPPED = {
    "ngsi-ld": NGSI_LD,
    "geojson": GEOJSON,
    "id": "@id",
    "type": "@type",
    "containedBy": "ngsi-ld:isContainedBy",
    "description": "http://purl.org/dc/terms/description",
    "entityMap": "ngsi-ld:hasEntityMap",
    "joinLevel": "ngsi-ld:hasJoinLevel",
    "key": "ngsi-ld:hasKey",
    "previousValue": "ngsi-ld:hasPreviousValue",
    "title": "http://purl.org/dc/terms/title",
    "value": "ngsi-ld:hasValue",
    "@vocab": DEFAULT_VOCAB,
}
# Names with a coercion or a container; `name=word` where the IRI is not that of the name itself.
_COERCED = {
    ("@type", "@vocab"): """
        attributeList attributeName attributeNames attributeTypes attributes objectType=hasObjectType
        previousVocab=hasPreviousVocab propertyNames relationshipNames typeList typeName typeNames vocab=hasVocab
        watchedAttributes""",
    ("@type", "@id"): """
        datasetId entityId instanceId object=hasObject previousObject=hasPreviousObject subscriptionId success
        tenant""",
    ("@type", "@json"): "contextSourceExtras json=hasJSON previousJson=hasPreviousJson",
    ("@type", "DateTime"): """
        contextSourceTimeAt createdAt deletedAt endAt endTimeAt expiresAt lastFailure lastNotification lastSuccess
        modifiedAt notifiedAt observedAt startAt timeAt""",
    ("@container", "@list"): """
        avg bbox=geojson:bbox coordinates=geojson:coordinates distinctCount entityList jsons
        languageMaps=hasLanguageMaps max min objectList=hasObjectList objects=hasObjects objectsLists=hasObjectsLists
        previousObjectList=hasPreviousObjectList previousValueList=hasPreviousValueList stddev sum sumsq totalCount
        valueList=hasValueList valueLists=hasValueLists values=hasValues vocabs=hasVocabs""",
    ("@container", "@set"): "features=geojson:features",
    ("@container", "@index"): "dataset=hasDataset",
    ("@container", "@language"): "languageMap=hasLanguageMap previousLanguageMap=hasPreviousLanguageMap",
}
_SINCE_1_7 = "VocabularyProperty dataset previousVocab vocab vocabs"
_SINCE_1_8 = """
ContextSourceIdentity JsonProperty ListProperty ListRelationship VocabProperty containedBy contextSourceAlias
contextSourceExtras contextSourceTimeAt contextSourceUptime entity entityList entityMap expandValues geometryProperty
join joinLevel json jsonKeys jsons linkedMaps objectList objectType objectsLists omit pick previousJson
previousObjectList previousValueList valueList valueLists
"""
_UNTIL_1_7 = "VocabularyProperty"
_OWN_IRI = frozenset({"attributeCount", "attributeDetails"})  # in all but 1.7 published as their own IRI


def is_core_url(url: str) -> bool:
    """Whether this is the address of a core @context, of any version."""
    return _CORE_URL.fullmatch(url) is not None


def core_context(version: str = VERSION) -> dict[str, Any]:
    """Return the core @context of a version (one of `VERSIONS`): what stands under `@context`."""
    old = version in ("1.6", "1.7")
    absent = {*(_SINCE_1_8 if old else _UNTIL_1_7).split(), *(_SINCE_1_7.split() if version == "1.6" else ())}
    head: dict[str, Any] = {} if old else {"@version": 1.1, "@protected": True}
    terms = {name: value for name, value in _terms().items() if name not in absent}
    if version != "1.7":
        terms |= {name: name for name in _OWN_IRI}
    return head | terms


def _terms() -> dict[str, Any]:
    terms: dict[str, Any] = {name: f"ngsi-ld:{name}" for name in _PLAIN.split()}
    terms |= {name: f"geojson:{name}" for name in _GEOJSON.split()}
    for (keyword, coercion), names in _COERCED.items():
        for name, _, word in (entry.partition("=") for entry in names.split()):
            iri = word if ":" in word else f"ngsi-ld:{word or name}"
            terms[name] = {"@id": iri, keyword: coercion}
    return terms | _MAPPED
