"""The part of a dataset that is asked for or granted: columns, and conditions on rows. Pure.

A condition is `{"column", "operator", "values"}`, its values as text. People write one on a line:
`wijk = Dampoort; Sluizeken`, or `year >= 2020`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.errors import InvalidInput
from spiegelstad.catalogue.public import Column, ColumnType

OPERATORS = {"=": "in", ">=": "ge", "<=": "le", ">": "gt", "<": "lt"}
MAX_CONDITIONS = 10
MAX_VALUES = 100
_LINE = re.compile(r"^\s*(?P<column>.+?)\s*(?P<operator>>=|<=|=|>|<)\s*(?P<values>.+?)\s*$")
_TRUTH = {"true": True, "false": False, "ja": True, "nee": False}

Rows = list[dict[str, Any]]


class WrongScope(InvalidInput):
    """The part that is asked for does not fit the dataset; `detail` says why."""

    title = "This part cannot be asked for"


@dataclass(frozen=True, slots=True)
class Scope:
    """Columns by name, and the conditions that rows must meet, all of them."""

    columns: tuple[str, ...]
    rows: Rows

    def within(self, asked: Scope) -> Scope:
        """Return what both give: the part of this that was asked for."""
        more = [one for one in asked.rows if one not in self.rows]
        return Scope(tuple(name for name in self.columns if name in asked.columns), [*self.rows, *more])


def read_rows(text: str) -> Rows:
    """Read what people write; `WrongScope` names the line that cannot be read."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = _LINE.match(line)
        if match is None:
            raise WrongScope(f"Line {number} cannot be read. Write for example: year >= 2020")
        values = [value.strip() for value in match["values"].split(";")]
        operator = OPERATORS[match["operator"]]
        found.append({"column": match["column"], "operator": operator, "values": values})
    return found


def rows_as_text(rows: Rows) -> str:
    """Write conditions as people do."""
    signs = {name: sign for sign, name in OPERATORS.items()}
    return "\n".join(f"{one['column']} {signs[one['operator']]} {'; '.join(one['values'])}" for one in rows)


def check(scope: Scope, columns: Sequence[Column]) -> None:
    """Raise `WrongScope` unless every column and every value fits."""
    known = {column.name: column for column in columns}
    for name in (*scope.columns, *(one["column"] for one in scope.rows)):
        if name not in known:
            raise WrongScope(f"There is no column {name}.", remedy=", ".join(known))
    if not scope.columns:
        raise WrongScope("Choose one column at least.")
    if len(scope.rows) > MAX_CONDITIONS:
        raise WrongScope(f"At most {MAX_CONDITIONS} conditions may be set.")
    for one in scope.rows:
        values = typed_values(one, known)
        if len(values) > (MAX_VALUES if one["operator"] == "in" else 1):
            raise WrongScope(f"{one['column']} takes fewer values.")


def typed_values(condition: Mapping[str, Any], known: Mapping[str, Column]) -> tuple[Any, ...]:
    """Return the values of a condition in the type of its column."""
    column = known[condition["column"]]
    return tuple(_typed(value, column) for value in condition["values"])


def _typed(value: str, column: Column) -> Any:
    try:
        match column.type:
            case ColumnType.VARCHAR:
                return _if(value, "\0" not in value)
            case ColumnType.BIGINT:
                return _if(number := int(value), -(2**63) <= number < 2**63)
            case ColumnType.DOUBLE:
                return _if(decimal := float(value.replace(",", ".")), math.isfinite(decimal))
            case ColumnType.BOOLEAN:
                return _TRUTH[value.casefold()]
            case ColumnType.DATE:
                return date.fromisoformat(value)
            case ColumnType.TIMESTAMPTZ:
                moment = datetime.fromisoformat(value)
                return moment if moment.tzinfo else moment.replace(tzinfo=BRUSSELS)
            case _:
                raise WrongScope(f"No condition can be set on {column.name}: it is a geometry.")
    except (ValueError, KeyError):
        raise WrongScope(f"{value} is no value for {column.name}.") from None


def _if(value: Any, is_right: bool) -> Any:
    """Return a value that a column can hold; what none can hold would make every reading fail, once it is granted."""
    if not is_right:
        raise ValueError(value)
    return value
