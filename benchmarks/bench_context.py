"""The live context of a million entities, over HTTP with Granian, against the same SQL without us.

Retrieving an entity and updating one attribute (durable, with event and history, ten thousand subscriptions present,
the notifier at work): against a bare WSGI callable (`context_bare.py`) on the same server with as many threads, under
four clients; seconds are those of all requests divided by their number. Batches, queries and counts: one client,
against the statement alone on a warm connection. Hourly averages of a year of minutes: against the same grouping of raw
rows. Notifications: from the moment a change is sent to the moment its subscriber has it, at 500 changes a second.

A part alone: `python -m benchmarks.bench_context query [--quick]`.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import psycopg

from benchmarks import context_city as city
from benchmarks.context_serving import BARE, OURS, RECEIVER, Connection, both_servers, load, ours, running
from benchmarks.row import Row

ENTITIES, SUBSCRIPTIONS, RUNS, REQUESTS = 1_000_000, 10_000, 9, 2_000
CHANGED, BATCH, PAGE = 200, 1_000, 20
MINUTES = 365 * 24 * 60
RATE, PIECE, SECONDS = 500, 50, 30
BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
POLYGON = [[[3.68, 51.04], [3.72, 51.04], [3.72, 51.06], [3.68, 51.06], [3.68, 51.04]]]
_WARM = f"(e.attributes #>> ARRAY['{city.TEMPERATURE}', '', 'value'])::float8 > %s"
_OF_TYPE = f"FROM context_entity e WHERE e.tenant_id = '{city.CITY}' AND e.types @> ARRAY['{city.VOCABULARY}Sensor']"
_QUERY = (
    f"SELECT e.id, e.types, e.scopes, e.attributes::text, e.created_at, e.modified_at {_OF_TYPE} AND {_WARM} "
    f"AND e.box <@ box '((3.68,51.04),(3.72,51.06))' ORDER BY e.id LIMIT {PAGE}"
)
# What somebody writes who has seen that the place is crowded: walk the entities by id, and stop at twenty.
_TUNED = (
    "SELECT e.id, e.types, e.scopes, e.attributes::text, e.created_at, e.modified_at FROM (SELECT * "
    f"FROM context_entity WHERE tenant_id = '{city.CITY}' ORDER BY id OFFSET 0) e "
    f"WHERE e.types @> ARRAY['{city.VOCABULARY}Sensor'] AND {_WARM} "
    f"AND e.box <@ box '((3.68,51.04),(3.72,51.06))' LIMIT {PAGE}"
)
_COUNT = f"SELECT count(*) {_OF_TYPE} AND {_WARM}"
_UPSERT = """
INSERT INTO context_entity AS known (tenant_id, id, types, scopes, attributes, name, lon, lat, box, created_at,
    modified_at, classification, department)
