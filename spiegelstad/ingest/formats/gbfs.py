"""GBFS 2 and 3, shared bicycles, cars and scooters: each station or vehicle a row, with the names of version 3.

`stations` joins `station_information` and `station_status`; `vehicles` reads `vehicle_status` (version 2:
`free_bike_status`). What version 2 calls otherwise has the name of version 3 (`num_vehicles_available`, `vehicle_id`),
a name in several languages is its text in the first, and times are RFC 3339.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.json import stage_records
from spiegelstad.ingest.formats.rows import InputFile, Rows, Wanted

#: The feeds that each kind of record is read from: alternatives are names of the same feed in versions 3 and 2.
FEEDS = {
    "stations": (("station_information",), ("station_status",)),
    "vehicles": (("vehicle_status", "free_bike_status"),),
}
_RENAMED = {
    "num_bikes_available": "num_vehicles_available",
    "num_bikes_disabled": "num_vehicles_disabled",
    "bike_id": "vehicle_id",
}
_TIMES = ("last_reported", "available_until")
MAX_BYTES = 200_000_000


def read_gbfs(files: Sequence[InputFile], form: Format, wanted: Sequence[Wanted], work: Path) -> Rows:
    """Give one row per station or vehicle, as text, with the values that are wanted."""
    feeds = [_feed(files, names) for names in FEEDS[form.records]]
    records = _stations(*feeds) if form.records == "stations" else _items(feeds[0], "vehicles", "bikes")
    return stage_records(((0, one) for one in records), wanted, files, work)


def _feed(files: Sequence[InputFile], names: Sequence[str]) -> dict[str, Any]:
    """Read the feed that has one of these names, which is the name of its file."""
    for file in files:
        if file.stem in names:
            if file.path.stat().st_size > MAX_BYTES:
                raise UnusableFile(f"{file.name}: it is larger than {MAX_BYTES // 1_000_000} MB.")
            try:
                found = orjson.loads(file.path.read_bytes())
            except ValueError:
                raise UnusableFile(f"{file.name}: this isn't JSON.", remedy="Check the address.") from None
            if isinstance(found, dict) and isinstance(found.get("data"), dict):
                return found
            raise UnusableFile(f"{file.name}: this is no GBFS feed.", remedy="Check the address.")
    raise UnusableFile(f"There is no feed {' or '.join(names)}.", remedy="Check `records`, or the names of the files.")


def _stations(information: dict[str, Any], status: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Join what a station is with how it stands; a station without a status is one that can't be used now."""
    standing = {one.get("station_id"): one for one in _items(status, "stations")}
    for one in _items(information, "stations"):
        yield {**one, **standing.get(one.get("station_id"), {})}


def _items(feed: dict[str, Any], *names: str) -> Iterator[dict[str, Any]]:
    listed = next((feed["data"][name] for name in names if name in feed["data"]), None)
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise UnusableFile(f"The feed has no list `{names[0]}`.", remedy="Check the address.")
    updated = {"last_updated": _moment(feed.get("last_updated"))}
    for one in listed:
        yield {**updated, **{_RENAMED.get(key, key): _value(key, value) for key, value in one.items()}}


def _value(key: str, value: Any) -> Any:
    if key in _TIMES:
        return _moment(value)
    if isinstance(value, list) and value and all(isinstance(one, dict) and "text" in one for one in value):
        return value[0]["text"]
    return value


def _moment(value: Any) -> Any:
    """Give a time as RFC 3339: version 2 counts seconds since 1970."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 4e9:
        return dt.datetime.fromtimestamp(value, dt.UTC).isoformat()
    return value
