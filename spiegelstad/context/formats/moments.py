"""Many times at once, as answers show them: a summary of a year by the hour has seventeen thousand."""

import numpy as np
from numpy.typing import NDArray

from spiegelstad.context.rules.documents import shown_time

_DAY_US = 86_400_000_000


def shown_moments(microseconds: NDArray[np.int64]) -> list[str]:
    """Return microseconds since 1970 as texts; days and times of day come again and again and are written once."""
    days, times = np.divmod(microseconds, _DAY_US)
    each_day, each_time = np.unique(days), np.unique(times)
    dates = np.datetime_as_string(each_day.astype("M8[D]")).tolist()
    clocks = [shown_time(f"{text}Z")[10:] for text in np.datetime_as_string(each_time.astype("M8[us]")).tolist()]
    by_day = np.array(dates, object)[np.searchsorted(each_day, days)]
    found: list[str] = (by_day + np.array(clocks, object)[np.searchsorted(each_time, times)]).tolist()
    return found


def shown_spans(begins: NDArray[np.int64], ends: NDArray[np.int64]) -> tuple[list[str], list[str]]:
    """Return the beginnings and ends of periods as texts; where periods follow each other, most are the same."""
    shown = shown_moments(begins)
    if np.array_equal(begins[1:], ends[:-1]):
        return shown, [*shown[1:], *shown_moments(ends[-1:])]
    return shown, shown_moments(ends)
