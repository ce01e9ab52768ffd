"""What the columns of a version hold: how full, how many values, from what to what, and which most often.

Made once for each content, by vectorised statements in the sandbox, and kept beside its file: it goes with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.catalogue import queries, store
from spiegelstad.catalogue.actions import VersionPublished
from spiegelstad.catalogue.records import Version
from spiegelstad.catalogue.rules import Column
from spiegelstad.catalogue.sandbox.process import Limits, Session
from spiegelstad.catalogue.vocabulary import ColumnType

Value = str | int | float | bool | None
MOST_AT_ONCE = 500_000
"""Rows up to which a page that is asked for makes the profile itself: about half a second."""
MOST_FREQUENT = 5
_FEW = 50_000
_LONGEST_VALUE = 120
_BARS = 12
_STEPPED = {ColumnType.BIGINT, ColumnType.DOUBLE}
_RANGED = {*_STEPPED, ColumnType.DATE, ColumnType.TIMESTAMPTZ}
_PAGE, _JOB = Limits(seconds=8), Limits(seconds=120)


@dataclass(frozen=True, slots=True)
class Held:
    """What a column holds. `filled` is a share from 0 to 1, `distinct` about how many values, `low` and `high` the
    ends (moments and days as ISO 8601), `frequent` (value, rows), `bars` the rows in twelve equal steps from low to
    high.
    """

    filled: float
    distinct: int
    low: Value = None
    high: Value = None
    frequent: tuple[tuple[Value, int], ...] = ()
    bars: tuple[int, ...] = field(default=())


Profile = dict[str, Held]
_PROFILE = TypeAdapter(Profile)


def profile(actor: Actor, version: Version) -> Profile | None:
    """Return what the columns of a version hold; None when it is large and was not looked at yet, or is damaged."""
    kept = store.sidecar_of(version.content_hash, "profile.json")
    if kept.exists():
        return _PROFILE.validate_json(kept.read_bytes())
    if version.rows > MOST_AT_ONCE:
        return None
    try:
        return make_profile(actor, version, _PAGE)
    except SpiegelstadError:
        return None


def on_version_published(event: VersionPublished) -> None:
    """Look at a new version before somebody asks; one that is gone again meanwhile needs it no more."""
    actor = Actor.system(event.tenant_id, "profile")
    version = queries.versions_by_id(actor, [event.version_id]).get(event.version_id)
    if version is not None and not store.sidecar_of(version.content_hash, "profile.json").exists():
        make_profile(actor, version, _JOB)


def make_profile(actor: Actor, version: Version, limits: Limits) -> Profile:
    """Look at every column of a version, and keep what was found."""
    with queries.session(actor, tables={"t": version.id}, limits=limits) as open_:
        basics = open_.query(_basics(version.columns)).to_pylist()[0]
        found = {
            column.name: _held(
                open_, column, {key: basics[f"{key}{at}"] for key in ("n", "d", "lo", "hi")}, version.rows
            )
            for at, column in enumerate(version.columns)
        }
    _keep(version.content_hash, found)
    return found


def _keep(content_hash: str, found: Profile) -> None:
    written = store.incoming_file()
    written.write_bytes(_PROFILE.dump_json(found))
    if store.path_of(content_hash).exists():  # else it would lie there alone
        written.replace(store.sidecar_of(content_hash, "profile.json"))


def _basics(columns: Sequence[Column]) -> str:
    """Return one statement that looks at all columns: number filled, about how many values, lowest and highest."""
    parts = []
    for at, column in enumerate(columns):
        name = _name(column)
        ends = [f"min({name})", f"max({name})"] if column.type in _RANGED else ["NULL", "NULL"]
        if column.type == ColumnType.DOUBLE:
            ends = [f"{end} FILTER (isfinite({name}))" for end in ends]
        parts += [f"count({name}) AS n{at}", f"approx_count_distinct({name}) AS d{at}",
                  f"{ends[0]} AS lo{at}", f"{ends[1]} AS hi{at}"]  # fmt: skip
    return f"SELECT {', '.join(parts)} FROM t"  # noqa: S608  names are quoted


def _held(open_: Session, column: Column, basic: dict[str, Any], rows: int) -> Held:
    frequent: tuple[tuple[Value, int], ...] = ()
    name = _name(column)
    distinct = min(basic["d"], basic["n"])
    if column.type != ColumnType.BLOB and 0 < distinct <= _FEW and 2 * distinct <= max(2, basic["n"]):
        top = open_.query(
            f"SELECT {name} AS v, count(*) AS n FROM t WHERE {name} IS NOT NULL "  # noqa: S608
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST_FREQUENT}"
        )
        frequent = tuple((_plain(row["v"]), row["n"]) for row in top.to_pylist())
    low, high = basic["lo"], basic["hi"]
    bars: tuple[int, ...] = ()
    if column.type in _STEPPED and low is not None and low < high:
        bars = _bars(open_, name, low, high)
    filled = basic["n"] / rows if rows else 1.0
    return Held(filled, distinct, _plain(low), _plain(high), frequent, bars)


def _bars(open_: Session, name: str, low: float, high: float) -> tuple[int, ...]:
    wide = f"(CAST({name} AS DOUBLE) - $low) / $width"
    counted = open_.query(
        f"SELECT CAST(least(floor({wide}), {_BARS - 1}) AS INTEGER) AS step, count(*) AS n FROM t "  # noqa: S608
        f"WHERE {name} IS NOT NULL AND isfinite(CAST({name} AS DOUBLE)) GROUP BY 1",
        {"low": float(low), "width": (float(high) - float(low)) / _BARS},
    )
    found = {row["step"]: row["n"] for row in counted.to_pylist()}
    return tuple(found.get(step, 0) for step in range(_BARS))


def _name(column: Column) -> str:
    return '"' + column.name.replace('"', '""') + '"'


def _plain(value: Any) -> Value:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value[:_LONGEST_VALUE]
    if isinstance(value, float | int | bool | None):
        return value
    return str(orjson.dumps(value, default=str), "utf-8")[:_LONGEST_VALUE]
