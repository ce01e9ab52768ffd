"""How an observation is told as a number at a moment, and what of it needs more than that. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from spiegelstad.sensorthings.rules.times import Period
from spiegelstad.sensorthings.vocabulary import TRUTH

_MICROSECOND = timedelta(microseconds=1)
SAME_MOMENT = 1_000  # microseconds of a millisecond: so many observations of a datastream share a moment


@dataclass(frozen=True, slots=True)
class Detail:
    """What an observation has beside its moment and number; all empty for most."""

    named_at: datetime | None = None
    phenomenon_end: datetime | None = None
    result: Any = None
    result_is_set: bool = False  # a result of null is one too
    result_time: datetime | None = None
    result_quality: Any = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    parameters: Any = None
    feature_id: int | None = None


NO_DETAIL = Detail()


@dataclass(frozen=True, slots=True)
class Observed:
    """An observation as it is written: `counts` says whether its value is one, not a place holder for a text."""

    series: int
    at: datetime
    value: float
    counts: bool
    detail: Detail


def observed(
    series: int, observation_type: str, values: dict[str, Any], feature_id: int | None, now: datetime
) -> Observed:
    """Return how checked values (phenomenonTime, result, …) are written; no phenomenonTime means now."""
    moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
    time: Period = values.get("phenomenonTime") or Period(moment, moment)
    value, counts, kept = split_result(values.get("result"), observation_type)
    valid: Period | None = values.get("validTime")
    result_time: Period | None = values.get("resultTime")
    detail = Detail(
        phenomenon_end=None if time.start == time.end else time.end,
        result=values.get("result") if kept else None,
        result_is_set=kept,
        result_time=result_time.start if result_time else None,
        result_quality=values.get("resultQuality"),
        valid_from=valid.start if valid else None,
        valid_to=valid.end if valid else None,
        parameters=values.get("parameters"),
        feature_id=feature_id,
    )
    return Observed(series, time.start, value, counts, detail)


def split_result(result: Any, observation_type: str) -> tuple[float, bool, bool]:
    """Return (number, whether it counts, whether the result must be kept beside it).

    A number is itself, a truth is 1 or 0; anything else is kept as it is, and its moment holds 0 that does not count.
    """
    if isinstance(result, bool):
        return float(result), True, observation_type != TRUTH
    if isinstance(result, int | float) and abs(result) <= 1e300:
        return float(result), True, observation_type == TRUTH or float(result) != result
    return 0.0, False, True


def place(wanted: Observed, taken: dict[datetime, Observed | None]) -> tuple[Observed, bool]:
    """Return the observation at the first free microsecond of its moment, or the one that says the same already.

    `taken`: what stands at those moments (None: a moment that is only a name). Raises ValueError when all are taken.
    """
    for number in range(SAME_MOMENT):
        at = wanted.at + number * _MICROSECOND
        if at not in taken:
            return replace(wanted, at=at), True
        there = taken[at]
        if there is not None and replace(there, at=wanted.at) == wanted:
            return there, False
    raise ValueError(f"{SAME_MOMENT:,} observations of this datastream have this moment already.")
