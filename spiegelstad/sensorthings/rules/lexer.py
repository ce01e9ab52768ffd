"""Words of $filter and $orderby: names, operators, literals."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from shapely import from_wkt
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from spiegelstad.sensorthings.errors import InvalidOption
from spiegelstad.sensorthings.rules.times import PERIOD, Period, read_duration, read_period

MAX_LENGTH = 10_000
_WORD = re.compile(
    rf"""(?P<space>\s+)
    |(?P<typed>(?:geography|geometry|duration|date|datetime|datetimeoffset|time|timeofday)'(?:[^']|'')*')
    |(?P<string>'(?:[^']|'')*')
    |(?P<period>{PERIOD.pattern})
    |(?P<date>\d{{4}}-\d\d-\d\d)(?![\w:.-])
    |(?P<clock>\d\d:\d\d(?::\d\d(?:\.\d{{1,9}})?)?)(?![\w:-])
    |(?P<number>-?\d{{1,40}}(?:\.\d{{1,40}})?(?:[eE][+-]?\d{{1,4}})?)(?![\w.])
    |(?P<name>@?[^\W\d][\w@:.-]*(?:(?:/|\[)@?[\w@:.-]+\]?)*)
    |(?P<mark>[(),])""",
    re.VERBOSE,
)
Value = float | str | bool | Period | date | time | timedelta | BaseGeometry | None


@dataclass(frozen=True, slots=True)
class Word:
    """A word: `kind` is literal, name, mark or end; `value` what a literal means."""

    kind: str
    text: str
    at: int
    value: Value = None


def words(text: str) -> Iterator[Word]:
    """Yield the words, and a last one of kind `end`; raises InvalidOption with the position."""
    if len(text) > MAX_LENGTH:
        raise InvalidOption(f"The expression has more than {MAX_LENGTH:,} characters.")
    at = 0
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise InvalidOption(f"At character {at + 1}: {text[at : at + 20]!r} cannot be read.")
        if match.lastgroup != "space":
            yield _word(str(match.lastgroup), match.group(), at)
        at = match.end()
    yield Word("end", "the end", at)


def _word(group: str, text: str, at: int) -> Word:
    if group in {"name", "mark"}:
        known: dict[str, Value] = {"true": True, "false": False, "null": None}
        return Word("literal", text, at, known[text]) if text in known else Word(group, text, at)
    try:
        return Word("literal", text, at, _READERS[group](text))
    except (ValueError, OverflowError, ShapelyError) as error:
        raise InvalidOption(f"At character {at + 1}: {error}") from None


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large.")
    return number


def _string(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _typed(text: str) -> Value:
    kind, _, rest = text.partition("'")
    body = rest[:-1].replace("''", "'")
    if kind in {"geography", "geometry"}:
        return _geometry(body)
    readers: dict[str, Callable[[str], Value]] = {
        "duration": read_duration,
        "date": date.fromisoformat,
        "time": _clock,
        "timeofday": _clock,
    }
    return readers.get(kind, read_period)(body)


def _geometry(text: str) -> BaseGeometry:
    plain = re.sub(r"^\s*SRID=4326;", "", text, flags=re.IGNORECASE)
    found: BaseGeometry = from_wkt(plain)
    if found is None or found.is_empty or not all(math.isfinite(bound) for bound in found.bounds):
        raise ValueError("the geometry holds nothing.")
    return found


def _clock(text: str) -> time:
    whole, _, fraction = text.partition(".")
    return time.fromisoformat(f"{whole}.{(fraction + '000')[:3]}" if fraction else whole)


_READERS: dict[str, Callable[[str], Value]] = {
    "typed": _typed,
    "string": _string,
    "period": read_period,
    "date": date.fromisoformat,
    "clock": _clock,
    "number": _number,
}


def literal_type(value: Value) -> str:
    """Return the type of a literal, as `rules/typing.py` names them."""
    if value is None:
        return "null"
    for kind, name in _LITERALS:
        if isinstance(value, kind):
            return name
    raise TypeError(value)


_LITERALS: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (float, "number"),
    (str, "text"),
    (Period, "time"),
    (datetime, "time"),
    (date, "date"),
    (time, "clock"),
    (timedelta, "duration"),
    (BaseGeometry, "geometry"),
)
