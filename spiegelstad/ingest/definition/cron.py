"""Schedules in cron's five fields (minute, hour, day of the month, month, day of the week; 0 and 7 are Sunday)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

_BOUNDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


@dataclass(frozen=True)
class Cron:
    """The values that each field admits."""

    fields: tuple[frozenset[int], ...]
    any_day: bool
    any_weekday: bool

    @classmethod
    def parse(cls, text: str) -> Cron:
        """Read five fields with `*`, numbers, ranges, lists and steps; ValueError says what is wrong."""
        parts = text.split()
        if len(parts) != len(_BOUNDS):
            raise ValueError(f"it has {len(parts)} fields, not five")
        fields = [_values(part, *bounds) for part, bounds in zip(parts, _BOUNDS, strict=True)]
        fields[4] = frozenset(day % 7 for day in fields[4])
        return cls(tuple(fields), parts[2].startswith("*"), parts[4].startswith("*"))

    def is_due(self, moment: datetime) -> bool:
        """Whether the schedule names this minute. Like cron: of two limited day fields, either is enough."""
        minute, hour, day, month, weekday = self.fields
        on_day = moment.day in day
        on_weekday = moment.isoweekday() % 7 in weekday
        either = not self.any_day and not self.any_weekday
        right_day = (on_day or on_weekday) if either else (on_day and on_weekday)
        return moment.minute in minute and moment.hour in hour and moment.month in month and right_day


def _values(text: str, low: int, high: int) -> frozenset[int]:
    values: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if step and (not step.isdigit() or int(step) == 0):
            raise ValueError(f"`{part}` has a wrong step")
        first, last = _span(span, low, high, open_ended=bool(step))
        values.update(range(first, last + 1, int(step or 1)))
    return frozenset(values)


def _span(text: str, low: int, high: int, *, open_ended: bool) -> tuple[int, int]:
    if text == "*":
        return low, high
    start, dash, end = text.partition("-")
    if not start.isdigit() or (dash and not end.isdigit()):
        raise ValueError(f"`{text}` isn't a number")
    first = int(start)
    last = int(end) if dash else (high if open_ended else first)
    if not low <= first <= last <= high:
        raise ValueError(f"`{text}` isn't between {low} and {high}")
    return first, last
