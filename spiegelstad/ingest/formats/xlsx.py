"""Excel files (XLSX), read row by row."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.definition.consistency import near
from spiegelstad.ingest.errors import FileTooLarge, UnusableFile
from spiegelstad.ingest.formats.csv import distinct
from spiegelstad.ingest.formats.rows import InputFile, Rows, Wanted, absent_columns
from spiegelstad.ingest.formats.staging import stage_rows

MAX_UNPACKED = 2 * 1024**3


def read_xlsx(files: Sequence[InputFile], form: Format, wanted: Sequence[Wanted], work: Path) -> Rows:
    """Give one row per line of the sheet, as text; lines that are wholly empty are left out."""
    names = list(dict.fromkeys(name for want in wanted for name in want.names))
    rows = _lines(files, form, wanted, names)
    return stage_rows(rows, names, files, work / "sheet.parquet")


def _lines(
    files: Sequence[InputFile], form: Format, wanted: Sequence[Wanted], names: Sequence[str]
) -> Iterator[tuple[int, list[Any]]]:
    for number, file in enumerate(files):
        _refuse_bomb(file)
        with file.path.open("rb") as opened:  # the store's names have no extension, so the file itself is given
            try:
                book = openpyxl.load_workbook(opened, read_only=True, data_only=True, keep_links=False)
            except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
                raise UnusableFile(
                    f"{file.name}: this isn't an Excel file: {error}.", remedy="Ask the publisher."
                ) from None
            for values in _sheet(book, file, form, wanted, names):
                yield number, values


def _refuse_bomb(file: InputFile) -> None:
    try:
        with zipfile.ZipFile(file.path) as packed:
            size = sum(member.file_size for member in packed.infolist())
    except zipfile.BadZipFile:
        raise UnusableFile(f"{file.name}: this isn't an Excel file.", remedy="Ask the publisher.") from None
    if size > MAX_UNPACKED:
        raise FileTooLarge(f"{file.name}: {size >> 20} MB when unpacked.", remedy="Ask the publisher for a CSV file.")


def _sheet(
    book: Any, file: InputFile, form: Format, wanted: Sequence[Wanted], names: Sequence[str]
) -> Iterator[list[str | None]]:
    if form.sheet and form.sheet not in book.sheetnames:
        raise UnusableFile(f"{file.name}: there is no sheet `{form.sheet}`.", remedy=near(form.sheet, book.sheetnames))
    sheet = book[form.sheet] if form.sheet else book.worksheets[0]
    sheet.reset_dimensions()  # programs write a size that is not that of the sheet: rows outside it would be left out
    lines = sheet.iter_rows(values_only=True)
    header = _header(lines, form)
    absent_columns(file, wanted, header or [f"column{number}" for number in range(1, 200)])
    places = [_place(name, header) for name in names]
    for line in lines:
        if any(value is not None for value in line):
            yield [_cell(line[at]) if at is not None and at < len(line) else None for at in places]


def _header(lines: Iterator[tuple[Any, ...]], form: Format) -> list[str]:
    if form.header is False:
        return []
    line: tuple[Any, ...] = ()
    for _ in range(1 if form.header is True else form.header):
        line = next(lines, ())
    return distinct(["" if value is None else str(value).strip() for value in line])


def _place(name: str, header: Sequence[str]) -> int | None:
    if not header:
        return int(name.removeprefix("column")) - 1 if name.removeprefix("column").isdigit() else None
    return header.index(name) if name in header else None


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
