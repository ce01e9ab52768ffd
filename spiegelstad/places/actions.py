"""Acts on places: declaring area types, importing areas and addresses. Every import can be repeated without effect."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import orjson
import pyarrow as pa
import shapely
from django.db import IntegrityError, connection, transaction

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base import events, sql
from spiegelstad.base.errors import InvalidInput, NotFound
from spiegelstad.base.ids import new_id
from spiegelstad.base.localised import Localised
from spiegelstad.governance import public as governance
from spiegelstad.governance.public import Act, Thing
from spiegelstad.places.formats.addresses import AddressTable
from spiegelstad.places.formats.crs import Geometries, area_m2
from spiegelstad.places.models import Area, AreaType
from spiegelstad.places.rules.areas import problems_with
from spiegelstad.places.vocabulary import AreaIn, ImportResult

_EDITORS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
DECLARE_TYPE = Act("places.declare_area_type", roles=frozenset({Role.ADMINISTRATOR}))
IMPORT_AREAS = Act("places.import_areas", roles=_EDITORS, department_bound=False)
IMPORT_ADDRESSES = Act("places.import_addresses", roles=_EDITORS, department_bound=False)
_SHOWN_PROBLEMS = 20


@dataclass(frozen=True, kw_only=True)
class AreasChanged(events.Event):
    """Areas of a type were added, changed or removed."""

    type: ClassVar[str] = "places.areas_changed"
    area_type: str


class InvalidAreas(InvalidInput):
    """Some of the areas cannot be imported; none are. Says which and why, all at once."""

    title = "Invalid areas"


class UnknownAreaType(NotFound):
    """The city has no such area type."""

    title = "Unknown area type"


def ensure_area_type(*, by: Actor, slug: str, name: Localised, level: int) -> None:
    """Declare a kind of area, or change its name and level. A higher level lies inside a lower one."""
    thing = Thing("area_type", slug, by.tenant_id)
    governance.require(by, DECLARE_TYPE, thing)
    values = {"name": dict(name), "level": level}
    with transaction.atomic():
        found = AreaType.objects.filter(tenant_id=by.tenant_id, slug=slug).first()
        if found and {"name": found.name, "level": found.level} == values:
            return
        AreaType.objects.update_or_create(tenant_id=by.tenant_id, slug=slug, defaults=values)
        governance.record(by, DECLARE_TYPE, thing, details=values)


def import_areas(*, by: Actor, area_type: str, areas: Sequence[AreaIn], complete: bool = False) -> ImportResult:
    """Add and change areas of one type; all or none. The same code and first day is the same area.

    With `complete`, areas of the type that are not among `areas` are removed: the source holds all there are.
    """
    thing = Thing("area_type", area_type, by.tenant_id)
    governance.require(by, IMPORT_AREAS, thing)
    if problems := problems_with(areas):
        shown = " ".join(problems[:_SHOWN_PROBLEMS])
        raise InvalidAreas(f"{len(problems)} of {len(areas)} areas cannot be imported. {shown}", problems=problems)
    with transaction.atomic():
        kind = AreaType.objects.select_for_update().filter(tenant_id=by.tenant_id, slug=area_type).first()
        if kind is None:
            raise UnknownAreaType(f"There is no area type {area_type!r}.", remedy="Declare it in city.yaml.")
        result = _merge(kind, areas, complete)
        if result.inserted or result.updated or result.removed:
            kind.revision = new_id()
            kind.save(update_fields=["revision"])
            details = {"inserted": result.inserted, "updated": result.updated, "removed": result.removed}
            governance.record(by, IMPORT_AREAS, thing, details=details)
            events.record(AreasChanged(tenant_id=by.tenant_id, area_type=area_type))
    return result


def _merge(kind: AreaType, areas: Sequence[AreaIn], complete: bool) -> ImportResult:
    old = {(area.code, area.valid_from): area for area in kind.areas.only("code", "valid_from", "digest")}
    rows = _rows(kind, areas)
    new = [row for row in rows if (row.code, row.valid_from) not in old]
    changed = []
    for row in rows:
        before = old.get((row.code, row.valid_from))
        if before is not None and before.digest != row.digest:
            row.pk = before.pk
            changed.append(row)
    offered = {(row.code, row.valid_from) for row in rows}
    gone = [area.pk for key, area in old.items() if key not in offered] if complete else []
    Area.objects.filter(pk__in=gone).delete()
    fields = [f.name for f in Area._meta.concrete_fields if f.name not in {"id", "tenant", "area_type"}]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            Area.objects.bulk_update(changed, fields, batch_size=500)
            Area.objects.bulk_create(new, batch_size=500)
            cursor.execute("SET CONSTRAINTS area_periods_do_not_overlap IMMEDIATE")
            cursor.execute("SET CONSTRAINTS area_periods_do_not_overlap DEFERRED")
    except IntegrityError as error:
        raise InvalidAreas(
            f"Two periods of one code overlap: {str(error.__cause__).splitlines()[-1]}",
            remedy="Give the earlier period a last day (valid_to) first.",
        ) from None
    return ImportResult(len(new), len(changed), len(rows) - len(new) - len(changed), len(gone))


def _rows(kind: AreaType, areas: Sequence[AreaIn]) -> list[Area]:
    geometries: Geometries = np.asarray(shapely.force_2d([area.geometry for area in areas]), dtype=object)
    surfaces = area_m2(geometries)
    return [
        _row(kind, area, geometry, float(surface))
        for area, geometry, surface in zip(areas, geometries, surfaces, strict=True)
    ]


def _row(kind: AreaType, area: AreaIn, geometry: shapely.geometry.base.BaseGeometry, surface: float) -> Area:
    wkb = shapely.to_wkb(geometry)
    inside = shapely.point_on_surface(geometry)
    text = [area.name, area.parent_code, str(area.valid_to), dict(area.attributes)]
    return Area(
        tenant_id=kind.tenant_id,
        area_type=kind,
        code=area.code,
        name=area.name,
        parent_code=area.parent_code,
        valid_from=area.valid_from,
        valid_to=area.valid_to,
        geometry=wkb,
        box=geometry.bounds,
        centroid_lon=inside.x,
        centroid_lat=inside.y,
        area_m2=surface,
        attributes=dict(area.attributes),
        digest=hashlib.sha256(orjson.dumps(text, default=str, option=orjson.OPT_SORT_KEYS) + wkb).hexdigest(),
    )


def import_addresses(*, by: Actor, table: pa.Table, complete: bool = False) -> ImportResult:
    """Add and change addresses from a table of id, street, house_number, box_number, postcode, municipality, lon, lat.

    All or none. With `complete`, addresses that are not in the table are removed.
    """
    thing = Thing("addresses", by.tenant_id, by.tenant_id)
    governance.require(by, IMPORT_ADDRESSES, thing)
    incoming = AddressTable(table)
    with transaction.atomic():
        result = _merge_addresses(incoming, by.tenant_id, complete)
        if result.inserted or result.updated or result.removed:
            details = {"inserted": result.inserted, "updated": result.updated, "removed": result.removed}
            governance.record(by, IMPORT_ADDRESSES, thing, details=details)
    return result


def _merge_addresses(incoming: AddressTable, tenant_id: str, complete: bool) -> ImportResult:
    """Write the addresses by COPY and keep the streets in step."""
    here = {"tenant": tenant_id}
    with sql.cursor() as cursor:
        cursor.execute(sql.load(__file__, "incoming_tables"))
        for name, rows in (("incoming_address", incoming.address_rows()), ("incoming_street", incoming.street_rows())):
            with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        inserted, updated = cursor.execute(sql.load(__file__, "merge_addresses"), here).fetchone() or (0, 0)
        removed = cursor.execute(sql.load(__file__, "remove_other_addresses"), here).rowcount if complete else 0
        for step in ("merge_streets", "count_streets", "remove_empty_streets"):
            cursor.execute(sql.load(__file__, step), here)
        cursor.execute(sql.load(__file__, "study_streets"))
    return ImportResult(inserted, updated, incoming.rows - inserted - updated, removed)
