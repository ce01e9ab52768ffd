"""Reading the SQL of an indicator without running it: which tables, which functions, which columns come out.

DuckDB itself parses and binds the statement over empty tables, so an unknown column or a wrong type is found before any
data is touched. What could give another answer tomorrow (clock, chance, sampling) is refused: a figure must come out
the same to the digit whenever it is recomputed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

KEY_COLUMNS = ("area_type", "area_code", "period")
NUMBER_COLUMNS = ("value", "numerator", "denominator")
ALLOWED_TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest"})
_CLOCK = frozenset({"current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "today", "now"})
_CHANCE = frozenset({"reservoir_quantile", "approx_quantile", "approx_top_k", "approx_count_distinct"})
_TEXT_TYPES = frozenset({"VARCHAR"})
_NUMBER_TYPES = re.compile(r"^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\)|\"NULL\"|NULL)$")


@dataclass(frozen=True)
class FormulaProblem:
    """What is wrong with a formula: `line` counts from 1 in the SQL."""

    line: int
    message: str
    remedy: str


@dataclass(frozen=True)
class Formula:
    """What a formula reads (tables that aren't its own CTEs), and what is wrong with it so far as parsing tells."""

    tables: frozenset[str]
    problems: tuple[FormulaProblem, ...]
    tree: Mapping[str, Any]


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """One DuckDB for all parsing: starting one costs a hundred times what a question does."""
    return duckdb.connect(config={"threads": 1, "enable_external_access": False})


@cache
def _unstable_functions() -> frozenset[str]:
    found = (
        _parser()
        .cursor()
        .execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() "
            "WHERE stability IN ('VOLATILE', 'CONSISTENT_WITHIN_QUERY')"
        )
    )
    return frozenset(name for (name,) in found.fetchall()) | _CLOCK | _CHANCE


def parse_formula(sql: str) -> Formula:
    """Parse one SELECT; never raises for its content."""
    found = _parser().cursor().execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
    (serialised,) = found or ("{}",)
    tree = json.loads(serialised)
    if tree.get("error"):
        position = int(tree.get("position") or 0)
        message = str(tree.get("error_message", "not valid SQL")).splitlines()[0]
        return Formula(frozenset(), (FormulaProblem(_line(sql, position), message, "Write one valid SELECT."),), tree)
    if len(tree["statements"]) != 1:
        problem = FormulaProblem(1, f"{len(tree['statements'])} statements", "Write exactly one SELECT.")
        return Formula(frozenset(), (problem,), tree)
    walker = _Walker(sql)
    walker.visit(tree["statements"][0], frozenset())
    return Formula(frozenset(walker.tables), tuple(walker.problems), tree)


def _line(sql: str, position: int) -> int:
    return sql.encode()[:position].count(b"\n") + 1 if position < len(sql.encode()) + 1 else 1


