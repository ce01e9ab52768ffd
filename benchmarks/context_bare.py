"""What one request costs without a framework: a bare WSGI callable with the same SQL, for bench_context.

GET …/entities/{id} answers with the row; PATCH …/entities/{id}/attrs/temperature locks it, writes it, its event and its
observation, in one durable transaction. Nobody is authenticated, nothing is validated, nothing is rendered.
"""

import os
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import orjson
import psycopg

from benchmarks.context_city import CITY, TEMPERATURE, statements_folder

_ROW = """
SELECT e.id, e.types, e.scopes, e.attributes::text, e.created_at, e.modified_at, e.expires_at
FROM context_entity e
WHERE e.tenant_id = %s AND e.classification = 'public' AND e.id = ANY(%s)
  AND (e.expires_at IS NULL OR e.expires_at > now())
ORDER BY e.id"""
_LOCK_NUMBER = 0x6C6F67
_own = threading.local()


@cache
def _statement(room: str, name: str) -> str:
    from spiegelstad.base import sql

    return sql.load(statements_folder().parent / room / "actions", name)


def _connection() -> "psycopg.Connection[Any]":
    if not hasattr(_own, "connection"):
        _own.connection = psycopg.connect(os.environ["BENCH_DATABASE"], autocommit=True, prepare_threshold=3)
    found: psycopg.Connection[Any] = _own.connection
    return found


@cache
def _series(entity_id: str) -> int:
    rows = _connection().execute(
        "SELECT series_id FROM context_attributeseries WHERE tenant_id = %s AND entity_id = %s AND attribute = %s",
        [CITY, entity_id, TEMPERATURE],
    )
    series: int = rows.fetchall()[0][0]
    return series


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """Answer."""
    entity_id, _, attribute = environ["PATH_INFO"].partition("/entities/")[2].partition("/attrs/")
    if attribute:
        _update(entity_id, orjson.loads(environ["wsgi.input"].read()))
        start_response("204 No Content", [])
        return [b""]
    id_, types, _scopes, attributes, *_times = _connection().execute(_ROW, [CITY, [entity_id]]).fetchall()[0]
    body = b'{"id":%s,"type":%s,"attributes":%s}' % (orjson.dumps(id_), orjson.dumps(types), attributes.encode())
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _update(entity_id: str, given: dict[str, Any]) -> None:
    database, at = _connection(), datetime.now(UTC)
    with database.transaction():
        held = database.execute(_statement("context", "lock_entities"), {"tenant": CITY, "ids": [entity_id]}).fetchone()
        assert held is not None
        id_, types, scopes, attributes, created_at, _modified_at, expires_at, *_closure = held
        previous = attributes[TEMPERATURE][""]
        instance = {**previous, **given, "modifiedAt": (stamp := at.isoformat()[:26] + "Z")}
        attributes = {**attributes, TEMPERATURE: {"": instance}}
        document = {"id": id_, "types": types, "scopes": scopes, "attributes": attributes}
        location = "((3.7,51.0),(3.7,51.0))"
        row = {**document, "name": "", "lon": 3.7, "lat": 51.0, "box": location, "created_at": created_at}
        row |= {"modified_at": stamp, "expires_at": expires_at, "classification": None, "department": None}
        change = {"attribute": TEMPERATURE, "dataset": "", "kind": "attributeUpdated", "previous": previous}
        rows = orjson.dumps([{**row, "changes": [change], "place": 0}]).decode()
        database.execute(
            _statement("context", "change_entities"), {"tenant": CITY, "lock": _LOCK_NUMBER, "at": at, "rows": rows}
        )
        values = {"series": [_series(entity_id)], "at": [at], "value": [float(given["value"])]}
        database.execute(_statement("mirror", "record_newest"), {"tenant": CITY, **values, "now": at, "tells": False})
