"""CSV of every kind: read by DuckDB itself, after a translation to UTF-8 in pieces when that is needed."""

# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.rows import InputFile, Rows, Wanted, absent_columns, literal, quoted

PIECE = 1 << 20
HEAD = 64 * 1024
MAX_LINE = 8 * 1024 * 1024
BUFFER = 2 * MAX_LINE  # DuckDB would take 16 times the longest line for each buffer, and read the first one alone
DOUBLE_RETURN = b"\r\r\n"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_csv(files: Sequence[InputFile], form: Format, wanted: Sequence[Wanted], work: Path) -> Rows:
    """Give the rows of all files as text; `work` is a folder for translated copies."""
    ready = [_as_utf8(file, form, work, number) for number, file in enumerate(files)]
    heads = [_head(file, form) for file in ready]
    for file, head in zip(ready, heads, strict=True):
        absent_columns(file, wanted, head.names)
    union = list(dict.fromkeys(name for head in heads for name in head.names))
    scans = [_scan(group, head, form, union) for group, head in _grouped(ready, heads)]
    return Rows(
        sql=" UNION ALL ".join(scan.format(bad="store_rejects=true") for scan in scans),
        again=" UNION ALL ".join(scan.format(bad="ignore_errors=true") for scan in scans),
        columns=dict.fromkeys(union, "VARCHAR"),
        files=ready,
        rejects=True,
    )


class _Head:
    """The names of the columns, the separator, and how many lines come before the rows."""

    def __init__(self, names: list[str], separator: str, skip: int) -> None:
        self.names = names
        self.separator = separator
        self.skip = skip

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Head) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]


def _as_utf8(file: InputFile, form: Format, work: Path, number: int) -> InputFile:
    with file.path.open("rb") as raw:
        head = raw.read(HEAD)
    if not head.strip():
        raise UnusableFile(f"{file.name}: the file is empty.", remedy="Ask the publisher; the last good version stays.")
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), codecs.lookup(form.encoding).name)
    _refuse_html(file, head)
    if encoding in ("utf-8", "utf-8-sig", "ascii") and b"\0" not in head and DOUBLE_RETURN not in head:
        return file
    target = work / f"utf8-{number}.csv"
    try:
        with (
            file.path.open("r", encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            for piece in _single_returns(source):
                out.write(piece)
    except UnicodeError as error:
        raise UnusableFile(
            f"{file.name}: the file isn't {encoding}: {error}.", remedy="Correct `format.encoding` in the definition."
        ) from None
    return replace(file, path=target)


def _single_returns(source: io.TextIOBase) -> Iterator[str]:
    """Give the text in pieces, with the line ends `\\r\\r\\n` that some Windows programs write made `\\r\\n`."""
    held = ""
    while piece := source.read(PIECE):
        text = held + piece
        whole = text.rstrip("\r")
        held = text[len(whole) :]
        yield whole.replace("\r\r\n", "\r\n")
    yield held


def _refuse_html(file: InputFile, head: bytes) -> None:
    start = head.lstrip(codecs.BOM_UTF8).lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise UnusableFile(f"{file.name}: this is an HTML page, no CSV.", remedy="Check the address of the source.")
    if start.startswith(b"pk\x03\x04"):
        raise UnusableFile(f"{file.name}: this is a zip or Excel file, no CSV.", remedy="Correct `format.type`.")


def _head(file: InputFile, form: Format) -> _Head:
    with file.path.open("rb") as raw:
        text = raw.read(HEAD).decode("utf-8-sig", errors="replace")
    skip = form.header - 1 if form.header is not True and form.header else 0
    lines = list(io.StringIO(text, newline=""))[skip:]  # as DuckDB and csv see lines, whose ends may be \\r alone
    separator = form.delimiter or _likely_separator(lines)
    first = next(csv.reader(lines, delimiter=separator, quotechar=form.quote), [])
    if not first:
        raise UnusableFile(f"{file.name}: there is no line {skip + 1}.", remedy="Correct `format.header`.")
    if form.header is False:
        return _Head([f"column{number}" for number in range(1, len(first) + 1)], separator, 0)
    return _Head(distinct([name.strip() for name in first]), separator, skip)


def _likely_separator(lines: Sequence[str]) -> str:
    counts = Counter(sign for sign in (lines[0] if lines else "") if sign in ";,\t|")
    return counts.most_common(1)[0][0] if counts else ","


def distinct(names: Sequence[str]) -> list[str]:
    """Make names of columns distinct: empty ones become `column3`, repeated ones get `_2`, `_3`, …"""
    taken = {name.lower() for name in names}  # DuckDB doesn't tell capitals from small letters in names
    seen: set[str] = set()
    result = []
    for number, name in enumerate(names, start=1):
        base = unique = name or f"column{number}"
        again = count(2)
        while unique.lower() in (seen if unique == name else seen | taken):
            unique = f"{base}_{next(again)}"
        seen.add(unique.lower())
        result.append(unique)
    return result


def _grouped(files: Sequence[InputFile], heads: Sequence[_Head]) -> list[tuple[list[tuple[int, InputFile]], _Head]]:
    """Join neighbours with the same head, so that DuckDB reads them in one scan; the order stays.

    Files with the same bytes are one file in the store, and a scan knows its files by their paths.
    """
    groups: list[tuple[list[tuple[int, InputFile]], _Head]] = []
    paths: set[Path] = set()
    for number, (file, head) in enumerate(zip(files, heads, strict=True)):
        if groups and groups[-1][1] == head and file.path not in paths:
            groups[-1][0].append((number, file))
        else:
            groups.append(([(number, file)], head))
            paths.clear()
        paths.add(file.path)
    return groups


def _scan(group: Sequence[tuple[int, InputFile]], head: _Head, form: Format, union: Sequence[str]) -> str:
    paths = ", ".join(literal(str(file.path)) for _, file in group)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in head.names)
    numbers = ", ".join(f"{literal(str(file.path))}: {number}" for number, file in group)
    names = ", ".join(quoted(name) if name in head.names else f"NULL::VARCHAR AS {quoted(name)}" for name in union)
    which = f"(MAP {{{numbers}}})[filename]" if len(group) > 1 else str(group[0][0])
    scan = (
        f"SELECT {names}, {which}::INTEGER AS __file FROM read_csv([{paths}], auto_detect=false, "
        f"header={'false' if form.header is False else 'true'}, skip={head.skip}, delim={literal(head.separator)}, "
        f"quote={literal(form.quote)}, escape={literal(form.quote)}, columns={{{columns}}}, "
        f"filename={'true' if len(group) > 1 else 'false'}, max_line_size={MAX_LINE}, buffer_size={BUFFER}, "
    )
    return scan.replace("{", "{{").replace("}", "}}") + "{bad})"
