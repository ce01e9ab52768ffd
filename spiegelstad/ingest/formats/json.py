"""JSON: a list of records at some path; values are found by dotted names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.json_stream import as_text, pick, stream_items
from spiegelstad.ingest.formats.rows import InputFile, Rows, Wanted
from spiegelstad.ingest.formats.staging import stage_rows


def read_json(files: Sequence[InputFile], form: Format, wanted: Sequence[Wanted], work: Path) -> Rows:
    """Give one row per record, as text, with the values that are wanted."""
    records = (
        (number, record)
        for number, file in enumerate(files)
        for record in stream_items(file.path, file.name, form.records)
    )
    return stage_records(records, wanted, files, work)


def stage_records(
    records: Iterable[tuple[int, Any]], wanted: Sequence[Wanted], files: Sequence[InputFile], work: Path
) -> Rows:
    """Give one row per record, which comes with the number of its file, with the values that are wanted."""
    names = list(dict.fromkeys(name for want in wanted for name in want.names))
    seen: set[str] = set()
    rows = stage_rows(_values(records, names, seen), names, files, work / "records.parquet")
    refuse_absent(files, wanted, seen)
    return rows


def _values(
    records: Iterable[tuple[int, Any]], names: Sequence[str], seen: set[str]
) -> Iterator[tuple[int, list[Any]]]:
    for number, record in records:
        values = [as_text(pick(record, name)) for name in names]
        seen.update(name for name, value in zip(names, values, strict=True) if value is not None)
        yield number, values


def refuse_absent(files: Sequence[InputFile], wanted: Sequence[Wanted], seen: set[str]) -> None:
    """Fail when a required value stands in no record at all: then the format has changed."""
    lost = [want.names for want in wanted if want.required and not seen.intersection(want.names)]
    if lost and seen:
        raise UnusableFile(
            f"{files[0].name}: no record has {_listed(lost)}.",
            remedy="Correct `from` or `records` in the definition, or ask the publisher.",
        )


def _listed(options: Sequence[Sequence[str]]) -> str:
    return ", ".join("`" + " or ".join(names) + "`" for names in options)
