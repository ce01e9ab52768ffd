"""Series: made and changed by definition, any number of times with the same result."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.base.localised import Localised
from spiegelstad.governance.public import Act, Classification, Thing, record, require
from spiegelstad.mirror.models import Series
from spiegelstad.mirror.rules.acts import DEFINE_SERIES


class UnitIsFixed(Conflict):
    """The unit of a series that has observations cannot change: its history would lie."""


class InvalidSeries(InvalidInput):
    """A series lacks what it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesIn:
    """A series as given. `unit` is a UN/CEFACT code; a value outside minimum … maximum is kept as bad.

    `entity_id`: the URN of what it belongs to, `entity_type` the short name of its kind (`OffStreetParking`).
    """

    key: str
    property: str
    name: Localised
    unit: str
    entity_id: str = ""
    entity_type: str = ""
    lon: float | None = None
    lat: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    classification: Classification = Classification.PUBLIC
    department: str = ""
    expected_every_s: int | None = None


def ensure_series(*, by: Actor, series: Sequence[SeriesIn]) -> dict[str, int]:
    """Make these series or bring them up to date; return the id of each key.

    Raises InvalidSeries, UnitIsFixed, and Forbidden when `by` may not define series of a department named.
    """
    given = {item.key: item for item in series}
    if "" in given:
        raise InvalidSeries("A series has no key.")
    _require(by, DEFINE_SERIES, "series", {item.department for item in given.values()})
    params: dict[str, Any] = {"tenant": by.tenant_id, "now": now(), "rows": _json(given.values())}
    with transaction.atomic():
        _refuse_other_units(by.tenant_id, given)
        changed = [key for (key,) in sql.rows(sql.load(_HERE, "upsert_series"), params)]
        ids = dict(Series.objects.filter(tenant_id=by.tenant_id, key__in=given).values_list("key", "id"))
        with sql.cursor() as cursor:
            cursor.execute(sql.load(_HERE, "add_latest"), {"tenant": by.tenant_id, "series": list(ids.values())})
        if changed:
            details = {"changed": len(changed), "first": min(changed)}
            record(by, DEFINE_SERIES, Thing("series", min(changed), by.tenant_id), details=details)
    return ids


_HERE = Path(__file__).parent


def _json(items: Any) -> str:
    return orjson.dumps([asdict(item) for item in items]).decode()


def _require(by: Actor, act: Act, kind: str, departments: set[str]) -> None:
    for department in sorted(departments):
        require(by, act, Thing(kind, "", by.tenant_id, department=department))


def _refuse_other_units(tenant_id: str, given: dict[str, SeriesIn]) -> None:
    used = Series.objects.filter(tenant_id=tenant_id, key__in=given, latest__newest_at__isnull=False)
    for key, unit in used.values_list("key", "unit"):
        if given[key].unit != unit:
            raise UnitIsFixed(
                f"The series {key!r} has observations in {unit} and cannot change to {given[key].unit}.",
                remedy="Make a new series for the new unit.",
            )
