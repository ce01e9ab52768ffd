"""SQL that turns the text of a cell into a value of its column's type, or NULL when it can't be. Pure.

A test that costs much stands in a CASE behind one that decides for most rows: of an AND or OR, DuckDB tries the parts
in any order. No `x IN (a, b, …)` here, nor `list_contains`: DuckDB makes a long list a hash join, and after a join it
no longer keeps the order of the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from spiegelstad.ingest.definition.columns import UNIX, Column, Format
from spiegelstad.ingest.definition.templates import pieces
from spiegelstad.ingest.formats.rows import FILE, literal, quoted
from spiegelstad.ingest.pipeline.zones import instant
from spiegelstad.ingest.vocabulary import DUCKDB_TYPE, ColumnType

_TRUE = ("true", "t", "1", "yes", "y", "ja", "j", "waar", "oui", "vrai", "o")
_FALSE = ("false", "f", "0", "no", "n", "nee", "onwaar", "non", "faux")


def cell(name: str, column: Column, present: Mapping[str, str], stems: list[str]) -> tuple[str, str]:
    """Give SQL for the raw cell of a column, and its DuckDB type."""
    if column.template:
        return _joined(column.template, present, stems), "VARCHAR"
    return _first(column.sources or [name], present, stems)


def _joined(template: str, present: Mapping[str, str], stems: list[str]) -> str:
    """Give SQL for a text made of several cells; NULL where one of them is empty."""
    return " || ".join(
        f"NULLIF(trim({_first(text.split('|'), present, stems)[0]}), '')" if is_column else literal(text)
        for is_column, text in pieces(template)
    )


def _first(names: Sequence[str], present: Mapping[str, str], stems: list[str]) -> tuple[str, str]:
    """Give SQL for the first of the names that the file has."""
    found = [one for one in (_cell(option, present, stems) for option in names) if one is not None]
    if not found:
        return "NULL::VARCHAR", "VARCHAR"
    if len(found) == 1 or len({kind for _, kind in found}) > 1:
        return found[0]
    return f"COALESCE({', '.join(sql for sql, _ in found)})", found[0][1]


def _cell(name: str, present: Mapping[str, str], stems: list[str]) -> tuple[str, str] | None:
    if name in present:
        return quoted(name), present[name]
    if name == FILE:
        stem = literal(stems[0]) if len(stems) == 1 else f"([{', '.join(map(literal, stems))}])[__file + 1]"
        return stem, "VARCHAR"
    parent, _, rest = name.partition(".")
    if rest and present.get(parent) == "VARCHAR":
        path = "$" + "".join(f"[{part}]" if part.isdigit() else f'."{part}"' for part in rest.split("."))
        json = f"CASE WHEN json_valid({quoted(parent)}) THEN {quoted(parent)} END"
        return f"json_extract_string({json}, {literal(path)})", "VARCHAR"
    return None


def text_of(raw: str, kind: str, column: Column, form: Format) -> str:
    """Give SQL for the text of a cell: NULL when it is empty or means “no value”; trimmed where blanks would matter."""
    if kind in ("BLOB", "DOUBLE"):
        return raw
    missing = [*form.missing, *column.missing]
    if missing:
        raw = f"CASE WHEN NOT {one_of(f'trim({raw})', [literal(one.strip()) for one in missing])} THEN {raw} END"
    trim = f"NULLIF(trim({raw}), '')"
    if column.type is ColumnType.TEXT:  # the casts of the other types ignore blanks
        bare = f"{raw} < '!' OR ends_with({raw}, ' ')"  # what is empty or begins with a blank comes before '!'
        return f"CASE WHEN {bare} THEN {trim} ELSE {raw} END"
    return f"NULLIF({raw}, '')" if form.type != "csv" else raw


def is_blank(text: str, kind: str) -> str:
    """Give SQL that is true where there is no value."""
    return f"({text} IS NULL OR trim({text}) = '')" if kind == "VARCHAR" else f"{text} IS NULL"


def value_of(text: str, kind: str, column: Column, form: Format) -> str:
    """Give SQL for the typed value of the text `text`; only meaningful where `strays` is false."""
    match column.type:
        case ColumnType.TEXT if kind == "VARCHAR":
            return text
        case ColumnType.TEXT:
            return f"{text}::VARCHAR"
        case ColumnType.GEOMETRY:
            return text
        case ColumnType.NUMBER:
            return f"TRY_CAST({_plain_number(text, form)} AS DOUBLE)"
        case ColumnType.INTEGER:
            return f"TRY_CAST({_plain_number(text, form)} AS BIGINT)"
        case ColumnType.BOOLEAN:
            yes, no = (one_of(f"lower(trim({text}))", map(literal, words)) for words in (_TRUE, _FALSE))
            usual = f"WHEN {text} = 'true' THEN true WHEN {text} = 'false' THEN false"  # spares the others their turn
            return f"CASE {usual} WHEN {yes} THEN true WHEN {no} THEN false END"
        case ColumnType.DATE:
            return (
                f"try_strptime({text}, {literal(column.format)})::DATE"
                if column.format
                else f"TRY_CAST({text} AS DATE)"
            )
        case ColumnType.DATETIME:
            return _datetime(text, column)


def strays(text: str, kind: str, value: str, column: Column, form: Format) -> str:
    """Give SQL that is true where DuckDB's cast gave a value that we don't want; `false`: it never does.

    Its casts round 3.7 to a whole number and read `0x1f`, `1_000`, `inf`, `nan`, `infinity` and the year 20260.
    """
    match column.type:
        case ColumnType.INTEGER if kind == "DOUBLE":
            return f"{text} <> trunc({text})"
        case ColumnType.INTEGER:
            odd = f"NOT regexp_full_match({text}, {literal(_number_pattern(column, form))})"
            return f"CASE WHEN {value}::VARCHAR = {text} THEN false ELSE {odd} END"  # most are written the usual way
        case ColumnType.NUMBER if kind == "DOUBLE":
            return f"NOT isfinite({value})"
        case ColumnType.NUMBER if form.type != "csv" or (form.decimal == "." and not form.thousands):
            return f"NOT isfinite({value}) OR contains({text}, '_')"
        case ColumnType.NUMBER:
            pattern = literal(_number_pattern(column, form))
            return f"NOT isfinite({value}) OR NOT regexp_full_match({text}, {pattern})"
        case ColumnType.DATE if not column.format:
            return f"{value} NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'"
        case ColumnType.DATETIME if not column.format:
            offset = "" if column.zone else f" OR {has_no_offset(text)}"
            return f"{value} NOT BETWEEN TIMESTAMPTZ '0001-01-02 00:00Z' AND TIMESTAMPTZ '9999-12-30 00:00Z'{offset}"
        case _:
            return "false"


def constant(value: object, column: Column) -> str:
    """Give SQL for a value that the definition itself holds."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"{literal(text)}::{DUCKDB_TYPE[column.type]}"


