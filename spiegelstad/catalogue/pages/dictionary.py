"""The dictionary of columns: meaning, unit, and what a column holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from spiegelstad.base.localised import in_language
from spiegelstad.base.units import format_number
from spiegelstad.catalogue.formats import preview
from spiegelstad.catalogue.pages import words
from spiegelstad.catalogue.profiling import Held, Profile, Value
from spiegelstad.catalogue.rules import Column
from spiegelstad.catalogue.vocabulary import TYPE_NAMES, ColumnType

_BARS_HIGH, _BAR_STEP = 32, 10
_SHORT = 40


@dataclass(frozen=True, slots=True)
class Described:
    """A column as the page shows it; `bars` are (x, y, height) in a box of 120 by 32. Empty texts say nothing."""

    name: str
    type: str
    unit: str
    role: str
    meaning: str
    held: bool = False
    filled: str = ""
    distinct: str = ""
    range: str = ""
    frequent: str = ""
    bars: tuple[tuple[int, int, int], ...] = ()


def described(columns: Sequence[Column], profile: Profile | None) -> list[Described]:
    """Return every column with what it holds, as far as that was looked at."""
    return [_described(column, (profile or {}).get(column.name)) for column in columns]


def _described(column: Column, held: Held | None) -> Described:
    basics = (
        column.name,
        str(TYPE_NAMES[ColumnType(column.type)]),
        words.unit_words(column),
        _("tells rows apart") if column.role == "identifier" else "",
        in_language(column.description) or _("The source does not say what this means."),
    )
    if held is None:
        return Described(*basics)
    low, high = _value(held.low, column), _value(held.high, column)
    return Described(
        *basics,
        held=True,
        filled=words.share_words(held.filled),
        distinct=words.count_words(held.distinct),
        range=f"{low} – {high}" if low and high else "",
        frequent=", ".join(f"{_value(value, column)} ({words.count_words(count)})" for value, count in held.frequent),
        bars=_bars(held.bars),
    )


def _value(value: Value, column: Column) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and column.type == ColumnType.DATE:
        return date.fromisoformat(value).isoformat()
    if isinstance(value, str) and column.type == ColumnType.TIMESTAMPTZ:
        return words.moment_words(datetime.fromisoformat(value))
    if isinstance(value, int) and not isinstance(value, bool) and column.type == ColumnType.DOUBLE:
        return format_number(value, 0, words.language())
    text = preview.in_words({column.name: value}, [column], words.language())[0]
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"


def _bars(counts: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    most = max(counts, default=0)
    if not most:
        return ()
    heights = [max(1, round(_BARS_HIGH * count / most)) if count else 0 for count in counts]
    return tuple((at * _BAR_STEP, _BARS_HIGH - height, height) for at, height in enumerate(heights))