SELECT %(tenant)s, id, types, '{}', attributes, '', 3.7, 51.0, box '((3.7,51),(3.7,51))', now(), now(), 'public', ''
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (id text, types text[], attributes jsonb)
ON CONFLICT (tenant_id, id) DO UPDATE SET types = excluded.types, attributes = excluded.attributes,
    lon = excluded.lon, lat = excluded.lat, box = excluded.box, modified_at = excluded.modified_at"""
_HOURS = """
SELECT date_bin('1 hour', observed_at, 'epoch'), avg(value), max(value)
FROM mirror_observation o JOIN context_attributeseries s USING (tenant_id, series_id)
WHERE o.tenant_id = %s AND s.entity_id = %s AND o.observed_at >= %s AND o.observed_at < %s
GROUP BY 1 ORDER BY 1"""


@dataclass(frozen=True)
class Setting:
    """What all parts share."""

    quick: bool
    key: str
    dsn: str
    folder: Path

    @property
    def runs(self) -> int:
        """Return how often each side does its work."""
        return 3 if self.quick else RUNS

    @property
    def entities(self) -> int:
        """Return how many entities there are."""
        return ENTITIES // 50 if self.quick else ENTITIES

    def raw(self) -> "psycopg.Connection[Any]":
        """Return a connection without us."""
        return psycopg.connect(self.dsn, autocommit=True, prepare_threshold=3)


def retrieve(setting: Setting) -> list[Row]:
    """Retrieve entities all over the table."""
    number = REQUESTS // 10 if setting.quick else REQUESTS
    ids = [city.id_of(turn * 7919 % setting.entities) for turn in range(number)]
    requests = [city.request("GET", f"entities/{id_}", setting.key) for id_ in ids]
    with both_servers(setting.folder, setting.dsn):
        load(OURS, requests[:50]), load(BARE, requests[:50])
        pairs = [(load(OURS, requests), load(BARE, requests)) for _ in range(setting.runs)]
    return [_rated(f"retrieve one entity of {setting.entities:,}", "≥ 0.6 of its rate (≤ 1.67 ×)", pairs)]


def update(setting: Setting) -> list[Row]:
    """Update an attribute of entities in turn."""
    number, subscriptions = (REQUESTS // 10, 100) if setting.quick else (REQUESTS, SUBSCRIPTIONS)
    city.subscribe(subscriptions, "http://127.0.0.1:9/", entities=[{"type": "Vehicle"}], watchedAttributes=["speed"])
    ids = [city.id_of(turn) for turn in range(CHANGED)]
    pairs = []
    with both_servers(setting.folder, setting.dsn), running(["spiegelstad.project.notifier"]):
        load(OURS, city.update_requests(ids, CHANGED, 1, setting.key))  # makes the series
        load(BARE, city.update_requests(ids, CHANGED, 2, setting.key))
        for run in range(setting.runs):
            mine = load(OURS, city.update_requests(ids, number, run, setting.key))
            pairs.append((mine, load(BARE, city.update_requests(ids, number, run, setting.key))))
    work = f"update one attribute, {subscriptions:,} subscriptions present"
    return [_rated(work, "≥ 0.5 of its rate (≤ 2.0 ×)", pairs)]


def _rated(work: str, aim: str, pairs: list[tuple[float, float]]) -> Row:
    mine, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    note = f"{1 / mine:,.0f} requests a second, bare {1 / bare:,.0f}: {bare / mine:.2f} of its rate"
    return Row(f"context: {work}", "bare WSGI, the same SQL", aim, mine, bare, mine / bare, 0, note)


def batch(setting: Setting) -> list[Row]:
    """Upsert entities that are there already, each with a new value."""
    with ours(setting.folder), setting.raw() as raw:
        connection, pairs = Connection(OURS), []
        for run in range(setting.runs + 1):
            items = city.documents(0, BATCH, run)
            sent = city.request("POST", "entityOperations/upsert", setting.key, items)
            params = {"tenant": city.CITY, "rows": orjson.dumps([_raw_row(item) for item in items]).decode()}
            pairs.append((_timed(partial(connection.ask, sent))[0], _timed(partial(raw.execute, _UPSERT, params))[0]))
    aim = "≥ 0.5 of its rate (≤ 2.0 ×)"
    found = _compared(f"batch upsert of {BATCH:,} entities", "raw SQL upsert of the same documents", aim, pairs[1:])
    note = f"{BATCH / found.ours_s:,.0f} entities a second, with event log and history, which the raw way has not"
    return [Row(**{**found.__dict__, "note": f"{note}; {found.raw_s / found.ours_s:.2f} of its rate"})]


def _raw_row(item: dict[str, Any]) -> dict[str, Any]:
    names = {"location": city.LOCATION}
    parts = {key: value for key, value in item.items() if key not in ("id", "type")}
    attributes = {names.get(key, city.VOCABULARY + key): {"": value} for key, value in parts.items()}
    return {"id": item["id"], "types": [city.VOCABULARY + item["type"]], "attributes": attributes}


def query(setting: Setting) -> list[Row]:
    """Ask for a page by type, value and place."""
    place = f"georel=within&geometry=Polygon&coordinates={quote(json.dumps(POLYGON))}"
    path = f"entities?type=Sensor&q={quote('temperature>50')}&{place}&limit={PAGE}"
    work, found_rows = f"query by type, q and place, {PAGE} of {setting.entities:,}", []
    for against, statement, aim in (
        ("the bare SQL", _QUERY, "≤ 1.5 ×"),
        ("SQL tuned by hand for this place", _TUNED, "–"),
    ):
        found = _asked(setting, path, statement, 50.0, lambda body, rows: _ids_in(body) == [row[0] for row in rows])
        found_rows.append(_compared(work, against, aim, found))
    return found_rows


def _ids_in(body: bytes) -> list[str]:
    return [entity["id"] for entity in orjson.loads(body)]


def count(setting: Setting) -> list[Row]:
    """Count what a filter finds, and ask for its first page without the count."""
    path = f"entities?type=Sensor&q={quote('temperature>90')}"
    found = _asked(setting, f"{path}&count=true&limit=0", _COUNT, 90.0, lambda _, rows: bool(rows[0][0]))
    page = _asked(setting, f"{path}&limit={PAGE}", _COUNT, 90.0, lambda body, _: len(orjson.loads(body)) == PAGE)
    row = _compared(f"count of a filtered query, {setting.entities:,} entities", "the bare SQL", "≤ 1.3 ×", found)
    first_page = statistics.median(mine for mine, _ in page)
    return [Row(**{**row.__dict__, "note": f"the first page without a count: {first_page * 1000:.3g} ms"})]


def _asked(
    setting: Setting, path: str, statement: str, value: float, check: Callable[[bytes, list[Any]], bool]
) -> list[tuple[float, float]]:
    """Return the seconds of a GET and of a statement, interleaved, once both have found the same."""
    sent = city.request("GET", path, setting.key)
    with ours(setting.folder), setting.raw() as raw:
        connection = Connection(OURS)
        for _ in range(4):
            rows = raw.execute(statement.encode(), [value]).fetchall()
            if not check(connection.ask(sent), rows):
                raise AssertionError(f"{path} does not answer what the SQL finds")
        sides = (lambda: connection.ask(sent), lambda: raw.execute(statement.encode(), [value]).fetchall())
        return [(_timed(sides[0])[0], _timed(sides[1])[0]) for _ in range(setting.runs * 3)]


def temporal(setting: Setting) -> list[Row]:
    """Ask for hourly averages and maxima of a value a minute."""
    minutes = MINUTES // 12 if setting.quick else MINUTES
    entity, end = "urn:ngsi-ld:Station:1", BEGIN + timedelta(minutes=minutes)
    _write_history(entity, minutes)
    text = "%Y-%m-%dT%H:%M:%SZ"
    path = (
        f"temporal/entities/{entity}?options=aggregatedValues&aggrMethods=avg,max&aggrPeriodDuration=PT1H"
        f"&timerel=between&timeAt={BEGIN:{text}}&endTimeAt={end:{text}}&attrs=temperature"
    )
    sent, hours = city.request("GET", path, setting.key), minutes // 60
    with ours(setting.folder), setting.raw() as raw:
        connection = Connection(OURS)
        pairs = []
        for _ in range(setting.runs + 1):
            mine, body = _timed(lambda: connection.ask(sent))
            bare, rows = _timed(lambda: raw.execute(_HOURS, [city.CITY, entity, BEGIN, end]).fetchall())
            if not len(orjson.loads(body)["temperature"]["avg"]) == len(rows) == hours:
                raise AssertionError(f"{body[:500]!r} is not {hours} hours, the SQL finds {len(rows)}")
            pairs.append((mine, bare))
    work = f"hourly averages and maxima of {minutes // 1440} days of minutes"
    return [_compared(work, "raw rows without rollup", "≥ 20 × faster", pairs[1:])]


def _write_history(entity: str, minutes: int) -> None:
    from spiegelstad.accounts.public import Actor
    from spiegelstad.context.models import AttributeSeries, Entity
    from spiegelstad.context.testing import make_entity
    from spiegelstad.mirror.public import import_observations
    from spiegelstad.mirror.testing import make_city_table

    if Entity.objects.filter(tenant_id=city.CITY, id=entity).exists():
        return
    first = {"type": "Property", "value": 1.5, "observedAt": "2024-12-31T00:00:00Z"}
    make_entity(city.CITY, id=entity, type="Station", temperature=first)
    series = AttributeSeries.objects.get(tenant_id=city.CITY, entity_id=entity).series
    import_observations(by=Actor.system(city.CITY, "bench"), table=make_city_table([series.key], BEGIN, minutes, 60))


def notify(setting: Setting) -> list[Row]:
    """Change entities by batches at a steady rate and see when the subscriber has each change."""
    seconds, log = 5 if setting.quick else SECONDS, setting.folder / "received.txt"
    kind = f"Probe{time.time_ns()}"  # a run asks for nothing that an earlier one changed
    city.subscribe(1, f"http://127.0.0.1:{RECEIVER}/", entities=[{"type": kind}])
    receiver = ["benchmarks.context_receiver", str(RECEIVER), str(log)]
    with ours(setting.folder), running(receiver, RECEIVER), running(["spiegelstad.project.notifier"]):
        connection = Connection(OURS)
        _send(connection, setting.key, kind, 0)
        _received(log, PIECE)  # the notifier is awake
        rounds = seconds * RATE // PIECE
        started = time.monotonic()
        for turn in range(1, rounds + 1):
            _send(connection, setting.key, kind, turn)
            time.sleep(max(0.0, started + turn * PIECE / RATE - time.monotonic()))
        reached = rounds * PIECE / (time.monotonic() - started)
        late = sorted(_received(log, (rounds + 1) * PIECE)[PIECE:])
    p50, p99 = late[len(late) // 2], late[len(late) * 99 // 100]
    note = f"p50; p99 {p99 * 1000:.0f} ms, {reached:.0f} changes a second in batches of {PIECE}, none lost"
    return [Row("context: change → notification received", "–", "–", p50, 0, 0, 0, note)]


def _send(connection: Connection, key: str, kind: str, turn: int) -> None:
    moment = time.time()
    ids = (f"urn:ngsi-ld:{kind}:{turn % 20}:{one}" for one in range(PIECE))
    items = [{"id": id_, "type": kind, "sentAt": {"type": "Property", "value": moment}} for id_ in ids]
    connection.ask(city.request("POST", "entityOperations/upsert", key, items))


def _received(log: Path, number: int) -> list[float]:
    """Wait until so many changes have come; return how late each was."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lines = log.read_text(encoding="ascii").split("\n")[:-1] if log.exists() else []  # the last may be half there
        if len(lines) >= number:
            return [float(line) for line in lines]
        time.sleep(0.05)
    raise AssertionError(f"{len(lines)} changes of {number} were told")


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def _compared(work: str, against: str, aim: str, pairs: list[tuple[float, float]]) -> Row:
    mine, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Row(f"context: {work}", against, aim, mine, bare, mine / bare, 0, "over HTTP, with Granian")


