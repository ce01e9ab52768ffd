"""The OpenAPI description of what is served here, made of the table of operations."""

from functools import cache
from typing import Any

from spiegelstad.context.http_api.media import GEO_JSON, JSON, LD_JSON, MERGE_PATCH
from spiegelstad.context.http_api.operations import OPERATIONS, Operation

_TEXT: dict[str, Any] = {"type": "string"}
_URI: dict[str, Any] = {"type": "string", "format": "uri", "pattern": "^[A-Za-z][A-Za-z0-9+.-]*:.+"}
_FLAG: dict[str, Any] = {"type": "boolean"}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_TIME: dict[str, Any] = {"type": "string", "format": "date-time"}


def _one_of(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "id": (_TEXT, "Ids of entities, with commas."),
    "type": (_TEXT, "Types of entities: an expression of names with , ; | ( )."),
    "idPattern": (_TEXT, "A regular expression for ids."),
    "attrs": (_TEXT, "Attributes, with commas."),
    "pick": (_TEXT, "The members to show, with commas."),
    "omit": (_TEXT, "The members not to show, with commas."),
    "q": (_TEXT, "A query on attributes (clause 4.9)."),
    "csf": (_TEXT, "A query on context sources."),
    "georel": (_TEXT, "near, within, contains, intersects, equals, disjoint or overlaps (clause 4.10)."),
    "geometry": (
        _one_of("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
        "The kind of geometry of the geo-query.",
    ),
    "coordinates": (_TEXT, "The coordinates of the geo-query, as in GeoJSON."),
    "geoproperty": (_TEXT, "The GeoProperty of the geo-query; location when absent."),
    "geometryProperty": (_TEXT, "The GeoProperty that becomes the geometry in GeoJSON."),
    "scopeQ": (_TEXT, "A query on scopes (clause 4.19)."),
    "lang": (_TEXT, "The language that languageMaps are reduced to."),
    "datasetId": (_TEXT, "datasetIds, with commas; @none is the default instance."),
    "options": (_TEXT, "Options, with commas: keyValues, concise, sysAttrs, noOverwrite, …"),
    "format": (
        _one_of("normalized", "concise", "simplified", "keyValues", "temporalValues", "aggregatedValues"),
        "The representation.",
    ),
    "sysAttrs": (_FLAG, "Whether createdAt and the like are shown."),
    "local": (_FLAG, "Whether other context sources are left out."),
    "containedBy": (_TEXT, "Ids of entities met before in the graph."),
    "join": (_one_of("flat", "inline", "@none"), "How linked entities are shown."),
    "joinLevel": ({"type": "integer", "minimum": 1}, "How deep linked entities are followed."),
    "entityMap": (_FLAG, "Whether the map of entities is kept for the next pages."),
    "limit": (_COUNT, "How many at most."),
    "offset": (_COUNT, "How many are passed over."),
    "count": (_FLAG, "Whether NGSILD-Results-Count is given."),
    "orderBy": (_TEXT, "By what the entities are ordered."),
    "orderFrom": (_TEXT, "The place from which distances are ordered, as coordinates."),
    "orderGeometry": (_TEXT, "The kind of geometry of orderFrom."),
    "collation": (_TEXT, "How texts are ordered: a language."),
    "after": (_TEXT, "Where this page begins, as the Link of the page before gave it."),
    "before": (_TEXT, "Where this page ends, as the Link of the page after it gave it."),
    "expandValues": (_TEXT, "Attributes whose values in q are names to be expanded, with commas."),
    "jsonKeys": (_TEXT, "Attributes whose paths in q are keys of JSON, with commas."),
    "entityMapLifetime": (_TEXT, "How long the map of entities is kept, by ISO 8601."),
    "splitEntities": (_FLAG, "Whether parts of one entity from several sources stay apart."),
    "keep": (_TEXT, "Attributes that are left, with commas."),
    "drop": (_TEXT, "Attributes that are taken away, with commas."),
    "deleteAll": (_FLAG, "Whether all instances of the attribute go."),
    "observedAt": (_TIME, "The observedAt that merged attributes get."),
    "details": (_FLAG, "Whether more is told of each."),
    "kind": (_one_of("Cached", "Hosted", "ImplicitlyCreated"), "Of which kind."),
    "reload": (_FLAG, "Whether it is fetched anew."),
    "timerel": (_one_of("before", "after", "between"), "The temporal relation (clause 4.11)."),
    "timeAt": (_TIME, "The moment, or the begin of the interval."),
    "endTimeAt": (_TIME, "The end of the interval."),
    "timeproperty": (_one_of("observedAt", "createdAt", "modifiedAt", "deletedAt"), "Which time is meant."),
    "lastN": ({"type": "integer", "minimum": 1}, "Only so many of the latest instances."),
    "aggrMethods": (_TEXT, "totalCount, distinctCount, sum, avg, min, max, stddev, sumsq; with commas."),
    "aggrPeriodDuration": (_TEXT, "The duration of each period, by ISO 8601."),
}
_TENANT = {"name": "NGSILD-Tenant", "in": "header", "schema": _TEXT, "description": "The id of a city."}
_LINK = {"name": "Link", "in": "header", "schema": _TEXT, "description": "The @context, of what is not JSON-LD."}

_SCHEMAS: dict[str, Any] = {
    "ContextPart": {"oneOf": [_URI, {"type": "object"}]},
    "LdContext": {"oneOf": [_URI, {"type": "object"}, {"type": "array", "items": _ref("ContextPart")}]},
    "HostedContext": {"type": "object", "required": ["@context"], "properties": {"@context": _ref("LdContext")}},
    "Attribute": {
        "type": "object",
        "properties": {"type": _TEXT, "observedAt": _TIME, "datasetId": _URI, "unitCode": _TEXT, "expiresAt": _TIME},
    },
    "Fragment": {"type": "object", "properties": {"id": _URI, "type": _ref("Names"), "scope": _ref("Names")}},
    "Names": {"oneOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]},
    "Entity": {"allOf": [_ref("Fragment"), {"required": ["id", "type"]}]},
    "Entities": {"type": "array", "items": _ref("Entity"), "minItems": 1},
    "Ids": {"type": "array", "items": _URI, "minItems": 1},
    "FragmentTemporal": _ref("Fragment"),
    "EntityTemporal": _ref("Entity"),
    "EntityMap": {"type": "object", "properties": {"id": _URI, "type": _one_of("EntityMap"), "expiresAt": _TIME}},
    "Query": {
        "type": "object",
        "required": ["type"],
        "properties": {
            "type": _one_of("Query"),
            "entities": {"type": "array", "items": {"type": "object"}},
            "attrs": {"type": "array", "items": _TEXT},
            "q": _TEXT,
            "geoQ": {"type": "object"},
            "scopeQ": _TEXT,
            "temporalQ": {"type": "object"},
        },
    },
    "Subscription": {
        "type": "object",
        "properties": {
            "id": _URI,
            "type": _one_of("Subscription"),
            "entities": {"type": "array", "items": {"type": "object"}},
            "watchedAttributes": {"type": "array", "items": _TEXT},
            "q": _TEXT,
            "notification": {"type": "object"},
        },
    },
    "Notification": {
        "type": "object",
        "properties": {
            "id": _URI,
            "type": _one_of("Notification"),
            "data": {"type": "array", "items": _ref("Fragment")},
        },
    },
    "Registration": {
        "type": "object",
        "properties": {
            "id": _URI,
            "type": _one_of("ContextSourceRegistration"),
            "information": {"type": "array", "items": {"type": "object"}},
            "endpoint": _URI,
        },
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {"type": _URI, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT},
    },
}  # fmt: skip
_MEANING = {
    "200": "Here it is.",
    "201": "Created.",
    "204": "Done.",
    "206": "A part of it; Content-Range says which.",
    "207": "Done in part: what went well and what did not.",
}


@cache
def description() -> dict[str, Any]:
    """Return the description (OpenAPI 3.1)."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Spiegelstad: the live context (NGSI-LD)",
            "version": "1.8.1",
            "description": "ETSI GS CIM 009 v1.8.1. Writing needs an API key with the scope context:write.",
        },
        "servers": [{"url": "/ngsi-ld/v1"}],
        "security": [{}, {"key": []}],
        "paths": paths,
        "components": {"schemas": _SCHEMAS, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    in_path = [part.strip("{}") for part in operation.path.split("/") if part.startswith("{")]
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": f"Clause {operation.clause} of ETSI GS CIM 009",
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": _TEXT} for name in in_path),
            *(_parameter(name) for name in operation.parameters),
            _TENANT,
            _LINK,
        ],
        "responses": {
            **{status: _success(operation, status) for status in operation.statuses},
            "default": {"description": "An error.", "content": {JSON: {"schema": _ref("Problem")}}},
        },
    }
    if operation.body:
        described["requestBody"] = {"required": True, "content": _body(operation)}
    return described


def _parameter(name: str) -> dict[str, Any]:
    schema, text = _PARAMETERS[name]
    return {"name": name, "in": "query", "schema": schema, "description": text}


def _body(operation: Operation) -> dict[str, Any]:
    types = (JSON, LD_JSON, MERGE_PATCH) if operation.method == "PATCH" else (JSON, LD_JSON)
    return {type_: {"schema": _ref(operation.body)} for type_ in types}


def _success(operation: Operation, status: str) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": _MEANING[status]}
    if status in ("200", "206"):
        entities = operation.name in ("queryEntities", "retrieveEntity", "queryBatch")
        types = (JSON, LD_JSON, GEO_JSON) if entities else (JSON, LD_JSON)
        answer["content"] = {type_: {"schema": {}} for type_ in types}
    elif status == "207":
        answer["content"] = {JSON: {"schema": {"type": "object"}}}
    return answer
