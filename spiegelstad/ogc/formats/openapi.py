"""The description of the API by OpenAPI 3.0.3: the same for every collection, whose properties are its queryables."""

from collections.abc import Mapping, Sequence
from typing import Any

from spiegelstad.ogc.vocabulary import CRS84, GEOJSON, HTML, JSON, OPENAPI, PROBLEM, RECORDS, SCHEMA, SYSTEMS, TILE

Document = dict[str, Any]


def api(root: str, title: str, *, default_limit: int, max_limit: int) -> Document:
    """Return the description; `root` is the address under which everything lies."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": title,
            "version": "1.0.0",
            "description": "OGC API Features, Records and Tiles. Each property of a collection (see its queryables) is "
            "also a parameter of its items.",
        },
        "servers": [{"url": root}],
        "tags": [{"name": name} for name in ("About", "Features", "Records", "Tiles")],
        "paths": {path: {"get": operation} for path, operation in _operations().items()},
        "components": {
            "parameters": _parameters(default_limit, max_limit),
            "responses": {"Problem": _response("What is wrong (RFC 9457).", PROBLEM, _PROBLEM)},
            "schemas": {"FeatureCollection": _COLLECTION, "Feature": _FEATURE, "Problem": _PROBLEM},
        },
    }


def _operations() -> Mapping[str, Document]:
    one, tiles = "/collections/{collectionId}", "/collections/{collectionId}/tiles/WebMercatorQuad"
    is_collection, feature = ("collectionId",), _ref("schemas", "Feature")
    items = ("limit", "offset", "version", "bbox", "bbox-crs", "datetime", "crs", "filter", "filter-lang", "filter-crs",
             "sortby", "properties")  # fmt: skip
    item, tile = ("featureId", "crs", "version"), ("tileMatrix", "tileRow", "tileCol", "version")
    records = ("limit", "offset", "bbox", "bbox-crs", "datetime", "q", "type", "ids", "externalIds")
    schema = {"type": "string", "format": "binary"}
    several = _ref("schemas", "FeatureCollection")
    return {
        "/": _operation("landing", "About", "The entrance"),
        "/conformance": _operation("conformance", "About", "What we conform to"),
        "/api": _operation("api", "About", "This description", type_=OPENAPI),
        "/collections": _operation("collections", "Features", "All collections"),
        one: _operation("collection", "Features", "One collection", is_collection),
        f"{one}/queryables": _operation(
            "queryables", "Features", "What may stand in a filter", is_collection, type_=SCHEMA
        ),
        f"{one}/items": _operation(
            "items", "Features", "Features", (*is_collection, *items), type_=GEOJSON, schema=several
        ),
        f"{one}/items/{{featureId}}": _operation(
            "item", "Features", "One feature", (*is_collection, *item), type_=GEOJSON, schema=feature
        ),
        f"/collections/{RECORDS}/items": _operation(
            "records", "Records", "Datasets as records", records, type_=GEOJSON, schema=several
        ),
        f"/collections/{RECORDS}/items/{{featureId}}": _operation(
            "record", "Records", "One dataset as a record", ("featureId",), type_=GEOJSON, schema=feature
        ),
        f"{one}/tiles": _operation("tilesets", "Tiles", "The tilesets of a collection", is_collection),
        tiles: _operation("tileset", "Tiles", "The vector tiles of a collection", is_collection),
        f"{tiles}/tilejson": _operation("tilejson", "Tiles", "The same as TileJSON", is_collection),
        f"{tiles}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}": _operation(
            "tile", "Tiles", "A vector tile", (*is_collection, *tile), type_=TILE, schema=schema
        ),
        "/tileMatrixSets": _operation("tileMatrixSets", "Tiles", "The tile matrix sets"),
        "/tileMatrixSets/WebMercatorQuad": _operation("tileMatrixSet", "Tiles", "WebMercatorQuad"),
    }


def _operation(
    name: str,
    tag: str,
    summary: str,
    parameters: Sequence[str] = (),
    *,
    type_: str = JSON,
    schema: Document | None = None,
) -> Document:
    content: Document = {type_: {"schema": schema or {"type": "object"}}}
    given = list(parameters)
    if type_ != TILE:
        content[HTML] = {"schema": {"type": "string"}}
        given.append("f")
    responses: Document = {"200": {"description": summary, "content": content}}
    if type_ == TILE:
        responses["204"] = {"description": "Nothing lies in this tile."}
    if given != ["f"]:
        responses["404"] = _ref("responses", "Problem")
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "parameters": [_ref("parameters", one) for one in given],
        "responses": {**responses, "400": _ref("responses", "Problem")},
    }


def _parameters(default_limit: int, max_limit: int) -> Mapping[str, Document]:
    crs = {"type": "string", "format": "uri", "enum": list(SYSTEMS), "default": CRS84}
    whole = {"type": "integer", "minimum": 0}
    text = {"type": "string"}
    in_path = [_parameter(name, "path", text) for name in ("collectionId", "featureId")]
    in_path += [_parameter(name, "path", whole) for name in ("tileMatrix", "tileRow", "tileCol")]
    box = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    limit = {"type": "integer", "minimum": 1, "maximum": max_limit, "default": default_limit}
    in_query = [
        _parameter("f", "query", {"type": "string", "enum": ["json", "html"]}, "The form of the answer."),
        _parameter("limit", "query", limit, "How many on a page."),
        _parameter("offset", "query", whole, "How many to pass over: follow the links instead."),
        _parameter("version", "query", {**whole, "minimum": 1}, "The version of the dataset; links to pages name it."),
        _parameter("bbox", "query", box, "What touches this box."),
        _parameter("bbox-crs", "query", crs),
        _parameter("crs", "query", crs, "The system of the coordinates in the answer."),
        _parameter("datetime", "query", text, "A moment, or two with a / between them; .. for open."),
        _parameter("filter", "query", text, "A filter in CQL2."),
        _parameter("filter-lang", "query", {**text, "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}),
        _parameter("filter-crs", "query", crs),
        _parameter("sortby", "query", {"type": "array", "items": text}, "Properties; with - the largest first."),
        _parameter("q", "query", {"type": "array", "items": text}, "Words; any of those between commas."),
        _parameter("type", "query", {"type": "array", "items": text}, "The kind of what is recorded."),
        _parameter("ids", "query", {"type": "array", "items": text}),
        _parameter("externalIds", "query", {"type": "array", "items": text}, "Identifiers elsewhere."),
    ]
    for one in in_query:
        if one["schema"].get("type") == "array":
            one |= {"style": "form", "explode": False}
    properties = _parameter(
        "properties", "query", {"type": "object", "additionalProperties": text}, "Any property equal to a value."
    )
    found = {one["name"]: one for one in (*in_path, *in_query)}
    return found | {"properties": properties | {"style": "form", "explode": True}}


def _parameter(name: str, where: str, schema: Document, words: str = "") -> Document:
    return {
        "name": name,
        "in": where,
        **({"description": words} if words else {}),
        "required": where == "path",
        "schema": schema,
    }


def _ref(kind: str, name: str) -> Document:
    return {"$ref": f"#/components/{kind}/{name}"}


def _response(words: str, type_: str, schema: Document) -> Document:
    return {"description": words, "content": {type_: {"schema": schema}}}


_PROBLEM: Document = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {"title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}},
}
_FEATURE: Document = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "geometry": {"type": "object", "nullable": True},
        "properties": {"type": "object"},
    },
}
_COLLECTION: Document = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "numberMatched": {"type": "integer", "minimum": 0},
        "numberReturned": {"type": "integer", "minimum": 0},
        "features": {"type": "array", "items": _ref("schemas", "Feature")},
    },
}
