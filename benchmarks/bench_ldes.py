"""Event streams over a log of a million changes of entities, each an entity with a place and three attributes.

Ingest: the job that follows the log makes a member of each change, with the pages of both views, against a consumer
that only reads the log as consumers do (`LogReader`). Replication: a client over HTTP (Granian, one connection) walks
the view by time from its root, N-Quads, and counts the members, against one that reads the same log as text with the
statement of the log alone, ten thousand rows at a time. Rows: the first version of a dataset of a million rows, against
DuckDB that reads the file and makes the same triples.
"""

import gc
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.context_serving import OURS, Connection, ours
from benchmarks.memory import growth
from benchmarks.row import Row
from spiegelstad.base.garbage import SELDOM

CITY, CHANGES, RUNS = "bench-ldes", 1_000_000, 3
VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"
_FILL = """
INSERT INTO context_contextevent (tenant_id, sequence, transaction, at, entity_id, kind, changes, after, before,
    classification, department)
SELECT %(city)s, nextval('context_event_sequence'), 1, %(at)s::timestamptz + n * interval '1 ms', id,
    CASE WHEN n < %(changes)s / 10 THEN 'entityCreated' ELSE 'entityUpdated' END,
    jsonb_build_array(jsonb_build_object('attribute', %(vocabulary)s || 'temperature', 'dataset', '',
        'kind', 'attributeUpdated', 'previous', NULL)),
    jsonb_build_object('id', id, 'types', jsonb_build_array(%(vocabulary)s || 'Sensor'), 'scopes', '[]'::jsonb,
        'createdAt', %(at)s, 'modifiedAt', %(at)s, 'expiresAt', NULL, 'attributes', jsonb_build_object(
            'https://uri.etsi.org/ngsi-ld/location', jsonb_build_object('', times || jsonb_build_object(
                'type', 'GeoProperty', 'value', jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(
                    3.6 + (one * 7919 %% 10007) / 50035.0, 51.0 + (one * 104729 %% 10009) / 100090.0)))),
            %(vocabulary)s || 'temperature', jsonb_build_object('', times || jsonb_build_object('type', 'Property',
                'value', n %% 1000 / 10.0, 'unitCode', 'CEL', 'observedAt', %(at)s)),
            %(vocabulary)s || 'owner', jsonb_build_object('', times || jsonb_build_object('type', 'Relationship',
                'object', 'urn:ngsi-ld:Owner:' || one %% 97)),
            %(vocabulary)s || 'street', jsonb_build_object('', times || jsonb_build_object('type', 'Property',
                'value', 'Street ' || one %% 5000)))),
    NULL, 'public', ''
FROM (
    SELECT n::bigint AS n, n::bigint %% (%(changes)s / 10) AS one,
        'urn:ngsi-ld:Sensor:' || lpad((n %% (%(changes)s / 10))::text, 8, '0') AS id,
        jsonb_build_object('createdAt', %(at)s, 'modifiedAt', %(at)s) AS times
    FROM generate_series(0, %(changes)s - 1) n
) made ORDER BY n
"""
_READ = """
SELECT sequence, transaction, at, tenant_id, entity_id, kind, changes::text, after::text, before::text, classification,
    department
FROM context_contextevent WHERE sequence > %s ORDER BY sequence LIMIT 10000
"""
_NODE = re.compile(rb"<https://w3id.org/tree#node> <([^>]+)>")
_MEMBER = b"> <https://w3id.org/tree#member> <"


def _timed(work: Callable[[], int], wanted: int) -> float:
    started = time.perf_counter()
    found = work()
    taken = time.perf_counter() - started
    if found != wanted:
        raise RuntimeError(f"{found} instead of {wanted}")
    return taken


def _read_log() -> int:
    from spiegelstad.context.public import LogReader

    reader, done = LogReader("bench"), 0
    while events := reader.read(10_000):
        done += len(events)
        reader.place = events[-1].sequence
    return done


def _read_text(raw: "psycopg.Connection[Any]") -> int:
    done = last = 0
    while found := raw.execute(_READ, [last]).fetchall():
        done, last = done + len(found), found[-1][0]
    return done


