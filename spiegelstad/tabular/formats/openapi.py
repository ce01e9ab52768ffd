"""One description (OpenAPI 3.1) of the rows of all datasets: what can be asked, what the columns mean. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from spiegelstad.base.localised import Localised, in_language
from spiegelstad.catalogue.public import FILE_TYPES, Column, ColumnType, Rows, geometry_of
from spiegelstad.tabular.rules import ALL, MAX_FACETS, MAX_PAGE, PARAMETERS

MAX_DATASETS = 500
"""So many stand in one description; any other can be asked for by name."""

Document = dict[str, Any]

_SCHEMAS: Mapping[str, Document] = {
    ColumnType.VARCHAR: {"type": "string"},
    ColumnType.BIGINT: {"type": "integer", "format": "int64"},
    ColumnType.DOUBLE: {"type": "number", "format": "double"},
    ColumnType.BOOLEAN: {"type": "boolean"},
    ColumnType.DATE: {"type": "string", "format": "date"},
    ColumnType.TIMESTAMPTZ: {"type": "string", "format": "date-time"},
    ColumnType.BLOB: {"type": "string", "description": "WKT, WGS84"},
}
QUOTE = '"'
_LISTS = {"columns": 100, "sort": 6, "group": 6, "facets": MAX_FACETS}
"""Parameters that name columns, and how many at most."""

_COMPARED = ("eq", "ne", "lt", "le", "gt", "ge")
_OF_TEXT = ("like", "ilike", "contains", "starts")
_ERRORS = {"400": "A parameter is not right; `parameter` names it and `remedy` says what to do.",
           "404": "There is no such dataset, version or format, or not for you.",
           "406": "None of the accepted media types can be given.",
           "413": "The answer would be too large, or take too long."}  # fmt: skip


def describe(found: Sequence[Rows], host: str, city: Localised) -> Document:
    """Return the description; `host`: the address of the site, with a slash at its end."""
    paths: Document = {}
    schemas: Document = {"problem": _problem()}
    for rows in found:
        slug = rows.version.slug
        schemas[slug] = _row(rows)
        paths[f"/data/{slug}/rows"] = _path(rows, f"rows of {slug}")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{in_language(city)}: rows of datasets",
            "version": "1",
            "description": "Filter with `column__operator=value`; all filters must hold. Every dataset has the same "
            f"parameters. At most {MAX_DATASETS} datasets stand here; another with `?dataset=<name>`.",
        },
        "servers": [{"url": host.rstrip("/")}],
        "paths": paths,
        "components": {"schemas": schemas, "parameters": _parameters(), "responses": _responses()},
    }


def _path(rows: Rows, id_: str) -> Document:
    kinds = [name for name in ("json", *FILE_TYPES) if name != "geojson" or geometry_of(rows.columns)]
    types: Document = {FILE_TYPES[name].partition(";")[0]: {} for name in kinds if name != "json"}
    document = {"application/json": {"schema": _page(rows.version.slug)}}
    names = [name for name in PARAMETERS if name not in _LISTS and (name != "bbox" or geometry_of(rows.columns))]
    operation = {
        "operationId": id_,
        "summary": in_language(rows.version.title),
        "externalDocs": {"url": f"/data/{rows.version.slug}"},
        "parameters": [
            _filters(rows.columns),
            *(_list(name, rows.columns) for name in _LISTS),
            *({"$ref": f"#/components/parameters/{name}"} for name in names),
        ],
        "responses": {
            "200": {"description": "The rows.", "content": {**document, **types, "text/html": {}}},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in _ERRORS},
        },
    }
    return {"get": operation}


def _list(name: str, columns: Sequence[Column]) -> Document:
    """Return a parameter that takes names of columns with commas; a name that holds a comma stands in quotes."""
    usable = [column.name for column in columns if name == "columns" or column.type != ColumnType.BLOB]
    names = [f'"{one.replace(QUOTE, QUOTE * 2)}"' if {",", QUOTE} & set(one) else one for one in usable]
    if name == "sort":
        names += [f"-{one}" for one in usable if {",", QUOTE}.isdisjoint(one)]
    schema = {"type": "array", "items": {"enum": names}, "uniqueItems": True, "minItems": 1, "maxItems": _LISTS[name]}
    return {"name": name, "in": "query", "style": "form", "explode": False, "schema": schema,
            "description": PARAMETERS[name]}  # fmt: skip


def _filters(columns: Sequence[Column]) -> Document:
    """Return the filters: an object whose members are parameters of their own in the address."""
    properties: Document = {}
    for column in columns:
        plain = {"type": "string", "minLength": 1} if column.type == ColumnType.VARCHAR else _SCHEMAS[column.type]
        properties[f"{column.name}__null"] = {"type": "boolean"}
        if column.type != ColumnType.BLOB:
            properties |= {f"{column.name}__{operator}": plain for operator in _COMPARED}
            properties[f"{column.name}__in"] = {"type": "string", "description": "values, with commas"}
        if column.type == ColumnType.VARCHAR:
            properties |= {f"{column.name}__{operator}": plain for operator in _OF_TEXT}
    schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"name": "filter", "in": "query", "style": "form", "explode": True, "schema": schema,
            "description": "`column__operator=value`"}  # fmt: skip


def _row(rows: Rows) -> Document:
    """Return what a row is. Nothing is required: who asks chooses the columns."""
    return {
        "type": "object",
        "title": in_language(rows.version.title),
        "properties": {column.name: _column(column) for column in rows.columns},
    }


def _column(column: Column) -> Document:
    schema = dict(_SCHEMAS[column.type])
    schema["type"] = [schema["type"], "null"]
    if meaning := in_language(column.description):
        schema["description"] = meaning
    if column.unit:
        schema["x-unit"] = column.unit  # UN/CEFACT
    return schema


def _page(slug: str) -> Document:
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{slug}"}}
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["dataset", "version", "licence", "rows"],
        "properties": {
            "dataset": {**text, "description": "The address of the dataset."},
            "version": {**text, "description": "The address of the version, which never changes."},
            "licence": text,
            "count": {"type": "integer", "description": "Rows behind all pages."},
            "facets": {"type": "object"},
            "rows": rows,
            "next": {**text, "description": "The address of the next page."},
        },
    }


def _parameters() -> Document:
    schemas: Document = {
        "limit": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_PAGE}, {"const": ALL}]},
        "count": {"type": "boolean"},
        "q": {"type": "string", "maxLength": 200},
        "aggregate": {"type": "string", "pattern": "^count$|^[a-z_]+:.+$"},
        "bbox": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        "after": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
        "format": {"enum": ["json", "html", *(name for name in FILE_TYPES if name != "json")]},
    }
    return {
        name: {
            "name": name,
            "in": "query",
            "description": text,
            "schema": schemas[name],
            "style": "form",
            "explode": False,
        }
        for name, text in PARAMETERS.items()
        if name not in _LISTS
    }


def _responses() -> Document:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}}
    return {status: {"description": text, "content": content} for status, text in _ERRORS.items()}


def _problem() -> Document:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {"type": text, "title": text, "status": {"type": "integer"}, "detail": text, "remedy": text,
                       "parameter": text, "column": text},
    }  # fmt: skip
