"""From what a formula returned to cells that may be figures: the contract of the output, checked by column. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spiegelstad.indicators.formats.definition import IndicatorDefinition
from spiegelstad.indicators.rules.suppression import Area, Cell, Counted, hidden_cells
from spiegelstad.indicators.vocabulary import PERIOD_LENGTH, Period

MAX_FIGURES = 1_000_000
_SEPARATOR = "\x1f"
_PERIODS = {
    Period.YEAR: r"^\d{4}$",
    Period.MONTH: r"^\d{4}(-(0[1-9]|1[0-2]))?$",
    Period.DAY: r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$",
    Period.NONE: r"^$",
}

Numbers = NDArray[np.float64]


class BrokenFormula(Exception):
    """What a formula returned can't be figures; the text says why, for the one who wrote it."""


@dataclass(frozen=True)
class Cells:
    """Checked output, sorted by area type, area code and period. Numbers hold NaN where there is none."""

    area_type: pa.StringArray
    area_code: pa.StringArray
    period: pa.StringArray
    value: Numbers
    numerator: Numbers
    denominator: Numbers
    suppressed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.value)


def check_output(table: pa.Table, definition: IndicatorDefinition, areas: Collection[str]) -> Cells:
    """Check the output of a formula and compute values; `areas` holds `type<US>code` of all areas that exist.

    Raises BrokenFormula that says everything wrong with it.
    """
    table = _key_columns(table, definition)
    table = table.filter(pc.is_in(table["area_type"], pa.array(definition.area_types)))
    table = table.sort_by([(name, "ascending") for name in ("area_type", "area_code", "period")]).combine_chunks()
    numbers = {name: _numbers(table, name) for name in ("value", "numerator", "denominator")}
    problems = [*_key_problems(table, definition.period, areas), *_number_problems(table, numbers, definition)]
    if problems:
        raise BrokenFormula("; ".join(problems) + ".")
    value = numbers["value"] if "value" in table.column_names else _ratio(numbers, definition.ratio_factor)
    kind, code, period = (
        pc.cast(table[name].combine_chunks(), pa.string()) for name in ("area_type", "area_code", "period")
    )
    hidden = np.zeros(len(value), dtype=bool)
    return Cells(kind, code, period, value, numbers["numerator"], numbers["denominator"], hidden)


def _key_columns(table: pa.Table, definition: IndicatorDefinition) -> pa.Table:
    missing = [name for name in ("area_type", "area_code", "period") if name not in table.column_names]
    if missing:
        raise BrokenFormula(f"The formula must return {', '.join(missing)}.")
    if "value" not in table.column_names and not {"numerator", "denominator"} <= set(table.column_names):
        raise BrokenFormula("The formula must return value, or numerator and denominator.")
    for name in ("area_type", "area_code", "period"):
        kind = table.schema.field(name).type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            raise BrokenFormula(f"The column {name} must be text, not {kind}.")
    if table.num_rows > MAX_FIGURES:
        raise BrokenFormula(f"The formula returned more than {MAX_FIGURES} rows.")
    return table