class _Walker:
    """Walks DuckDB's serialised tree, keeping which names are CTEs where."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tables: set[str] = set()
        self.problems: list[FormulaProblem] = []

    def visit(self, node: Any, ctes: frozenset[str]) -> None:
        if isinstance(node, list):
            for child in node:
                self.visit(child, ctes)
        elif isinstance(node, dict):
            ctes = ctes | set(_cte_names(node))
            self._look(node, ctes)
            for child in node.values():
                self.visit(child, ctes)

    def _look(self, node: Mapping[str, Any], ctes: frozenset[str]) -> None:
        kind = node.get("type")
        if kind == "BASE_TABLE":
            self._table(node, ctes)
        elif kind == "TABLE_FUNCTION":
            self._table_function(node)
        elif node.get("class") == "FUNCTION":
            self._function(node, str(node.get("function_name", "")).lower())
        elif kind == "COLUMN_REF" and [str(n).lower() for n in node.get("column_names", ())][-1:] in [
            [c] for c in _CLOCK
        ]:
            self._function(node, str(node["column_names"][-1]).lower())
        if node.get("sample"):
            self._refuse(node, "a sample is another answer every time", "Use all rows.")

    def _table(self, node: Mapping[str, Any], ctes: frozenset[str]) -> None:
        name = str(node["table_name"])
        if node.get("schema_name") or node.get("catalog_name"):
            self._refuse(node, f"`{name}` is named with a schema", "Use the bare name of a declared input.")
        elif name.lower() not in ctes:
            self.tables.add(name.lower())

    def _table_function(self, node: Mapping[str, Any]) -> None:
        name = str(node.get("function", {}).get("function_name", "")).lower()
        if name not in ALLOWED_TABLE_FUNCTIONS:
            self._refuse(node, f"the table function `{name}` isn't allowed", "Read declared inputs only.")

    def _function(self, node: Mapping[str, Any], name: str) -> None:
        if name in _unstable_functions():
            remedy = "Take dates from the data, and avoid clock and chance."
            self._refuse(node, f"`{name}` doesn't give the same answer every time", remedy)

    def _refuse(self, node: Mapping[str, Any], message: str, remedy: str) -> None:
        position = int(node.get("query_location") or 0)
        self.problems.append(FormulaProblem(_line(self.sql, position), message, remedy))


def _cte_names(node: Mapping[str, Any]) -> Iterator[str]:
    ctes = node.get("cte_map")
    if isinstance(ctes, dict):
        yield from (str(entry["key"]).lower() for entry in ctes.get("map", ()))
    if node.get("type") == "RECURSIVE_CTE_NODE":
        yield str(node.get("cte_name", "")).lower()


def bind_formula(sql: str, tables: Mapping[str, Mapping[str, str]]) -> tuple[FormulaProblem, ...]:
    """Bind the SQL over empty tables (name → column → DuckDB type), and check the columns that come out."""
    connection = duckdb.connect(config={"threads": 1, "enable_external_access": False})
    for name, columns in tables.items():
        body = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
        connection.execute(f'CREATE TABLE "{name}" ({body})')
    try:
        described = connection.execute(f"DESCRIBE {sql}").fetchall()
    except duckdb.Error as error:
        return (_said_by_duckdb(error),)
    return tuple(check_columns({row[0]: row[1] for row in described}))


def _said_by_duckdb(error: duckdb.Error) -> FormulaProblem:
    text = str(error)
    line = re.search(r"^LINE (\d+):", text, re.MULTILINE)
    message = re.sub(r"\s*\n\s*", " ", text.split("\nLINE", maxsplit=1)[0]).strip()
    return FormulaProblem(int(line[1]) if line else 1, message, "Compare with the columns of the declared inputs.")


def check_columns(columns: Mapping[str, str]) -> Iterator[FormulaProblem]:
    """Check the names and DuckDB types of what a formula returns: keys, and a value or numerator with denominator."""
    allowed = KEY_COLUMNS + NUMBER_COLUMNS
    for name in KEY_COLUMNS:
        if name not in columns:
            yield FormulaProblem(1, f"the column `{name}` is missing", f"Return {', '.join(KEY_COLUMNS)}.")
        elif columns[name] not in _TEXT_TYPES:
            yield FormulaProblem(1, f"`{name}` is {columns[name]}, not text", f"Cast it: {name}::VARCHAR.")
    if "value" not in columns and not {"numerator", "denominator"} <= columns.keys():
        yield FormulaProblem(1, "there is no value", "Return `value`, or `numerator` and `denominator`.")
    for name in NUMBER_COLUMNS:
        if name in columns and not _NUMBER_TYPES.match(columns[name]):
            yield FormulaProblem(1, f"`{name}` is {columns[name]}, not a number", f"Cast it: {name}::DOUBLE.")
    for name in columns.keys() - set(allowed):
        yield FormulaProblem(1, f"the column `{name}` means nothing here", f"Return only {', '.join(allowed)}.")
