"""Builders of small cities' areas and addresses, for tests and the demo."""

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from spiegelstad.accounts.public import Actor
from spiegelstad.places import actions
from spiegelstad.places.vocabulary import MUNICIPALITY, AreaIn, ImportResult

_TYPES = {MUNICIPALITY: 2, "wijk": 3, "sector": 4}


def make_area(
    code: str,
    geometry: BaseGeometry | None = None,
    *,
    name: str = "",
    parent_code: str = "",
    valid_from: date | None = None,
    valid_to: date | None = None,
    attributes: Mapping[str, object] | None = None,
) -> AreaIn:
    """An area to import; without geometry a small square in the middle of Ghent."""
    shape = geometry or shapely.box(3.72, 51.05, 3.73, 51.06)
    return AreaIn(code, name or f"Area {code}", shape, parent_code, valid_from, valid_to, attributes or {})


def make_areas(tenant_id: str, area_type: str, areas: Sequence[AreaIn]) -> ImportResult:
    """Declare the type and import the areas, as the program itself."""
    by = Actor.system(tenant_id, "testing")
    name = {"nl": area_type.capitalize(), "en": area_type.capitalize()}
    actions.ensure_area_type(by=by, slug=area_type, name=name, level=_TYPES.get(area_type, 9))
    return actions.import_areas(by=by, area_type=area_type, areas=areas)


def make_squares(
    tenant_id: str, *, columns: int = 4, rows: int = 2, bbox: tuple[float, float, float, float] = (3.6, 51.0, 3.8, 51.1)
) -> None:
    """A city of squares: one municipality M, `columns` wijken W1…, each with `rows` sectors W1A, W1B …"""
    west, south, east, north = bbox
    width, height = (east - west) / columns, (north - south) / rows
    make_areas(tenant_id, MUNICIPALITY, [make_area("M", shapely.box(*bbox), name="City")])
    wijken, sectors = [], []
    for column in range(columns):
        left, right, code = west + column * width, west + (column + 1) * width, f"W{column + 1}"
        wijken.append(make_area(code, shapely.box(left, south, right, north), parent_code="M"))
        for row in range(rows):
            shape = shapely.box(left, south + row * height, right, south + (row + 1) * height)
            sectors.append(make_area(f"{code}{chr(65 + row)}", shape, parent_code=code))
    make_areas(tenant_id, "wijk", wijken)
    make_areas(tenant_id, "sector", sectors)


def make_addresses(
    tenant_id: str, addresses: Sequence[tuple[str, str, str]], municipality: str = "Gent"
) -> ImportResult:
    """Import addresses given as (street, house number, postcode), ids by order, in a row along a line."""
    table = pa.table(
        {
            "id": [f"address-{number}" for number in range(len(addresses))],
            "street": [street for street, _, _ in addresses],
            "house_number": [house for _, house, _ in addresses],
            "box_number": [""] * len(addresses),
            "postcode": [postcode for _, _, postcode in addresses],
            "municipality": [municipality] * len(addresses),
            "lon": [3.7 + 0.0001 * number for number in range(len(addresses))],
            "lat": [51.05] * len(addresses),
        }
    )
    return actions.import_addresses(by=Actor.system(tenant_id, "testing"), table=table)
