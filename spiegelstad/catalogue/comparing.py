"""What differs between two versions of a dataset: columns, and rows added, changed and removed.

In the sandbox, with limits on rows, time and memory: what is too much is said, not waited for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import TooLarge
from spiegelstad.catalogue import queries
from spiegelstad.catalogue.records import Version
from spiegelstad.catalogue.rules import Column
from spiegelstad.catalogue.sandbox.process import Limits, Session

MOST_ROWS = 5_000_000
SHOWN = 20
_LIMITS = Limits(seconds=10, threads=2)


class TooManyRows(TooLarge):
    """The versions are too large to be compared on a page."""

    title = "Too large to compare here"


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """A value that differs, in the row with this key."""

    key: Any
    column: Column
    before: Any
    after: Any


@dataclass(frozen=True)
class Differences:
    """From an older version to a newer one.

    `key` is the column that tells rows apart; without one a changed row counts as one removed and one added.
    `added_rows` and `removed_rows` are the first of them, as values by column.
    """

    older: Version
    newer: Version
    key: str
    added_columns: tuple[Column, ...]
    removed_columns: tuple[Column, ...]
    retyped_columns: tuple[tuple[Column, Column], ...]
    added: int
    removed: int
    changed: int
    added_rows: tuple[Mapping[str, Any], ...]
    removed_rows: tuple[Mapping[str, Any], ...]
    changed_values: tuple[ChangedValue, ...]


def differences(actor: Actor, older: Version, newer: Version) -> Differences:
    """Compare two versions by the columns that both have. Raises TooManyRows, QueryTooSlow, QueryTooHeavy."""
    if max(older.rows, newer.rows) > MOST_ROWS:
        remedy = "Download both and compare them yourself."
        raise TooManyRows(f"Versions of up to {MOST_ROWS:,} rows are compared here.", remedy=remedy)
    before, after = ({column.name: column for column in v.columns} for v in (older, newer))
    both = [column for column in newer.columns if column.name in before and before[column.name].type == column.type]
    retyped = [(before[c.name], c) for c in newer.columns if c.name in before and before[c.name].type != c.type]
    key = next((column.name for column in both if column.role == "identifier"), "")
    with queries.session(actor, tables={"older": older.id, "newer": newer.id}, limits=_LIMITS) as open_:
        key = key if key and _is_unique(open_, key) else ""
        counts = _by_key(open_, key, both) if key else _by_row(open_, both)
        samples = [_only_in(open_, one, other, key, both) for one, other in (("newer", "older"), ("older", "newer"))]
        changed = _changed_values(open_, key, both) if key else ()
    return Differences(
        older=older,
        newer=newer,
        key=key,
        added_columns=tuple(c for name, c in after.items() if name not in before),
        removed_columns=tuple(c for name, c in before.items() if name not in after),
        retyped_columns=tuple(retyped),
        added=counts[0],
        removed=counts[1],
        changed=counts[2],
        added_rows=samples[0],
        removed_rows=samples[1],
        changed_values=changed,
    )


def _is_unique(open_: Session, key: str) -> bool:
    """Whether every row of both versions has a key of its own, as each was promised to."""
    name = _quoted(key)
    parts = [f"(SELECT count(*) = count(DISTINCT {name}) FROM {table})" for table in ("older", "newer")]  # noqa: S608
    return all(open_.query(f"SELECT {', '.join(parts)}").to_pylist()[0].values())


def _by_key(open_: Session, key: str, columns: Sequence[Column]) -> tuple[int, int, int]:
    name = _quoted(key)
    differs = " OR ".join(_differs(column) for column in columns if column.name != key) or "FALSE"
    row = open_.query(
        f"SELECT count(*) FILTER (o.{name} IS NULL) AS a, count(*) FILTER (n.{name} IS NULL) AS r, "  # noqa: S608
        f"count(*) FILTER (o.{name} IS NOT NULL AND n.{name} IS NOT NULL AND ({differs})) AS c "
        f"FROM older o FULL JOIN newer n ON o.{name} = n.{name}"
    ).to_pylist()[0]
    return row["a"], row["r"], row["c"]


def _by_row(open_: Session, columns: Sequence[Column]) -> tuple[int, int, int]:
    if not columns:
        return 0, 0, 0
    row = open_.query(
        f"SELECT (SELECT count(*) FROM ({_except('newer', 'older', columns)})) AS a, "  # noqa: S608
        f"(SELECT count(*) FROM ({_except('older', 'newer', columns)})) AS r"
    ).to_pylist()[0]
    return row["a"], row["r"], 0


def _only_in(
    open_: Session, one: str, other: str, key: str, columns: Sequence[Column]
) -> tuple[Mapping[str, Any], ...]:
    if not columns:
        return ()
    if key:
        name = _quoted(key)
        statement = (
            f"SELECT {_list(columns)} FROM {one} "  # noqa: S608
            f"WHERE NOT EXISTS (SELECT 1 FROM {other} o WHERE o.{name} = {one}.{name}) ORDER BY {name}"
        )
    else:
        statement = _except(one, other, columns)
    return tuple(open_.query(f"SELECT * FROM ({statement}) LIMIT {SHOWN}").to_pylist())  # noqa: S608


def _changed_values(open_: Session, key: str, columns: Sequence[Column]) -> tuple[ChangedValue, ...]:
    name = _quoted(key)
    found: list[ChangedValue] = []
    for column in columns:
        if column.name == key or len(found) >= SHOWN:
            continue
        value = _quoted(column.name)
        rows = open_.query(
            f"SELECT n.{name} AS k, o.{value} AS b, n.{value} AS a FROM older o JOIN newer n ON o.{name} = n.{name} "  # noqa: S608
            f"WHERE {_differs(column)} ORDER BY 1 LIMIT {SHOWN - len(found)}"
        ).to_pylist()
        found += [ChangedValue(row["k"], column, row["b"], row["a"]) for row in rows]
    return tuple(sorted(found, key=lambda value: str(value.key)))


def _differs(column: Column) -> str:
    name = _quoted(column.name)
    return f"o.{name} IS DISTINCT FROM n.{name}"


def _except(one: str, other: str, columns: Sequence[Column]) -> str:
    names = _list(columns)
    return f"SELECT {names} FROM {one} EXCEPT ALL SELECT {names} FROM {other}"  # noqa: S608


def _list(columns: Sequence[Column]) -> str:
    return ", ".join(_quoted(column.name) for column in columns)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
