"""Operators and functions of $filter in SQL, each the same as its twin in `rules/reference.py`."""

from collections.abc import Callable

COMPARING = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_LONGEST = "1000000"


def _part(unit: str) -> Callable[..., str]:
    return lambda a: f"extract({unit} FROM {a} AT TIME ZONE 'UTC')::float8"


def _place(number: str) -> str:
    return f"CASE WHEN {number} IS NOT NULL THEN trunc(LEAST(GREATEST({number}, 0), {_LONGEST}))::int END"


def _substring(text: str, start: str, length: str = "") -> str:
    tail = f", {_place(length)}" if length else ""
    return f"substr({text}, {_place(start)} + 1{tail})"


_WRITERS: dict[str, Callable[..., str]] = {
    "and": lambda *args: " AND ".join(args),
    "or": lambda *args: " OR ".join(args),
    "not": lambda a: f"NOT {a}",
    "add": lambda a, b: f"{a} + {b}",
    "sub": lambda a, b: f"{a} - {b}",
    "mul": lambda a, b: f"{a} * {b}",
    "div": lambda a, b: f"{a} / NULLIF({b}, 0)",
    "mod": lambda a, b: f"{a} - {b} * trunc({a} / NULLIF({b}, 0))",
    "time_between": lambda a, b: f"{a} - {b}",
    "duration_add": lambda a, b: f"{a} + {b}",
    "duration_sub": lambda a, b: f"{a} - {b}",
    "substringof": lambda a, b: f"strpos({b}, {a}) > 0",
    "contains": lambda a, b: f"strpos({a}, {b}) > 0",
    "startswith": lambda a, b: f"starts_with({a}, {b})",
    "endswith": lambda a, b: f"right({a}, length({b})) = {b}",
    "length": lambda a: f"length({a})::float8",
    "indexof": lambda a, b: f"(strpos({a}, {b}) - 1)::float8",
    "substring": _substring,
    "tolower": lambda a: f"lower({a})",
    "toupper": lambda a: f"upper({a})",
    "trim": lambda a: f"btrim({a}, ' ')",
    "concat": lambda a, b: f"{a} || {b}",
    "year": _part("year"),
    "month": _part("month"),
    "day": _part("day"),
    "hour": _part("hour"),
    "minute": _part("minute"),
    "second": lambda a: f"floor({_part('second')(a)})",
    "fractionalseconds": lambda a: f"mod(extract(second FROM {a} AT TIME ZONE 'UTC'), 1)::float8",
    "totaloffsetminutes": lambda a: f"CASE WHEN {a} IS NOT NULL THEN 0::float8 END",
    "date": lambda a: f"({a} AT TIME ZONE 'UTC')::date",
    "time": lambda a: f"({a} AT TIME ZONE 'UTC')::time",
    "round": lambda a: f"sign({a}) * floor(abs({a}) + 0.5)",
    "floor": lambda a: f"floor({a})",
    "ceiling": lambda a: f"ceiling({a})",
}


def write(name: str, args: list[str]) -> str:
    """Return an operator or function applied to SQL."""
    return f"({_WRITERS[name](*(f'({arg})' for arg in args))})"
