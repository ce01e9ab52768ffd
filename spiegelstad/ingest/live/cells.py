"""The typed value of one cell of a message, by the same rules as `pipeline/values.py` has in SQL. Pure."""

from __future__ import annotations

import datetime as dt
import math
import re
from zoneinfo import ZoneInfo

from spiegelstad.ingest.definition.columns import Column
from spiegelstad.ingest.vocabulary import ColumnType

Value = str | int | float | bool | dt.date | dt.datetime | None

TRUE = frozenset({"true", "t", "1", "yes", "y", "ja", "j", "waar", "oui", "vrai", "o"})
FALSE = frozenset({"false", "f", "0", "no", "n", "nee", "onwaar", "non", "faux"})
_INTEGER = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NAMES = {
    ColumnType.INTEGER: "isn't a whole number",
    ColumnType.NUMBER: "isn't a number",
    ColumnType.BOOLEAN: "isn't yes or no",
    ColumnType.DATE: "isn't a date",
    ColumnType.DATETIME: "isn't a time that exists once",
}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MAX_PATTERN_TEXT = 1_000


class WrongValue(Exception):
    """The cell can't be what its column says; the text says why, after the column's name."""


def value_of(text: str | None, column: Column) -> Value:
    """Return the typed value of a cell's text, None when it has none; WrongValue when it breaks a rule."""
    stripped = text.strip() if text is not None else ""
    if not stripped or stripped in column.missing:
        if column.default is not None:
            return _typed(_as_text(column.default), column)
        if column.required:
            raise WrongValue("has no value")
        return None
    value = _typed(stripped, column)
    _check(value, column)
    return value


def constant_of(column: Column) -> Value:
    """Return the value that the definition itself holds."""
    return _typed(_as_text(column.constant), column)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed(text: str, column: Column) -> Value:
    try:
        match column.type:
            case ColumnType.TEXT:
                return text
            case ColumnType.INTEGER:
                return _integer(text)
            case ColumnType.NUMBER:
                return _number(text)
            case ColumnType.BOOLEAN:
                return _boolean(text)
            case ColumnType.DATE:
                return _date(text, column.format)
            case ColumnType.DATETIME:
                return _moment(text, column)
            case ColumnType.GEOMETRY:
                raise ValueError("no geometry in messages")
    except (ValueError, OverflowError):
        raise WrongValue(_NAMES.get(column.type, "has the wrong type")) from None


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    value = int(text.split(".", 1)[0])
    if not -(2**63) <= value < 2**63:
        raise ValueError(text)
    return value


def _number(text: str) -> float:
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _boolean(text: str) -> bool:
    word = text.lower()
    if word not in TRUE and word not in FALSE:
        raise ValueError(text)
    return word in TRUE


def _date(text: str, form: str) -> dt.date:
    return dt.datetime.strptime(text, form).date() if form else dt.date.fromisoformat(text)  # noqa: DTZ007  a day


def _moment(text: str, column: Column) -> dt.datetime:
    if column.format in ("unix", "unix-ms"):
        seconds = _number(text) / (1_000 if column.format == "unix-ms" else 1)
        return _EPOCH + dt.timedelta(seconds=seconds)
    read = dt.datetime.fromisoformat
    found = dt.datetime.strptime(text, column.format) if column.format else read(text)  # noqa: DTZ007  the zone is next
    if found.tzinfo is not None:
        return found.astimezone(dt.UTC)
    if not column.zone:
        raise ValueError("no offset and no zone")
    return _instant(found, column)


def _instant(local: dt.datetime, column: Column) -> dt.datetime:
    """Give the moment of a local time; ValueError when it doesn't exist, or is twice and the column rejects that."""
    zone = ZoneInfo(column.zone)
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != local:
        raise ValueError("the clock skips it")
    if first != second and column.ambiguous == "reject":
        raise ValueError("the clock shows it twice")
    return second if column.ambiguous == "second" else first


def _check(value: Value, column: Column) -> None:
    if column.minimum is not None and isinstance(value, int | float) and value < column.minimum:
        raise WrongValue(f"is smaller than {column.minimum:g}")
    if column.maximum is not None and isinstance(value, int | float) and value > column.maximum:
        raise WrongValue(f"is larger than {column.maximum:g}")
    if column.values and value not in [_typed(_as_text(one), column) for one in column.values]:
        raise WrongValue(f"isn't one of {', '.join(map(str, column.values))}")
    if column.pattern and isinstance(value, str):
        if len(value) > MAX_PATTERN_TEXT:  # a pattern that is slow on long texts must not be our trouble
            raise WrongValue(f"is longer than {MAX_PATTERN_TEXT} characters")
        if not re.fullmatch(column.pattern, value):
            raise WrongValue(f"doesn't look like {column.pattern}")
