"""Parquet: scanned by DuckDB; everything but binary values becomes text."""

# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
from __future__ import annotations

from collections.abc import Sequence

import pyarrow.parquet as pq
from pyarrow import ArrowException

from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.rows import InputFile, Rows, Wanted, absent_columns, literal, quoted


def read_parquet(files: Sequence[InputFile], wanted: Sequence[Wanted]) -> Rows:
    """Give the wanted columns of all files; `a.b` takes the field b of the struct a."""
    names = list(dict.fromkeys(name for want in wanted for name in want.names))
    columns: dict[str, str] = {}
    scans = []
    for number, file in enumerate(files):
        kinds = _kinds(file)
        absent_columns(file, wanted, list(kinds))
        parts = [f"{_value(name, kinds)} AS {quoted(name)}" for name in names]
        columns.update({name: "BLOB" if kinds.get(name) == "binary" else "VARCHAR" for name in names})
        source = f"read_parquet({literal(str(file.path))})"
        scans.append(f"SELECT {', '.join([*parts, f'{number}::INTEGER AS __file'])} FROM {source}")
    return Rows(sql=" UNION ALL ".join(scans), columns=columns, files=files)


def _kinds(file: InputFile) -> dict[str, str]:
    try:
        schema = pq.read_schema(file.path)
    except (ArrowException, OSError, ValueError) as error:
        raise UnusableFile(f"{file.name}: this isn't a Parquet file: {error}.", remedy="Ask the publisher.") from None
    return {field.name: str(field.type) for field in schema}


def _value(name: str, kinds: dict[str, str]) -> str:
    if name in kinds:
        kind = kinds[name]
        if kind == "binary":
            return quoted(name)
        if kind.startswith(("struct", "list", "map", "large_list")):
            return f"to_json({quoted(name)})::VARCHAR"
        return f"{quoted(name)}::VARCHAR"
    parent, _, rest = name.partition(".")
    if parent not in kinds:
        return "NULL::VARCHAR"
    path = "$." + ".".join(f'"{part}"' for part in rest.split("."))
    return f"json_extract_string(to_json({quoted(parent)}), {literal(path)})"
