"""Actions about the rows of datasets."""

import csv
import io
from datetime import UTC, date, datetime
from typing import Any, cast
from urllib.parse import urlencode

import orjson

from spiegelstad.catalogue import access
from spiegelstad.catalogue.formats import lines
from spiegelstad.catalogue.http_api.ckan.arguments import NotAuthorized, NotValid
from spiegelstad.catalogue.http_api.ckan.asking import Asked
from spiegelstad.catalogue.rules import Column
from spiegelstad.catalogue.selection import rules as selecting
from spiegelstad.catalogue.selection.rules import All, BadSelection, Comparison, Condition, Order, Selection, Words
from spiegelstad.catalogue.selection.rules import Any as Any_
from spiegelstad.catalogue.vocabulary import ColumnType

MAX_ROWS = 32_000
_ID = "_id"
_TYPES = {
    ColumnType.VARCHAR: "text", ColumnType.BIGINT: "int8", ColumnType.DOUBLE: "float8", ColumnType.BOOLEAN: "bool",
    ColumnType.DATE: "date", ColumnType.TIMESTAMPTZ: "timestamptz", ColumnType.BLOB: "text",
}  # fmt: skip


def datastore_search_sql(_asked: Asked) -> Any:
    """Refuse SQL: what it could ask of many rows, a grouped request to the rows of a dataset answers within limits."""
    raise NotAuthorized("SQL is not offered here: use datastore_search, or group and count at /data/<dataset>/rows")


def datastore_search(asked: Asked) -> dict[str, Any]:
    """Return rows. Arguments: resource_id, filters, q, fields, distinct, sort, limit, offset, include_total,
    records_format (objects, lists, csv, tsv)."""
    arguments = asked.arguments
    id_ = arguments.required("resource_id", "id")
    rows = access.open_rows(asked.actor, id_.partition(".")[0])
    columns = {column.name: column for column in rows.columns}
    wanted = arguments.names("fields") or [_ID, *columns]
    for name in wanted:
        if name not in columns and name != _ID:
            raise NotValid("fields", f'field "{name}" not in table')
    limit, offset = arguments.number("limit", 100, MAX_ROWS), arguments.number("offset", 0, selecting.MAX_OFFSET)
    names = tuple(selecting.ROW if name == _ID else name for name in wanted)
    where = _where(asked, columns)
    selection = Selection(
        columns=() if arguments.flag("distinct", False) else names,
        group_by=names if arguments.flag("distinct", False) else (),
        where=where,
        order_by=_orders(arguments.text("sort")),
        limit=limit,
        offset=offset,
    )
    form = arguments.text("records_format", "objects")
    try:
        records = _records(rows, selection, wanted, form)
        total = rows.count(where) if arguments.flag("include_total", True) and not selection.is_grouped else None
    except BadSelection as error:
        raise NotValid("query", error.detail) from None
    found = {
        "resource_id": id_,
        "fields": [{"id": name, "type": _type(name, columns)} for name in wanted],
        "records_format": form,
        "records": records,
        "limit": limit,
        "offset": offset,
        "_links": _links(asked, limit, offset),
    }
    return found if total is None else {**found, "total": total, "total_was_estimated": False}


def _type(name: str, columns: dict[str, Column]) -> str:
    return "int" if name == _ID else _TYPES[ColumnType(columns[name].type)]


def _where(asked: Asked, columns: dict[str, Column]) -> Condition | None:
    conditions: list[Condition] = []
    filters = asked.arguments.structure("filters") or {}
    if not isinstance(filters, dict):
        raise NotValid("filters", "Must be an object")
    for name, value in filters.items():
        values = value if isinstance(value, list) else [value]
        conditions.append(_equals(name, columns, values))
    words = asked.arguments.structure("q") or ""
    if isinstance(words, dict):
        conditions += [Comparison(name, "contains", str(text)) for name, text in words.items()]
    elif words:
        conditions.append(Words(str(words)))
    return All(tuple(conditions)) if conditions else None


def _equals(name: str, columns: dict[str, Column], values: list[Any]) -> Condition:
    if name == _ID:
        return Comparison(selecting.ROW, "in", tuple(_number(name, value) - 1 for value in values))
    if name not in columns:
        raise NotValid("filters", f'field "{name}" not in table')
    try:
        typed = tuple(_typed(columns[name], value) for value in values if value is not None)
    except ValueError:
        raise NotValid("filters", f'"{name}" holds {columns[name].type}') from None
    missing = (Comparison(name, "null", True),) if None in values else ()
    return Any_((Comparison(name, "in", typed), *missing))


def _typed(column: Column, value: Any) -> selecting.Value:
    """Return a value as the column holds it, from JSON or from text; moments without a zone are in UTC."""
    if not isinstance(value, str):
        return cast(selecting.Value, value)
    match column.type:
        case ColumnType.BIGINT:
            return int(value)
        case ColumnType.DOUBLE:
            return float(value)
        case ColumnType.BOOLEAN:
            if value.lower() not in {"true", "false"}:
                raise ValueError(value)
            return value.lower() == "true"
        case ColumnType.DATE:
            return date.fromisoformat(value)
        case ColumnType.TIMESTAMPTZ:
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return value


def _number(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise NotValid("filters", f'"{name}" must be a number') from None


def _orders(text: str) -> tuple[Order, ...]:
    orders = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _space, direction = part.rpartition(" ")
        if direction.lower() not in {"asc", "desc"}:
            name, direction = part, "asc"
        name = name.strip().strip('"')
        orders.append(Order(selecting.ROW if name == _ID else name, direction.lower() == "desc"))
    return tuple(orders)


def _records(rows: access.Rows, selection: Selection, wanted: list[str], form: str) -> Any:
    """Return the rows in the form that is asked; `_id` counts from 1."""
    if form not in {"objects", "lists", "csv", "tsv"}:
        raise NotValid("records_format", "Must be one of: objects, lists, csv, tsv")
    found = orjson.loads(b"[" + rows.page(selection, lines.json_line).text[1:] + b"]")
    values = [[one[selecting.ROW] + 1 if name == _ID else one[name] for name in wanted] for one in found]
    if form == "objects":
        return [dict(zip(wanted, row, strict=True)) for row in values]
    if form == "lists":
        return values
    sink = io.StringIO()
    delimiter = "," if form == "csv" else "\t"
    csv.writer(sink, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC).writerows(values)
    return sink.getvalue()


def _links(asked: Asked, limit: int, offset: int) -> dict[str, str]:
    """Return the addresses of this part and the next, with the same arguments."""
    given = {name: value if isinstance(value, str) else orjson.dumps(value).decode()
             for name, value in asked.arguments.all().items() if name not in {"offset", "limit"}}  # fmt: skip
    base = "/api/3/action/datastore_search"
    start, following = {**given, "limit": limit}, {**given, "limit": limit, "offset": offset + limit}
    return {"start": f"{base}?{urlencode(start)}", "next": f"{base}?{urlencode(following)}"}
