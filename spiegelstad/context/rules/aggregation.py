"""What values add up to, by type of value (clause 4.5.19.1): slow and obvious, the truth for the SQL of the mirror."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

import orjson

from spiegelstad.context.rules.documents import VALUE_MEMBER, Instance
from spiegelstad.context.rules.temporal import EPOCH, Grid

Periods = dict[datetime, Any]
"""What one method gives for each period that has a value, by its beginning."""


def aggregate(points: Iterable[tuple[datetime, Instance]], methods: Sequence[str], periods: Grid) -> dict[str, Periods]:
    """Return per method its value for each period with instances; a method for which nothing is eligible is absent."""
    by_period: defaultdict[datetime, list[Instance]] = defaultdict(list)
    for at, instance in points:
        by_period[periods.begin_of(at)].append(instance)
    found: dict[str, Periods] = {}
    for begin, instances in sorted(by_period.items()):
        for method in methods:
            value = _METHODS[method](instances)
            if value is not None:
                found.setdefault(method, {})[begin] = value
    return found


def _total(instances: Sequence[Instance]) -> int:
    return len(instances)


def _distinct(instances: Sequence[Instance]) -> int:
    return len({orjson.dumps(_plain(_value(one)), option=orjson.OPT_SORT_KEYS) for one in instances})


def _plain(value: Any) -> Any:
    """Return a number in the one form that equal numbers have."""
    return float(value) if type(value) is int and abs(value) < 2**53 else value


def _sum(instances: Sequence[Instance]) -> float | None:
    numbers = _numbers(instances)
    return math.fsum(numbers) if numbers else None


def _average(instances: Sequence[Instance]) -> Any:
    if numbers := _numbers(instances):
        return math.fsum(numbers) / len(numbers)
    seconds = [second for one in instances if (second := _second_of_day(_value(one))) is not None]
    if not seconds:
        return None
    found = (EPOCH + timedelta(seconds=math.fsum(seconds) / len(seconds))).time()
    return {"@type": "Time", "@value": f"{found.isoformat('milliseconds')}Z"}


def _minimum(instances: Sequence[Instance]) -> Any:
    return _extreme(instances, min)


def _maximum(instances: Sequence[Instance]) -> Any:
    return _extreme(instances, max)


def _extreme(instances: Sequence[Instance], choose: Callable[..., Any]) -> Any:
    if numbers := _numbers(instances):
        return choose(numbers)
    if texts := [value for one in instances if isinstance(value := _value(one), str) and _is_property(one)]:
        return choose(texts)
    stamped = [value for one in instances if _text_in_time(value := _value(one)) is not None]
    return choose(stamped, key=_text_in_time) if stamped else None


def _deviation(instances: Sequence[Instance]) -> float | None:
    """Return the standard deviation of a sample; a single value deviates by nothing."""
    numbers = _numbers(instances)
    return (statistics.stdev(numbers) if len(numbers) > 1 else 0.0) if numbers else None


def _squares(instances: Sequence[Instance]) -> float | None:
    numbers = _numbers(instances)
    return math.fsum(number * number for number in numbers) if numbers else None


_METHODS: dict[str, Callable[[Sequence[Instance]], Any]] = {
    "totalCount": _total,
    "distinctCount": _distinct,
    "sum": _sum,
    "avg": _average,
    "min": _minimum,
    "max": _maximum,
    "stddev": _deviation,
    "sumsq": _squares,
}


def _value(instance: Instance) -> Any:
    return instance[VALUE_MEMBER[instance["type"]]]


def _is_property(instance: Instance) -> bool:
    return instance["type"] in ("Property", "JsonProperty", "ListProperty")


def _numbers(instances: Sequence[Instance]) -> list[float]:
    """Return the numbers among the values: true counts as 1, false as 0, an array as its size."""
    found: list[float] = []
    for one in instances:
        value = _value(one) if _is_property(one) else None
        if isinstance(value, list):
            found.append(len(value))
        elif isinstance(value, int | float):
            found.append(float(value))
    return found


def _text_in_time(value: Any) -> str | None:
    """Return what a DateTime, Date or Time holds: such texts sort as the times they are."""
    if isinstance(value, dict) and value.get("@type") in ("DateTime", "Date", "Time"):
        text = value.get("@value")
        return text if isinstance(text, str) else None
    return None


def _second_of_day(value: Any) -> float | None:
    if not isinstance(value, dict) or value.get("@type") != "Time" or not isinstance(value.get("@value"), str):
        return None
    try:
        found = time.fromisoformat(value["@value"].removesuffix("Z"))
    except ValueError:
        return None
    return found.hour * 3600 + found.minute * 60 + found.second + found.microsecond / 1e6
