"""SQL over a version, named `t`, that gives people, not rows. Every name is quoted and every value bound. Pure."""

# ruff: noqa: S608  SQL for the sandbox, in which every name is quoted and every value bound
from __future__ import annotations

from collections.abc import Mapping, Sequence

Parameters = dict[str, str | int | float | bool | None]


def quoted(name: str) -> str:
    """Return the name of a column as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _label(column: str) -> str:
    return f"coalesce(CAST({quoted(column)} AS VARCHAR), '')"


def _person(column: str) -> str:
    """Return who a row is about; without a column for people every row is somebody, told apart by a number."""
    return _label(column) if column else "row_number() OVER ()"


def cells(columns: Sequence[str], sums: Mapping[str, tuple[float, float]], person: str, threshold: int) -> str:
    """Return SELECT l0, l1 …, people, s0, s1 …: groups of at least `threshold` people.

    Small groups lose their last label and are put together, again and again; what has no label left may be too small.
    A person counts once in a cell, for at most the bounds of each sum in every finest group.
    """
    levels = len(columns)
    labels = "".join(f", {_label(name)} AS l{number}" for number, name in enumerate(columns))
    measures = "".join(f", CAST({quoted(name)} AS DOUBLE) AS m{number}" for number, name in enumerate(sums))
    names = ", ".join(f"l{number}" for number in range(levels))
    bounded = "".join(
        f", least(greatest(coalesce(sum(m{number}), 0), {low!r}), {high!r}) AS s{number}"
        for number, (low, high) in enumerate(sums.values())
    )
    steps = [
        f"named AS (SELECT {_person(person)} AS who{labels}{measures} FROM t)",
        f"d{levels} AS (SELECT {names}, who{bounded}, {levels} AS depth FROM named GROUP BY {names}, who)",
    ]
    for depth in range(levels, 0, -1):
        partition = ", ".join(f"l{number}" for number in range(depth))
        steps.append(
            f"n{depth} AS (SELECT {partition}, count(DISTINCT who) AS people FROM d{depth} WHERE depth = {depth}"
            f" GROUP BY {partition})"
        )
        same = " AND ".join(f"d.l{number} = n.l{number}" for number in range(depth))
        steps.append(
            f"d{depth - 1} AS (SELECT d.* REPLACE (CASE WHEN d.depth = {depth} AND n.people < {int(threshold)}"
            f" THEN {depth - 1} ELSE d.depth END AS depth) FROM d{depth} d LEFT JOIN n{depth} n ON {same})"
        )
    shown = ", ".join(f"CASE WHEN depth > {number} THEN l{number} END AS l{number}" for number in range(levels))
    totals = "".join(f", sum(s{number}) AS s{number}" for number in range(len(sums)))
    again = ", ".join(str(number + 1) for number in range(levels))
    return (
        f"WITH {', '.join(steps)} SELECT {shown}, count(DISTINCT who) AS people{totals} FROM d0 GROUP BY {again}, depth"
    )


def changed(columns: Sequence[str], person: str) -> str:
    """Return SELECT people: how many people's rows differ between the versions `old` and `new` in these columns."""
    names = ", ".join(quoted(name) for name in dict.fromkeys([*columns, *([person] if person else [])]))
    differ = (
        f"WITH added AS (SELECT {names} FROM new EXCEPT ALL SELECT {names} FROM old),"
        f" gone AS (SELECT {names} FROM old EXCEPT ALL SELECT {names} FROM new)"
    )
    if person:
        both = "(SELECT * FROM added UNION ALL SELECT * FROM gone)"
        return f"{differ} SELECT count(DISTINCT {_label(person)}) AS people FROM {both}"
    return f"{differ} SELECT greatest((SELECT count(*) FROM added), (SELECT count(*) FROM gone)) AS people"


def count(where: Mapping[str, Sequence[str]], person: str) -> tuple[str, Parameters]:
    """Return SELECT value: how many people have these values."""
    chosen, values = _where(where)
    inner = f"SELECT {_person(person)} AS who FROM t{chosen}"
    return f"SELECT count(DISTINCT who) AS value FROM ({inner})", values


def total(
    column: str,
    bounds: tuple[float, float],
    steps: tuple[float, float],
    where: Mapping[str, Sequence[str]],
    person: str,
) -> tuple[str, Parameters]:
    """Return SELECT value, people: the sum over people of what they have above an origin, in whole units (`steps`).

    Each person's sum is first brought within the bounds; whole numbers add up exactly, so nothing leaks by rounding.
    """
    chosen, values = _where(where)
    chosen += f"{' AND' if chosen else ' WHERE'} {quoted(column)} IS NOT NULL"
    (low, high), (origin, unit) = bounds, steps
    named = f"SELECT {_person(person)} AS who, CAST({quoted(column)} AS DOUBLE) AS m FROM t{chosen}"
    one = f"least(greatest(sum(m), {low!r}), {high!r})"
    inner = f"SELECT CAST(round(({one} - {origin!r}) / {unit!r}) AS BIGINT) AS q FROM ({named}) GROUP BY who"
    return f"SELECT CAST(coalesce(sum(q), 0) AS BIGINT) AS value, count(*) AS people FROM ({inner})", values


def histogram(
    column: str, categories: Sequence[str], where: Mapping[str, Sequence[str]], person: str
) -> tuple[str, Parameters]:
    """Return SELECT label, value: in each category how many people; who is in several counts in the first only."""
    chosen, values = _where({**where, column: categories})
    named = f"SELECT {_person(person)} AS who, {_label(column)} AS label FROM t{chosen}"
    inner = f"SELECT min(label) AS label FROM ({named}) GROUP BY who"
    return f"SELECT label, count(*) AS value FROM ({inner}) GROUP BY label", values


def _where(where: Mapping[str, Sequence[str]]) -> tuple[str, Parameters]:
    values: Parameters = {}
    conditions = []
    for name, chosen in where.items():
        marks = []
        for value in chosen:
            marks.append(f"$v{len(values)}")
            values[f"v{len(values)}"] = value
        conditions.append(f"{_label(name)} IN ({', '.join(marks)})" if marks else "false")
    return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), values
