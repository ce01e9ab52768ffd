"""GTFS-Realtime: vehicles, the stops of trips, or alerts, each a row; values are found by the names of the standard.

A row has `id`, `header.timestamp` and: for `vehicles` the message `vehicle` (`vehicle.position.latitude`,
`vehicle.trip.route_id`, `vehicle.vehicle.id`, …); for `stops` one `stop` (`stop.stop_id`, `stop.arrival.delay`, …) with
the `trip` it belongs to and `vehicle`; for `alerts` the message `alert`. Times are seconds since 1970: `format: unix`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from google.transit import gtfs_realtime_pb2

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.json import stage_records
from spiegelstad.ingest.formats.rows import InputFile, Rows, Wanted

MAX_BYTES = 200_000_000


def read_gtfs_realtime(files: Sequence[InputFile], form: Format, wanted: Sequence[Wanted], work: Path) -> Rows:
    """Give one row per vehicle, stop or alert, as text, with the values that are wanted."""
    records = ((number, one) for number, file in enumerate(files) for one in _records(file, form.records))
    return stage_records(records, wanted, files, work)


def _records(file: InputFile, kind: str) -> Iterator[dict[str, Any]]:
    feed = _feed(file)
    header = MessageToDict(feed.header, preserving_proto_field_name=True)
    for entity in feed.entity:
        if entity.is_deleted:
            continue
        beside = {"id": entity.id, "header": header}
        if kind == "vehicles" and entity.HasField("vehicle"):
            yield {**beside, "vehicle": _plain(entity.vehicle)}
        elif kind == "stops" and entity.HasField("trip_update"):
            update = _plain(entity.trip_update)
            for stop in update.pop("stop_time_update", ()):
                yield {**beside, **update, "stop": stop}
        elif kind == "alerts" and entity.HasField("alert"):
            yield {**beside, "alert": _plain(entity.alert)}


def _plain(message: Any) -> dict[str, Any]:
    found: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return found


def _feed(file: InputFile) -> Any:
    remedy = "Check the address; the last good version stays."
    if file.path.stat().st_size > MAX_BYTES:
        raise UnusableFile(f"{file.name}: the feed is larger than {MAX_BYTES // 1_000_000} MB.", remedy=remedy)
    feed = gtfs_realtime_pb2.FeedMessage()
    try:
        feed.ParseFromString(file.path.read_bytes())
    except DecodeError:
        raise UnusableFile(f"{file.name}: this is no GTFS-Realtime feed.", remedy=remedy) from None
    return feed
