# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
"""One SELECT that types every value, tests every row and keeps the raw row only where it fails. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spiegelstad.ingest.definition.columns import Column, Format, Keep
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.formats.rows import literal, quoted
from spiegelstad.ingest.pipeline.checks import Check, Checks
from spiegelstad.ingest.pipeline.values import cell, constant, is_blank, one_of, strays, text_of, value_of
from spiegelstad.ingest.vocabulary import DUCKDB_TYPE, ColumnType

PROBLEM = "geometry.problem"
SKIPPED = "skipped"


@dataclass
class Select:
    """Builds the SELECT for a definition over the columns that a reader gives."""

    definition: SourceDefinition
    form: Format
    present: Mapping[str, str]
    stems: list[str]
    checks: Checks = field(default_factory=Checks)
    tests: list[tuple[Check, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Collect the tests of every column and rule."""
        for number, (name, column) in enumerate(self.definition.columns.items()):
            if column.constant is None:
                self._test_column(number, name, column)
        for rule in self.definition.rules:
            if rule.reference:
                check = self.checks.add("reference", rule.column, rule.reference)
                value = f"{self._value(rule.column)}::VARCHAR"
                known = f"TRY_CAST({value} AS {code_type(rule.reference)})"
                self.tests.append((check, f"{value} IS NOT NULL AND {known} IS NULL"))

    def sql(self, relation: str, extra: str = "") -> str:
        """Give the SELECT over a relation: the typed columns, `__reasons`, `__raw`, `__file`, and `extra`."""
        columns = list(self.definition.columns.items())
        texts = ", ".join(f"{self._text(name, column)} AS t{n}" for n, (name, column) in enumerate(columns))
        values = ", ".join(f"{self._typed(n, name, column)} AS v{n}" for n, (name, column) in enumerate(columns))
        named = ", ".join(f"v{n} AS {quoted(name)}" for n, (name, _) in enumerate(columns))
        failing = " OR ".join(f"({test})" for _, test in self.tests) or "false"
        reasons = ", ".join(f"CASE WHEN {test} THEN '{check.number}' END" for check, test in self.tests) or "NULL"
        verdict = f"CASE WHEN {self._out_of_scope()} THEN '{SKIPPED}' WHEN {failing} THEN concat_ws(',', {reasons}) END"
        raw = f"CASE WHEN __reasons <> '{SKIPPED}' THEN {self.raw()} END"
        typed = f"SELECT *, {values} FROM (SELECT *, {texts} FROM ({relation}))"
        judged = f"SELECT *, {verdict} AS __reasons FROM ({typed})"
        return f"SELECT {named}, __reasons, {raw} AS __raw, __file{extra} FROM ({judged})"

    def hash_of(self, names: Sequence[str]) -> str:
        """Give SQL for the hash of these columns, to stand in `extra`; empty when there are none."""
        return f"hash({', '.join(map(self._value, names))})" if names else ""

    def raw(self) -> str:
        """Give SQL for the raw row as JSON: text by name, geometry as hexadecimal WKB."""
        pairs = [
            f"{literal(name)}, {f'hex({quoted(name)})' if kind == 'BLOB' else quoted(name)}"
            for name, kind in self.present.items()
        ]
        return f"json_object({', '.join(pairs)})::VARCHAR" if pairs else "'{}'"

    def _text(self, name: str, column: Column) -> str:
        if column.constant is not None:
            return "NULL::VARCHAR"
        return text_of(*cell(name, column, self.present, self.stems), column, self.form)

    def _kind(self, name: str) -> str:
        return cell(name, self.definition.columns[name], self.present, self.stems)[1]

    def _typed(self, number: int, name: str, column: Column) -> str:
        if column.constant is not None:
            return constant(column.constant, column)
        kind = self._kind(name)
        value = value_of(f"t{number}", kind, column, self.form)
        if column.default is not None:
            return f"CASE WHEN {is_blank(f't{number}', kind)} THEN {constant(column.default, column)} ELSE {value} END"
        return value

    def _value(self, name: str) -> str:
        return f"v{list(self.definition.columns).index(name)}"

    def _test_column(self, number: int, name: str, column: Column) -> None:
        text, value = f"t{number}", f"v{number}"
        self._test_presence(text, value, name, column)
        if column.minimum is not None:
            self._test("minimum", name, f"{value} < {column.minimum!r}", f"{column.minimum:g}")
        if column.maximum is not None:
            self._test("maximum", name, f"{value} > {column.maximum!r}", f"{column.maximum:g}")
        if column.values:
            allowed = one_of(value, [constant(one, column) for one in column.values])
            listed = ", ".join(map(str, column.values))
            self._test("values", name, f"{value} IS NOT NULL AND NOT {allowed}", listed)
        if column.pattern:
            matches = f"regexp_full_match({value}, {literal(column.pattern)})"
            self._test("pattern", name, f"{value} IS NOT NULL AND NOT {matches}", column.pattern)

    def _test_presence(self, text: str, value: str, name: str, column: Column) -> None:
        """Test that there is a value where one is required, and that what there is has the type."""
        kind = self._kind(name)
        geometric = column.type is ColumnType.GEOMETRY
        problem = f"{quoted(PROBLEM)} IS NOT NULL" if geometric and PROBLEM in self.present else ""
        if problem:
            self._test("geometry", name, problem)
        if column.required and column.default is None:
            absent = f"{is_blank(text, kind)} AND NOT ({problem})" if problem else is_blank(text, kind)
            self._test("required", name, f"CASE WHEN {value} IS NULL THEN {absent} ELSE false END")
        if column.type not in (ColumnType.TEXT, ColumnType.GEOMETRY):
            stray = strays(text, kind, value, column, self.form)
            wrong = f"CASE WHEN {value} IS NULL THEN NOT {is_blank(text, kind)} ELSE {stray} END"
            self._test("type", name, wrong, column.type)

    def _test(self, rule: str, column: str, sql: str, limit: object = "") -> None:
        self.tests.append((self.checks.add(rule, column, limit), sql))

    def _out_of_scope(self) -> str:
        """Give SQL that is true for rows outside the scope; a value that can't be read is wrong, not out of scope."""
        tests = [self._not_kept(keep) for keep in self.definition.keep if keep.column in self.definition.columns]
        return " OR ".join(tests) or "false"

    def _not_kept(self, keep: Keep) -> str:
        number = list(self.definition.columns).index(keep.column)
        column = self.definition.columns[keep.column]
        value = f"v{number}"
        tests = []
        if keep.values:
            tests.append(one_of(value, [constant(one, column) for one in keep.values]))
        if keep.pattern:
            tests.append(f"regexp_full_match({value}::VARCHAR, {literal(keep.pattern)})")
        if keep.minimum is not None:
            tests.append(f"{value} >= {_bound(keep.minimum, column)}")
        if keep.maximum is not None:
            tests.append(f"{value} <= {_bound(keep.maximum, column)}")
        kept = " AND ".join(tests)
        blank = is_blank(f"t{number}", self._kind(keep.column))
        return f"(({value} IS NOT NULL OR {blank}) AND NOT COALESCE({kept}, false))"


def code_type(area_type: str) -> str:
    """Give the name of the ENUM that holds the codes of an area type."""
    return quoted(f"codes of {area_type}")


def _bound(bound: object, column: Column) -> str:
    return constant(bound, column) if column.type is not ColumnType.INTEGER else f"{float(str(bound))!r}"


def column_types(definition: SourceDefinition) -> dict[str, str]:
    """Give the DuckDB type of every column that the file gives."""
    return {name: DUCKDB_TYPE[column.type] for name, column in definition.columns.items()}
