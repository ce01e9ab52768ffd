"""Which series of the mirror holds the numbers of an attribute: made when the first one comes, then remembered."""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection, transaction

from spiegelstad.accounts.public import tenant
from spiegelstad.base import sql
from spiegelstad.context.rules.evolution import Addition, key_of, property_of, unit_of
from spiegelstad.context.rules.policy import OPEN, Closure, closures, strictest
from spiegelstad.context.rules.terms import CORE
from spiegelstad.governance.public import Classification
from spiegelstad.mirror.public import SeriesIn, attribute_series

MOST_REMEMBERED = 500_000
_HERE = Path(__file__).parent


class Owner(NamedTuple):
    """What a series takes over from its entity."""

    id: str
    types: list[str]
    name: str
    lon: float | None
    lat: float | None
    classification: str
    department: str


class Wanted(NamedTuple):
    """A series by what it holds."""

    entity_id: str
    attribute: str
    dataset: str
    unit_code: str


_remembered: dict[tuple[str, str, Wanted], int] = {}


def forget_known() -> None:
    """Forget which series there are: the database is asked again."""
    _remembered.clear()


def series_for(tenant_id: str, numbers: Sequence[Addition]) -> list[int]:
    """Return the id of the series of each of these instances, in their order; series that are missing are made."""
    wanted = [Wanted(one.entity_id, one.attribute, one.dataset, one.instance.get("unitCode", "")) for one in numbers]
    database = connection.settings_dict["NAME"]
    known = {one: _remembered.get((database, tenant_id, one)) for one in wanted}
    if unknown := [one for one, series in known.items() if series is None]:
        found = _found_or_made(tenant_id, unknown)
        known |= found
        transaction.on_commit(lambda: _remember(database, tenant_id, found))
    return [series for one in wanted if (series := known[one]) is not None]


def _remember(database: str, tenant_id: str, found: dict[Wanted, int]) -> None:
    if len(_remembered) > MOST_REMEMBERED:
        _remembered.clear()
    _remembered.update({(database, tenant_id, one): series for one, series in found.items()})


def _found_or_made(tenant_id: str, wanted: Sequence[Wanted]) -> dict[Wanted, int]:
    found = _found(tenant_id, wanted)
    if missing := [one for one in wanted if one not in found]:
        found |= _made(tenant_id, missing)
    return found


def _found(tenant_id: str, wanted: Sequence[Wanted]) -> dict[Wanted, int]:
    with sql.prepared() as cursor:
        cursor.execute(_statement("known_series"), {"tenant": tenant_id, **_columns(wanted)})
        return {wanted[number]: series for number, series in cursor}


def _made(tenant_id: str, wanted: Sequence[Wanted]) -> dict[Wanted, int]:
    made = _define(tenant_id, wanted)
    with sql.prepared() as cursor:
        params = {"tenant": tenant_id, **_columns(list(made)), "series": list(made.values())}
        cursor.execute(_statement("insert_attribute_series"), params)
    return made


def follow_owners(tenant_id: str, entity_ids: Collection[str], attributes: Collection[str] = ()) -> None:
    """Let the series of these entities, and of these attributes (IRIs), stand where those stand and be as open."""
    params = {"tenant": tenant_id, "ids": list(entity_ids), "attributes": list(attributes)}
    with sql.prepared() as cursor:
        cursor.execute(_statement("series_of_owners"), params)
        wanted = [Wanted(*row) for row in cursor]
    if wanted:
        _define(tenant_id, wanted)


def _define(tenant_id: str, wanted: Sequence[Wanted]) -> dict[Wanted, int]:
    with sql.prepared() as cursor:
        cursor.execute(_statement("owners"), {"tenant": tenant_id, "ids": sorted({one.entity_id for one in wanted})})
        owners = {row[0]: Owner(*row) for row in cursor}
    named = closures(tenant(tenant_id).settings)
    ids = attribute_series(tenant_id, [_series(one, owners[one.entity_id], named) for one in wanted])
    return {one: ids[key_of(*one)] for one in wanted}


def _series(one: Wanted, owner: Owner, named: Mapping[str, Closure]) -> SeriesIn:
    """Return the series of an attribute, as closed as its entity, or as the city says of the attribute if stricter."""
    own = Closure(Classification(owner.classification), owner.department)
    closure = strictest([own, named.get(one.attribute, OPEN)]) or own
    name = f"{owner.name or owner.id.rsplit(':', 1)[-1]}: {property_of(one.attribute)}"
    return SeriesIn(
        key=key_of(*one),
        property=property_of(one.attribute),
        name={"nl": name, "en": name},
        unit=unit_of(one.unit_code),
        entity_id=one.entity_id,
        entity_type=CORE.compact(owner.types[0])[-200:],
        lon=owner.lon,
        lat=owner.lat,
        classification=closure.classification,
        department=closure.department,
    )


def _columns(wanted: Sequence[Wanted]) -> dict[str, Any]:
    entity, attribute, dataset, unit = ([one[column] for one in wanted] for column in range(4))
    return {"entity": entity, "attribute": attribute, "dataset": dataset, "unit": unit}


@cache
def _statement(name: str) -> Any:
    return sql.load(_HERE, name)
