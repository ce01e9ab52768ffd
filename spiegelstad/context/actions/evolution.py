"""How instances come into the history of entities, in the caller's transaction: numbers as observations of a series of
the mirror, everything else as a row. The caller has decided who may.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from spiegelstad.base import sql
from spiegelstad.base.partitions import Months
from spiegelstad.context.actions.attribute_series import forget_known, series_for
from spiegelstad.context.rules.documents import time_of
from spiegelstad.context.rules.evolution import Addition, is_late, new_instance_id, number_of, stored
from spiegelstad.mirror.public import AttributeValue, NoSuchSeries, may_be_observed, record_values

MONTHS: Final = Months("context_attributeinstance")
_HERE = Path(__file__).parent


def add(tenant_id: str, additions: Sequence[Addition], recorded_at: datetime) -> None:
    """Take instances into the history. An observation of a moment that is known in its series corrects it."""
    numbers, others = _parted(additions, recorded_at)
    if numbers:
        others += _record(tenant_id, numbers, recorded_at)
    if others:
        _insert(tenant_id, others)


def _parted(
    additions: Sequence[Addition], recorded_at: datetime
) -> tuple[list[tuple[Addition, float, datetime]], list[Addition]]:
    """Return what becomes an observation and what a row; of two numbers for one moment the later in the batch."""
    numbers: dict[tuple[str, str, str, str, str], tuple[Addition, float, datetime]] = {}
    others: list[Addition] = []
    for one in additions:
        value = number_of(one)
        at = time_of(one.instance["observedAt"]) if value is not None else recorded_at
        if value is None or not may_be_observed(at, recorded_at):
            others.append(one)
            continue
        instance = one.instance
        key = (one.entity_id, one.attribute, one.dataset, instance.get("unitCode", ""), instance["observedAt"])
        if (known := numbers.get(key)) is not None:
            others.append(known[0])
        numbers[key] = (one, value, at)
    return list(numbers.values()), others


def _record(
    tenant_id: str, numbers: Sequence[tuple[Addition, float, datetime]], recorded_at: datetime
) -> list[Addition]:
    """Record observations and return those that the mirror refused: their time is closed there."""
    try:
        values = _values(tenant_id, numbers)
        refused = record_values(tenant_id, values)
    except NoSuchSeries:  # remembered from a database that has been emptied since
        forget_known()
        values = _values(tenant_id, numbers)
        refused = record_values(tenant_id, values)
    gone = set(refused)
    late = (one for place, one in enumerate(values) if place not in gone and is_late(one.at, recorded_at))
    _note_late(tenant_id, late, recorded_at)
    return [numbers[position][0] for position in refused]


def _values(tenant_id: str, numbers: Sequence[tuple[Addition, float, datetime]]) -> list[AttributeValue]:
    series = series_for(tenant_id, [one for one, _, _ in numbers])
    return [AttributeValue(id_, at, value) for id_, (_, value, at) in zip(series, numbers, strict=True)]


def _note_late(tenant_id: str, late: Iterable[AttributeValue], recorded_at: datetime) -> None:
    moments: defaultdict[str, list[Any]] = defaultdict(list)
    for value in late:
        moments["series"].append(value.series)
        moments["moments"].append(value.at)
    if moments:
        with sql.prepared() as cursor:
            cursor.execute(_statement("insert_late"), {"tenant": tenant_id, "at": recorded_at, **moments})


def _insert(tenant_id: str, additions: Sequence[Addition]) -> None:
    months = {one.instance["modifiedAt"][:7] for one in additions}
    MONTHS.ensure_apart(sorted(date.fromisoformat(f"{month}-01") for month in months))
    with sql.prepared() as cursor, cursor.copy(_statement("copy_instances")) as copy:
        for one in additions:
            copy.write_row(_row(tenant_id, one))


def _row(tenant_id: str, one: Addition) -> tuple[str | None, ...]:
    instance = one.instance
    return (
        tenant_id,
        one.entity_id,
        one.attribute,
        one.dataset,
        new_instance_id(),
        instance.get("observedAt"),
        instance["createdAt"],
        instance["modifiedAt"],
        instance.get("deletedAt"),
        orjson.dumps(stored(instance)).decode(),
    )


@cache
def _statement(name: str) -> Any:
    return sql.load(_HERE, name)
