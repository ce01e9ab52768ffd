"""How observations get into the tables: free moments, numbers to the mirror, details beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.mirror.public import (
    AttributeValue,
    Quality,
    import_observations,
    may_be_observed,
    record_values,
)
from spiegelstad.sensorthings.actions.changes import note
from spiegelstad.sensorthings.errors import InvalidEntity
from spiegelstad.sensorthings.models import Datastream, ObservationDetail
from spiegelstad.sensorthings.rules.addresses import Id
from spiegelstad.sensorthings.rules.geometries import widened
from spiegelstad.sensorthings.rules.observing import NO_DETAIL, Detail, Observed, place
from spiegelstad.sensorthings.rules.times import microseconds

HERE = Path(__file__).parent
_COLUMNS = (
    "named_at", "phenomenon_end", "result", "result_time", "result_quality", "valid_from", "valid_to", "parameters",
    "feature_id",
)  # fmt: skip
_JSON = {"result", "result_quality", "parameters"}
_LOCK = sql.load(HERE, "lock_streams")
_STREAMS = sql.load(HERE, "streams_for_writing")
_TAKEN = sql.load(HERE, "taken_moments")
_KEEP = sql.load(HERE, "keep_details")


@dataclass
class Stream:
    """What a writer needs to know of a datastream. `area`: its observedArea; `location`: where its thing stands,
    `there`: the feature of that, within `bounds`; `last_at`: after this all its moments are free."""

    series: int
    key: str
    department: str
    classification: str
    observation_type: str
    feature_id: int | None
    area: Any
    location: int | None
    there: int | None
    bounds: Sequence[float] | None
    last_at: datetime | None
    is_changed: bool = False


def open_streams(tenant_id: str, series: Sequence[int]) -> dict[int, Stream]:
    """Return the datastreams of a city that have these numbers; no other client writes to them until the transaction
    ends. They are read by a statement after that of the lock, and so as the one before us left them."""
    params = {"tenant": tenant_id, "series": sorted(set(series))}
    with sql.prepared() as locking, sql.prepared() as reading, reading.connection.pipeline():  # in one round trip
        locking.execute(_LOCK, params)
        reading.execute(_STREAMS, params)
        found = [Stream(*row) for row in reading]
    for stream in found:
        stream.area = orjson.loads(stream.area) if stream.area else None
    return {stream.series: stream for stream in found}


def feature_beside(stream: Stream, feature: int | None, bounds: Sequence[float] | None) -> int | None:
    """Return the feature to keep with an observation: none when it is that of its datastream.

    The first feature is that of the datastream, and the area that is observed reaches round all of them: in `stream`
    now, in the tables after `keep_changes`.
    """
    if stream.feature_id is None and feature is not None:
        stream.feature_id, stream.is_changed = feature, True
    if bounds is not None and (feature != stream.feature_id or stream.area is None):
        area = widened(stream.area, bounds)
        stream.area, stream.is_changed = area, stream.is_changed or area is not stream.area
    return None if feature == stream.feature_id else feature


def feature_there(tenant_id: str, stream: Stream) -> tuple[int | None, Sequence[float] | None]:
    """Return the feature where the thing stands, with its bounds (OGC 18-088: made from the thing's location)."""
    if stream.there is None and stream.location is not None:
        (made,) = sql.rows(sql.load(HERE, "make_feature_of_location"), {"location": stream.location})
        stream.there, stream.bounds = made
        note(tenant_id, "FeatureOfInterest", [made[0]])
    return stream.there, stream.bounds


def keep_changes(streams: Iterable[Stream]) -> None:
    """Store what changed of datastreams by their observations."""
    for stream in streams:
        if stream.is_changed:
            changed = {"feature_id": stream.feature_id, "observed_area": stream.area}
            Datastream.objects.filter(pk=stream.series).update(**changed)


def store(tenant_id: str, given: Sequence[Observed | str], known: Mapping[int, Stream]) -> list[Id | str]:
    """Store observations of open datastreams where a moment is free; return ids, and reasons for those not stored."""
    received = now()
    outcomes: list[Observed | str] = [_refused(item, received) for item in given]
    wanted = [item for item in outcomes if isinstance(item, Observed)]
    if not wanted:
        return [str(item) for item in outcomes]
    taken = _taken(tenant_id, [item for item in wanted if not _is_last(item, known[item.series])])
    new: list[Observed] = []
    for number, item in enumerate(outcomes):
        if isinstance(item, Observed):
            try:
                placed, is_new = place(item, taken.setdefault((item.series, item.at), {}))
            except ValueError as error:
                outcomes[number] = str(error)
                continue
            outcomes[number] = placed
            if is_new:
                taken[(item.series, item.at)][placed.at] = placed
                new.append(placed)
    gone = _write(tenant_id, new, known)
    return [
        "Retention has removed the observations of that time." if item in gone else _outcome(item) for item in outcomes
    ]


def _outcome(item: Observed | str) -> Id | str:
    if isinstance(item, str):
        return item
    return item.series, microseconds(item.detail.named_at or item.at)


def _refused(item: Observed | str, received: datetime) -> Observed | str:
    if isinstance(item, Observed) and not may_be_observed(item.at, received):
        return "phenomenonTime lies before 1900 or more than a day in the future."
    return item


def _is_last(item: Observed, stream: Stream) -> bool:
    return stream.last_at is None or item.at > stream.last_at


def _taken(tenant_id: str, wanted: Sequence[Observed]) -> dict[tuple[int, datetime], dict[datetime, Observed | None]]:
    """Return what stands in the milliseconds that are wanted."""
    if not wanted:
        return {}
    keys = sorted({(item.series, item.at) for item in wanted})
    moments = [at for _, at in keys]
    params = {"tenant": tenant_id, "series": [series for series, _ in keys], "at": moments}
    found: dict[tuple[int, datetime], dict[datetime, Observed | None]] = {}
    with sql.prepared() as cursor:
        for number, *row in cursor.execute(_TAKEN, params | {"first": min(moments), "last": max(moments)}):
            series, _ = key = keys[number - 1]
            there = found.setdefault(key, {})
            there[row[0]] = there.get(row[0]) if row[1] is None else _observed(series, row)
    return found


def at_free_moment(tenant_id: str, wanted: Observed) -> Observed:
    """Return the observation at a free microsecond of its moment; raises InvalidEntity when it cannot be there."""
    if isinstance(refusal := _refused(wanted, now()), str):
        raise InvalidEntity(refusal)
    try:
        return place(wanted, _taken(tenant_id, [wanted]).get((wanted.series, wanted.at), {}))[0]
    except ValueError as error:
        raise InvalidEntity(str(error)) from None


def overwrite(tenant_id: str, item: Observed, stream: Stream) -> None:
    """Write an observation over what stands at its moment."""
    if _write(tenant_id, [item], {stream.series: stream}):
        raise InvalidEntity("Retention has removed the observations of that time.")
    if item.detail == NO_DETAIL:
        ObservationDetail.objects.filter(tenant_id=tenant_id, series_id=item.series, observed_at=item.at).delete()


def _observed(series: int, row: Sequence[Any]) -> Observed:
    at, value, quality, *columns = row
    named = dict(zip(_COLUMNS, columns, strict=True))
    for name in _JSON:
        named[name] = None if named[name] is None else orjson.loads(named[name])
    kept = columns[_COLUMNS.index("result")] is not None
    counts = quality != Quality.BAD or not kept
    return Observed(series, at, value, counts, Detail(**named, result_is_set=kept))


def one(tenant_id: str, series: int, at: datetime) -> Observed | None:
    """Return the observation whose id has this moment."""
    rows = sql.rows(sql.load(HERE, "one_observation"), {"tenant": tenant_id, "series": series, "at": at})
    return _observed(series, rows[0]) if rows else None


def _write(tenant_id: str, new: Sequence[Observed], known: Mapping[int, Stream]) -> list[Observed]:
    """Write observations to moments that are free; return those of a time that retention has closed."""
    if not new:
        return []
    counting = [item for item in new if item.counts]
    values = [AttributeValue(item.series, item.at, item.value) for item in counting]
    refused = record_values(tenant_id, values, along=lambda: _write_details(tenant_id, new))
    gone = [counting[position] for position in refused]
    gone += _write_silent(tenant_id, [item for item in new if not item.counts], known)
    if gone:
        forget_details(tenant_id, [(item.series, item.at) for item in gone])
    return gone


def forget_details(tenant_id: str, keys: Sequence[tuple[int, datetime]]) -> None:
    """Forget what these observations have beside a moment and a number."""
    params = {"tenant": tenant_id, "series": [series for series, _ in keys], "at": [at for _, at in keys]}
    with sql.cursor() as cursor:
        cursor.execute(sql.load(HERE, "forget_details"), params)


def _write_silent(tenant_id: str, silent: Sequence[Observed], known: Mapping[int, Stream]) -> list[Observed]:
    """Keep the moments of results that are no number, as values that don't count."""
    if not silent:
        return []
    table = pa.table(
        {
            "series": pa.array([known[item.series].key for item in silent], pa.string()),
            "observed_at": pa.array([item.at for item in silent], pa.timestamp("us", tz="UTC")),
            "value": pa.array([item.value for item in silent], pa.float64()),
            "quality": pa.array([int(Quality.BAD)] * len(silent), pa.int16()),
        }
    )
    refused = import_observations(by=Actor.system(tenant_id, "sensorthings"), table=table).refused
    return [silent[refusal.row] for refusal in refused]


def _write_details(tenant_id: str, new: Sequence[Observed]) -> None:
    detailed = [item for item in new if item.detail != NO_DETAIL]
    if detailed:
        rows = [
            {"series": item.series, "observed_at": item.at, **{name: _column(item.detail, name) for name in _COLUMNS}}
            for item in detailed
        ]
        with sql.prepared() as cursor:
            cursor.execute(_KEEP, {"tenant": tenant_id, "rows": orjson.dumps(rows).decode()})


def _column(detail: Detail, name: str) -> Any:
    """Return a column as `keep_details` takes it: JSON as its text, so that a null is one and not nothing."""
    value = getattr(detail, name)
    if name in _JSON and (value is not None or (name == "result" and detail.result_is_set)):
        return orjson.dumps(value).decode()
    return value