def _replicate() -> int:
    """Walk the view by time; every node is asked for once."""
    connection, done = Connection(OURS), 0
    todo, seen = [f"http://127.0.0.1:{OURS}/streams/types/Sensor/time".encode()], set()
    while todo:
        address = todo.pop()
        seen.add(address)
        path = address.split(b"/", 3)[3]
        head = b"GET /%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: application/n-quads\r\n\r\n"
        body = connection.ask(head % (path, OURS))
        done += body.count(_MEMBER)
        todo += set(_NODE.findall(body)) - seen
    return done


def main(quick: bool) -> list[Row]:
    """Measure ingest, replication, and the rows of a dataset."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    os.environ.setdefault("SPIEGELSTAD_ALLOW_HOSTS", "127.0.0.1")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from spiegelstad.accounts.testing import make_tenant

    call_command("migrate", verbosity=0)
    changes = CHANGES // 50 if quick else CHANGES
    make_tenant(CITY)
    names = {"city": CITY, "changes": changes, "vocabulary": VOCABULARY, "at": "2026-01-01T00:00:00.000000Z"}
    with connection.cursor() as cursor:
        cursor.execute(_FILL, names)
        cursor.execute("VACUUM ANALYZE context_contextevent")
    known = connection.get_connection_params()
    named = {name: known[name] for name in ("host", "port", "dbname", "user", "password") if known.get(name)}
    with tempfile.TemporaryDirectory() as folder, psycopg.connect(**named, autocommit=True) as raw:
        return [_ingest(changes), _replication(changes, Path(folder), raw), _rows(changes)]


def _ingest(changes: int) -> Row:
    from spiegelstad.ldes.actions.entities import follow

    thresholds = gc.get_threshold()
    gc.set_threshold(*SELDOM)  # as the worker has it; the reader gains as much
    read = [_timed(_read_log, changes) for _ in range(2)]
    with growth() as grown:
        mine = _timed(follow, changes)
    read.append(_timed(_read_log, changes))
    gc.set_threshold(*thresholds)
    bare = statistics.median(read)
    note = f"{changes / mine:,.0f} members a second; the reader alone {changes / bare:,.0f}"
    return Row(
        f"streams: ingest of {changes:,} changes", "reading the event log", "-", mine, bare, mine / bare, grown.mb, note
    )


def _replication(changes: int, folder: Path, raw: "psycopg.Connection[Any]") -> Row:
    raw.execute("VACUUM ANALYZE ldes_member, ldes_page")
    with ours(folder):
        _replicate(), _read_text(raw)
        pairs = [(_timed(_replicate, changes), _timed(lambda: _read_text(raw), changes)) for _ in range(RUNS)]
    mine, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    note = f"{changes / mine:,.0f} members a second over HTTP"
    work = f"streams: full replication of {changes:,} members over HTTP"
    return Row(work, "the event log read as text", "≤ 2 ×", mine, bare, mine / bare, 0, note)


def _rows(number: int) -> Row:
    import duckdb
    import pyarrow as pa

    from spiegelstad.accounts.public import Actor
    from spiegelstad.catalogue.public import Column, current_version, parquet_path
    from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version
    from spiegelstad.ldes.actions.datasets import build_dataset
    from spiegelstad.ldes.formats import rows

    table = pa.table({
        "number": [f"T{n:08}" for n in range(number)], "kind": [f"kind {n % 97}" for n in range(number)],
        "height": [n % 300 / 10 for n in range(number)], "lon": [3.6 + n % 10007 / 50035 for n in range(number)],
        "lat": [51.0 + n % 10009 / 100090 for n in range(number)],
    })  # fmt: skip
    first, *rest = columns_of(table)
    columns = (Column(first.name, first.type, role="identifier"), *rest)
    make_dataset(CITY, "trees", columns)
    make_version(CITY, "trees", table, columns=columns)
    path = parquet_path(current_version(Actor.system(CITY, "bench"), "trees").id)
    body = rows.body_sql("trees", columns, placed=False)

    def bare() -> int:
        found = duckdb.sql(f"SELECT {body} FROM read_parquet('{path}')").to_arrow_reader(10_000)
        return sum(batch.num_rows for batch in found)

    raw = statistics.median([_timed(bare, number) for _ in range(RUNS)])
    with growth() as grown:
        mine = _timed(lambda: build_dataset(CITY, "trees"), number)
    note = f"{number / mine:,.0f} members a second, stored with their pages"
    return Row(
        f"streams: first version of {number:,} rows",
        "DuckDB making the triples",
        "-",
        mine,
        raw,
        mine / raw,
        grown.mb,
        note,
    )
