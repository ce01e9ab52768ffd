"""Values in queries (clause 4.9) and their types (clause 4.6.3): how they are written, and when two are equal."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The types that a query can name. URI and text are compared alike."""

    NUMBER = "number"
    TEXT = "text"
    BOOLEAN = "boolean"
    DATE_TIME = "datetime"
    DATE = "date"
    TIME = "time"


TEMPORAL = (Kind.DATE_TIME, Kind.DATE, Kind.TIME)
_DAY = r"[1-9][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_HOUR = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z"
SHAPES = {Kind.DATE_TIME: f"^{_DAY}T{_HOUR}$", Kind.DATE: f"^{_DAY}$", Kind.TIME: f"^{_HOUR}$"}
"""What texts of the temporal types look like, for any dialect of regular expressions."""
_SHAPES = {kind: re.compile(shape.replace("$", r"\Z")) for kind, shape in SHAPES.items()}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MAX_EXPONENT = 300


@dataclass(frozen=True, slots=True)
class Literal:
    """One value of a query. `value`: Decimal, str or bool; of temporal kinds the text with six decimals."""

    kind: Kind
    value: Any


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included and of one kind."""

    low: Literal
    high: Literal


def temporal(text: str, kind: Kind) -> str | None:
    """Return a text as a time of this kind that sorts, None when it is not one."""
    if not _SHAPES[kind].match(text):
        return None
    if kind is Kind.TIME:
        return _six_decimals(text, 8)
    try:
        date.fromisoformat(text[:10])
    except ValueError:
        return None
    return text if kind is Kind.DATE else _six_decimals(text, 19)


def _six_decimals(text: str, seconds: int) -> str:
    return f"{text[:seconds]}.{text[seconds + 1 : -1]:0<6}Z"


def unquoted(text: str) -> Literal | None:
    """Return the number, the boolean or the time that a word in a query is; None when it is none of them."""
    if text in ("true", "false"):
        return Literal(Kind.BOOLEAN, text == "true")
    if _NUMBER.fullmatch(text):
        number = Decimal(text)
        return Literal(Kind.NUMBER, number) if not number or abs(number.adjusted()) < _MAX_EXPONENT else None
    for kind in TEMPORAL:
        if (found := temporal(text.replace(",", "."), kind)) is not None:
            return Literal(kind, found)
    return None


def date_time(text: str) -> datetime | None:
    """Return the moment that a text is, None when it is none."""
    found = temporal(text, Kind.DATE_TIME)
    return datetime.fromisoformat(found) if found else None
