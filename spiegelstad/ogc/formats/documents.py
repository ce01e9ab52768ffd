"""The documents of the standard, of plain dictionaries: links, collections, queryables."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from spiegelstad.base.localised import in_language
from spiegelstad.catalogue.public import Column
from spiegelstad.ogc.queries.collections import Collection
from spiegelstad.ogc.vocabulary import (
    CRS84,
    GEOJSON,
    GREGORIAN,
    HTML,
    JSON,
    QUERYABLES,
    RECORDS,
    SCHEMA,
    SYSTEMS,
    TILESETS,
)

Document = dict[str, Any]
Address = Callable[..., str]
"""Makes an absolute address of a path under the root and of parameters."""


def link(href: str, rel: str, type_: str, title: str = "") -> Document:
    """Return a link."""
    return {"href": href, "rel": rel, "type": type_, **({"title": title} if title else {})}


def self_and_other(address: Address, path: str, is_html: bool, type_: str = JSON) -> list[Document]:
    """Return the links to a document itself and to its other form."""
    as_json = link(address(path, f="json"), "alternate" if is_html else "self", type_)
    as_html = link(address(path, f="html"), "self" if is_html else "alternate", HTML)
    return [as_html, as_json] if is_html else [as_json, as_html]


def moment(value: datetime | None) -> str | None:
    """Return a moment in UTC to the second."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def collection_document(
    address: Address, one: Collection, is_html: bool, *, bounds: Sequence[float] | None
) -> Document:
    """Describe a collection; `bounds` in WGS84."""
    path = f"/collections/{one.id}"
    coverage = one.version.coverage
    links = [
        *self_and_other(address, path, is_html),
        link(address(f"{path}/items"), "items", GEOJSON, in_language(one.dataset.title)),
        link(address(f"{path}/items", f="html"), "items", HTML),
        link(address(f"{path}/queryables"), QUERYABLES, SCHEMA),
        link(address(f"{path}/tiles"), TILESETS, JSON),
        link(address(f"/collections/{RECORDS}/items/{one.id}"), "describedby", GEOJSON),
        link(address("").removesuffix("/ogc") + f"/data/{one.id}", "canonical", HTML),
        link(one.dataset.licence_uri, "license", HTML),
    ]
    extent: Document = {}
    if bounds:
        extent["spatial"] = {"bbox": [list(bounds)], "crs": CRS84}
    if coverage.from_ or coverage.to:
        extent["temporal"] = {"interval": [[moment(coverage.from_), moment(coverage.to)]], "trs": GREGORIAN}
    return {
        "id": one.id,
        "title": in_language(one.dataset.title),
        "description": in_language(one.dataset.description),
        "keywords": list(one.dataset.keywords.get("nl", ())),
        "itemType": "feature",
        **({"extent": extent} if extent else {}),
        "crs": list(SYSTEMS),
        "storageCrs": CRS84,
        "links": links,
    }


SCHEMAS: Mapping[str, Document] = {
    "VARCHAR": {"type": "string"},
    "BIGINT": {"type": "integer"},
    "DOUBLE": {"type": "number"},
    "BOOLEAN": {"type": "boolean"},
    "DATE": {"type": "string", "format": "date"},
    "TIMESTAMP WITH TIME ZONE": {"type": "string", "format": "date-time"},
}
_GEOMETRIES = {"Point": "point", "LineString": "linestring", "Polygon": "polygon", "MultiPoint": "multipoint",
               "MultiLineString": "multilinestring", "MultiPolygon": "multipolygon"}  # fmt: skip


def queryables_document(address: Address, one: Collection, kinds: Sequence[str]) -> Document:
    """Describe, as a JSON schema, what may stand in a filter; `kinds` are those of the shapes."""
    format_ = _GEOMETRIES.get(kinds[0], "any") if len(kinds) == 1 else "any"
    properties = {column.name: _schema(column) for column in one.columns}
    properties[one.geometry] = {"format": f"geometry-{format_}", "x-ogc-role": "primary-geometry"}
    if one.time:
        properties[one.time]["x-ogc-role"] = "primary-instant"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": address(f"/collections/{one.id}/queryables"),
        "type": "object",
        "title": in_language(one.dataset.title),
        "properties": properties,
        "additionalProperties": False,
    }


def _schema(column: Column) -> Document:
    words = in_language(column.description)
    return {"title": column.name, **({"description": words} if words else {}), **SCHEMAS[column.type]}