PARTS = {part.__name__: part for part in (retrieve, update, batch, query, count, temporal, notify)}


def main(quick: bool, chosen: tuple[str, ...] = tuple(PARTS)) -> list[Row]:
    """Medians of interleaved runs; the parts share one city."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spiegelstad.project.settings")
    os.environ.setdefault("SPIEGELSTAD_ALLOW_HOSTS", "127.0.0.1")  # where the subscribers are
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    known = connection.get_connection_params()
    named = {name: known[name] for name in ("host", "port", "dbname", "user", "password") if known.get(name)}
    with tempfile.TemporaryDirectory() as folder:
        key = city.fill(ENTITIES // 50 if quick else ENTITIES)
        setting = Setting(quick, key, psycopg.conninfo.make_conninfo(**named), Path(folder))
        return [row for part in chosen for row in PARTS[part](setting)]


if __name__ == "__main__":
    from benchmarks.__main__ import HEADER, line
    from spiegelstad.base import postgres

    with tempfile.TemporaryDirectory(prefix="spiegelstad-bench-") as scratch:
        Path(scratch).chmod(0o755)  # the database runs as another user when root starts it
        os.environ["SPIEGELSTAD_VAR"] = scratch
        with postgres.running(Path(scratch)):
            names = tuple(name for name in PARTS if name in sys.argv)
            print("\n".join([HEADER, *map(line, main("--quick" in sys.argv, names or tuple(PARTS)))]))
