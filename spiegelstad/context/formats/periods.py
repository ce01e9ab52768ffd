"""Many periods at once as JSON, without an object for each: a year by the hour has nearly nine thousand."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from spiegelstad.context.rules.documents import shown_time

_DAY_US = 86_400_000_000


def periods_json(values: NDArray[Any] | Sequence[Any], spans: Sequence[str]) -> orjson.Fragment:
    """Return `[[value, begin, end], …]` as JSON that orjson puts into an answer as it is; one period at least.

    `values`: numbers of numpy, or any JSON; where it is None there is no such period. `spans`: of each (`spans_of`).
    """
    if isinstance(values, np.ndarray):
        shown = orjson.dumps(values + 0, option=orjson.OPT_SERIALIZE_NUMPY).decode()  # + 0: there is no -0
        texts = shown[1:-1].replace(".0,", ",").removesuffix(".0").split(",")
    else:
        spans = [span for span, value in zip(spans, values, strict=True) if value is not None]
        texts = [orjson.dumps(value).decode() for value in values if value is not None]
    parts = [""] * (2 * len(texts))
    parts[0::2], parts[1::2] = texts, spans
    return orjson.Fragment(f"[[{''.join(parts)[:-2]}]")


def spans_of(begins: NDArray[np.int64], ends: NDArray[np.int64]) -> list[str]:
    """Return what stands between the value of each period and that of the next. Times: microseconds since 1970."""
    return _spans(begins.tobytes(), ends.tobytes())


@lru_cache(maxsize=4)  # the attributes and entities of an answer mostly have the same periods
def _spans(begins: bytes, ends: bytes) -> list[str]:
    pairs = zip(*(shown_moments(np.frombuffer(part, np.int64)) for part in (begins, ends)), strict=True)
    return [f',"{begin}","{end}"],[' for begin, end in pairs]


def shown_moments(microseconds: NDArray[np.int64]) -> list[str]:
    """Return microseconds since 1970 as texts; days and times of day come again and again and are written once."""
    days, times = np.divmod(microseconds, _DAY_US)
    each_day, each_time = np.unique(days), np.unique(times)
    dates = np.datetime_as_string(each_day.astype("M8[D]")).tolist()
    clocks = [shown_time(f"{text}Z")[10:] for text in np.datetime_as_string(each_time.astype("M8[us]")).tolist()]
    by_day = np.array(dates, object)[np.searchsorted(each_day, days)]
    found: list[str] = (by_day + np.array(clocks, object)[np.searchsorted(each_time, times)]).tolist()
    return found