def one_of(value: str, options: Iterable[str]) -> str:
    """Give SQL that is true where `value` is one of the options, which are SQL too."""
    return "(" + " OR ".join(f"{value} = {option}" for option in options) + ")"


def _number_pattern(column: Column, form: Format) -> str:
    """Give the regular expression of a number as the file writes it, with blanks around it or nothing else."""
    csv = form.type == "csv"
    point = r"[.]" if not csv or form.decimal == "." else ","
    between = {"": "", ".": "[.]", "'": "'", ",": ",", " ": r"[ \x{a0}\x{202f}]"}[form.thousands if csv else ""]
    digits = f"[0-9]+(?:{between}[0-9]{{3}})*" if between else "[0-9]+"
    if column.type is ColumnType.INTEGER:
        return rf"\s*(?:[+-]?{digits}(?:{point}0*)?)?\s*"
    return rf"\s*(?:[+-]?(?:{digits}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?)?\s*"


def _plain_number(text: str, form: Format) -> str:
    """Remove the signs between thousands and make the decimal sign a point."""
    if form.type != "csv":
        return text
    plain = text
    if form.thousands:
        plain = f"replace({plain}, {literal(form.thousands)}, '')"
        if form.thousands == " ":
            plain = f"replace(replace({plain}, chr(160), ''), chr(8239), '')"
    return f"replace({plain}, ',', '.')" if form.decimal == "," else plain


def _since_1970(text: str, column: Column) -> str:
    """Give SQL for the moment so many seconds, or thousandths, after 1970 began; NULL far from now."""
    seconds = f"(TRY_CAST({text} AS DOUBLE) / {1_000 if column.format == 'unix-ms' else 1})"
    return f"CASE WHEN {seconds} BETWEEN -62e9 AND 253e9 THEN to_timestamp({seconds}) END"


def _datetime(text: str, column: Column) -> str:
    if column.format in UNIX:
        return _since_1970(text, column)
    if "%z" in column.format:
        zulu = f"CASE WHEN ends_with({text}, 'Z') THEN left({text}, -1) || '+00:00' ELSE {text} END"
        return f"try_strptime({zulu}, {literal(column.format)})"
    if column.format:
        return instant(f"try_strptime({text}, {literal(column.format)})", column.zone, column.ambiguous)
    value = f"TRY_CAST({text} AS TIMESTAMPTZ)"
    if not column.zone:
        return value
    local = instant(f"TRY_CAST({text} AS TIMESTAMP)", column.zone, column.ambiguous)
    return f"CASE WHEN {has_no_offset(text)} THEN {local} ELSE {value} END"


def has_no_offset(text: str) -> str:
    """Give SQL that is true where a time doesn't end in Z or an offset such as +01:00, -0500 or +02."""
    minus = " OR ".join(f"substring({text}, -{place}, 1) = '-'" for place in (6, 5, 3))
    tests = f"WHEN contains({text}, '+') THEN false WHEN ends_with({text}, 'Z') THEN false"
    return f"CASE {tests} WHEN length({text}) > 13 THEN NOT ({minus}) ELSE true END"
