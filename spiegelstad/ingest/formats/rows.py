"""What every reader gives: a relation that DuckDB can scan in pieces, in the order of the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spiegelstad.ingest.definition.consistency import near
from spiegelstad.ingest.errors import UnusableFile

FILE = "file.name"


@dataclass(frozen=True)
class InputFile:
    """A file to read; `name` is what people know it by (its path below the data folder, or its place in a zip)."""

    path: Path
    name: str

    @property
    def stem(self) -> str:
        """The name without folder and extension: what `file.name` gives."""
        base = self.name.rsplit("/", 1)[-1]
        return base.rsplit(".", 1)[0] if "." in base[1:] else base


@dataclass(frozen=True)
class Wanted:
    """A value to take from the file: its name there, and other names that are as good."""

    names: tuple[str, ...]
    required: bool


@dataclass(frozen=True)
class Rows:
    """A relation with the raw rows.

    `sql`: a SELECT; its columns are those in `columns` (name → DuckDB type) and `__file` (number of the file, from 0).
    `again`: the same relation without side effects, for a second scan. `rejects`: whether lines that could not be
    split are in DuckDB's table `reject_errors`.
    """

    sql: str
    columns: Mapping[str, str]
    files: Sequence[InputFile]
    again: str = ""
    rejects: bool = False
    nested: Mapping[str, str] = field(default_factory=dict)

    @property
    def second_scan(self) -> str:
        """The SELECT for a second scan."""
        return self.again or self.sql


def quoted(name: str) -> str:
    """Quote an identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def absent_columns(file: InputFile, wanted: Sequence[Wanted], present: Sequence[str]) -> None:
    """Fail when a file lacks a column that the definition reads, naming all that are absent."""
    have = set(present)
    lost = [want.names for want in wanted if not any(name in have or _parent(name) in have for name in want.names)]
    if lost:
        names = ", ".join(f"`{' or '.join(options)}`" for options in lost)
        raise UnusableFile(
            f"{file.name}: the file has no column {names}; it has {', '.join(f'`{name}`' for name in present[:40])}.",
            remedy=near(lost[0][0], present) + " Correct `from` in the definition, or ask the publisher.",
        )


def _parent(name: str) -> str:
    """Give the column in which `a.b` may lie as JSON."""
    return name.split(".", 1)[0]