def _numbers(table: pa.Table, name: str) -> Numbers:
    """The column as float64 with NaN for null; decimals and large integers are rounded to the nearest double."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    try:
        cast = pc.cast(table[name], pa.float64(), safe=False)
    except pa.ArrowException:
        raise BrokenFormula(f"The column {name} must hold numbers, not {table.schema.field(name).type}.") from None
    if table.num_rows and pc.any(pc.is_nan(cast)).as_py():
        raise BrokenFormula(f"The column {name} holds something that isn't a number (NaN).")
    numbers: Numbers = cast.to_numpy(zero_copy_only=False) if isinstance(cast, pa.Array) else cast.to_numpy()
    return numbers


def _key_problems(table: pa.Table, period: Period, areas: Collection[str]) -> list[str]:
    if not table.num_rows:
        return ["The formula returned no row for the area types of the indicator"]
    keys = [table[name] for name in ("area_type", "area_code", "period")]
    if any(column.null_count for column in keys):
        return ["An area or period is empty (NULL)"]
    problems = []
    area = pc.binary_join_element_wise(keys[0], keys[1], _SEPARATOR)
    unknown = pc.unique(area.filter(pc.invert(pc.is_in(area, pa.array(sorted(areas), pa.string()))))).to_pylist()
    if unknown:
        shown = ", ".join(text.replace(_SEPARATOR, " ") for text in unknown[:5])
        problems.append(f"{len(unknown)} areas don't exist ({shown})")
    wrong = pc.unique(keys[2].filter(pc.invert(pc.match_substring_regex(keys[2], _PERIODS[period])))).to_pylist()
    if wrong:
        problems.append(f"These aren't periods of the kind {period.value}: {', '.join(map(repr, wrong[:5]))}")
    cells = pc.binary_join_element_wise(area, keys[2], _SEPARATOR)
    if len(pc.unique(cells)) < table.num_rows:
        twice = next(row["values"] for row in pc.value_counts(cells).to_pylist() if row["counts"] > 1)
        problems.append(f"The same area and period come twice ({twice.replace(_SEPARATOR, ' ')})")
    return problems


def _number_problems(table: pa.Table, numbers: Mapping[str, Numbers], definition: IndicatorDefinition) -> list[str]:
    problems = [f"{name} is infinite somewhere" for name, column in numbers.items() if np.isinf(column).any()]
    if definition.minimum_cell:
        on = definition.suppress_on
        if on not in table.column_names:
            return [*problems, f"The minimum cell size is about {on}, which the formula doesn't return"]
        known = ~np.isnan(numbers["value"]) | ~np.isnan(numbers["numerator"])
        if np.isnan(numbers[on][known]).any():
            problems.append(f"{on} is empty (NULL) where there is a number to show, so its cell size isn't known")
        if (numbers[on] < 0).any():
            problems.append(f"{on} is negative somewhere, and a cell size can't be")
    return problems


def _ratio(numbers: Mapping[str, Numbers], factor: float) -> Numbers:
    """Compute factor × numerator / denominator; nothing where the denominator is zero or unknown."""
    denominator = numbers["denominator"]
    divisible = denominator != 0
    result: Numbers = np.full(len(denominator), np.nan)
    np.divide(factor * numbers["numerator"], denominator, out=result, where=divisible)
    return result


def suppress(cells: Cells, definition: IndicatorDefinition, parents: Mapping[Area, Area]) -> Cells:
    """Hide what counts too few and what would give it away: of hidden cells no number is left."""
    counts: Numbers = getattr(cells, definition.suppress_on)
    minimum = definition.minimum_cell
    if not minimum or not ((counts > 0) & (counts < minimum)).any():
        return cells
    areas = zip(cells.area_type.to_pylist(), cells.area_code.to_pylist(), strict=True)
    keys: list[Cell] = list(zip(areas, cells.period.to_pylist(), strict=True))
    counted = _counted(cells, counts, is_share=definition.unit == "P1" and definition.suppress_on == "denominator")
    hidden = hidden_cells({key: one for key, one in zip(keys, counted, strict=True) if one}, parents, minimum)
    mask = np.array([key in hidden for key in keys], dtype=bool)
    shown = [np.where(mask, np.nan, column) for column in (cells.value, cells.numerator, cells.denominator)]
    return Cells(cells.area_type, cells.area_code, cells.period, shown[0], shown[1], shown[2], mask)


def _counted(cells: Cells, counts: Numbers, *, is_share: bool) -> list[Counted | None]:
    """What each cell counts; None where nothing is known, which is nothing to hide."""
    parts = cells.numerator.tolist() if is_share else [math.nan] * len(cells)
    return [
        None if math.isnan(count) else Counted(count) if math.isnan(part) else Counted(count, part, count - part)
        for count, part in zip(counts.tolist(), parts, strict=True)
    ]


def is_main_period(period: str, kind: Period) -> bool:
    """Whether this period is of the indicator's own kind, not a total over several."""
    return len(period) == PERIOD_LENGTH[kind]
