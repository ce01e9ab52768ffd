"""Registers as CSV and JSON. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from django.http import HttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_answer(name: str, rows: Iterable[Mapping[str, Any]], heads: Sequence[str]) -> HttpResponse:
    """Answer rows as a CSV file in UTF-8; values are texts, numbers, days or None."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([_cell(row[head]) for head in heads] for row in rows)
    return _answer(out.getvalue().encode(), "text/csv; charset=utf-8", f"{name}.csv")


def json_answer(name: str, content: Any) -> HttpResponse:
    """Answer a structure of plain values as a JSON file."""
    return _answer(orjson.dumps(content), "application/json", f"{name}.json")


def _answer(body: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(body, kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
