"""Reasons, states, moments and ages in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from spiegelstad.base.clock import BRUSSELS
from spiegelstad.base.units import format_number
from spiegelstad.ingest.records import LiveState, Run, Source
from spiegelstad.ingest.vocabulary import RunState, Trigger, Way
from spiegelstad.look.public import Mark

REASONS: dict[str, str | Promise] = {
    "required": gettext_lazy("{column} has no value"),
    "minimum": gettext_lazy("{column} is smaller than {limit}"),
    "maximum": gettext_lazy("{column} is larger than {limit}"),
    "values": gettext_lazy("{column} isn't one of {limit}"),
    "pattern": gettext_lazy("{column} doesn't look like {limit}"),
    "geometry": gettext_lazy("{column} isn't a valid shape"),
    "inside": gettext_lazy("the point {column} lies outside the city"),
    "reference": gettext_lazy("{column} isn't the code of an area ({limit})"),
    "unique": gettext_lazy("an earlier row has the same {column}"),
    "line": gettext_lazy("the line has too few or too many values, or isn't UTF-8"),
    "freshness": gettext_lazy("the newest {column} is older than {limit} allows"),
}
TYPES: dict[str, str | Promise] = {
    "integer": gettext_lazy("{column} isn't a whole number"),
    "number": gettext_lazy("{column} isn't a number"),
    "boolean": gettext_lazy("{column} isn't yes or no"),
    "date": gettext_lazy("{column} isn't a date"),
    "datetime": gettext_lazy("{column} isn't a time that exists once"),
}
STATES: dict[RunState, tuple[str | Promise, str]] = {
    RunState.RUNNING: (gettext_lazy("running"), "info"),
    RunState.SUCCEEDED: (gettext_lazy("succeeded"), "good"),
    RunState.UNCHANGED: (gettext_lazy("nothing new"), "good"),
    RunState.FAILED: (gettext_lazy("failed"), "bad"),
    RunState.INTERRUPTED: (gettext_lazy("broken off"), "warning"),
}
TRIGGERS: dict[Trigger, str | Promise] = {
    Trigger.COMMAND: gettext_lazy("by command"),
    Trigger.SCHEDULE: gettext_lazy("by schedule"),
    Trigger.DESK: gettext_lazy("at the desk"),
    Trigger.REPLAY: gettext_lazy("corrected rows"),
}


def language() -> str:
    """Return the reader's language."""
    return (get_language() or "nl").split("-")[0]


def count_words(value: float) -> str:
    """Write a whole number."""
    return format_number(value, 0, language())


def reason_words(rule: str, column: str, limit: str) -> str:
    """Say why a row fails."""
    sentence = TYPES.get(limit, REASONS["values"]) if rule == "type" else REASONS.get(rule)
    return str(sentence).format(column=column, limit=limit) if sentence else f"{column}: {rule} {limit}"


def reasons_words(reasons: list[Mapping[str, str]]) -> str:
    """Say all reasons why a row fails."""
    return "; ".join(reason_words(one["rule"], one["column"], one["limit"]) for one in reasons)


def state_mark(run: Run | None) -> Mark:
    """Return the badge of a run's state."""
    if run is None:
        return Mark(_("never read"), "quiet")
    text, tone = STATES[run.state]
    return Mark(text, tone)


def live_mark(one: LiveState) -> Mark:
    """Return the badge of how the receiver of a source of messages stands."""
    if one.problem:
        return Mark(one.problem, "bad")
    if one.connected_at is not None:
        return Mark(_("connected"), "good")
    return Mark(_("nobody listens"), "warning") if one.way is Way.MQTT else Mark(_("waits for messages"), "quiet")


def fresh_mark(source: Source, moment: datetime) -> Mark | str:
    """Return the badge of how fresh the data is; a dash when no rule says."""
    if source.stale_after is None:
        return "–"
    if source.newest_at is None:
        return Mark(_("no data"), "warning")
    age = age_words(moment - source.newest_at)
    return Mark(age, "bad" if source.is_stale(moment) else "good")


def age_words(age: timedelta) -> str:
    """Write how old something is, roughly."""
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 120:
        return ngettext("{count} minute old", "{count} minutes old", minutes).format(count=minutes)
    hours, days = minutes // 60, minutes // 1440
    if hours < 48:
        return ngettext("{count} hour old", "{count} hours old", hours).format(count=hours)
    return ngettext("{count} day old", "{count} days old", days).format(count=count_words(days))


def moment_words(moment: datetime | None) -> str:
    """Write a moment to the minute in Brussels."""
    return "–" if moment is None else date_format(moment.astimezone(BRUSSELS), "j F Y, H:i")


def seconds_words(seconds: float | None) -> str:
    """Write a duration."""
    return "–" if seconds is None else f"{format_number(seconds, 1, language())} s"


def megabytes_words(size: int) -> str:
    """Write a number of bytes as megabytes."""
    return f"{format_number(size / 1e6, 1, language())} MB"
