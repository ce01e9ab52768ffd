"""The rows of a version as a table, a map or a chart: asked in the address, answered by the engine of selections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import shapely
from django.utils.translation import gettext as _

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import in_brussels
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.localised import in_language
from spiegelstad.base.units import unit
from spiegelstad.catalogue.access import Rows
from spiegelstad.catalogue.formats import preview
from spiegelstad.catalogue.pages import words
from spiegelstad.catalogue.pages.asked import HOWS, AskedRows, Filter, asked_rows, behind, place
from spiegelstad.catalogue.profiling import Profile
from spiegelstad.catalogue.records import Version
from spiegelstad.catalogue.rules import Column, geometry_of
from spiegelstad.catalogue.selection.rules import Aggregate, Order, Selection, order_key
from spiegelstad.catalogue.vocabulary import ColumnType
from spiegelstad.look.public import Cell, Link, Table, charts, maps, number, table
from spiegelstad.look.public import Column as Head
from spiegelstad.look.public import places as drawn_places
from spiegelstad.places import public as places

A_PAGE = 20
_MOST_COLUMNS = 40
_MOST_GROUPS = 30
_MOST_POINTS = 1_500
_MOST_PLACES = 1_500
_LISTED_PLACES = 100
_NAME_CHARACTERS = 60
_SIMPLIFY_M = 20
_NUMBERS = {ColumnType.BIGINT, ColumnType.DOUBLE}
_ALIGNED_RIGHT = {*_NUMBERS, ColumnType.DATE, ColumnType.TIMESTAMPTZ}  # on one line, digits under digits
_MOMENTS = {ColumnType.DATE, ColumnType.TIMESTAMPTZ}


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading: where sorting by it leads, and how it is sorted now (`ascending`, `descending`, or not)."""

    name: str
    url: str
    sorted: str
    is_number: bool


def shown_rows(request: CityRequest, version: Version, profile: Profile | None) -> dict[str, Any]:
    """Return what the part of the page with the rows shows."""
    asked = asked_rows(dict(request.GET.lists()), version.columns)
    if asked.view == "map" and geometry_of(version.columns) is None:
        asked = replace(asked, view="table")
    context: dict[str, Any] = {
        "asked": asked,
        "views": _views(asked, version),
        "filters": [(_in_words(one), asked.address(filters=tuple(f for f in asked.filters if f != one)))
                    for one in asked.filters],
        "written": [one.written() for one in asked.filters],
        "problem": _in_words(asked.problem) if asked.problem else "",
        "columns_to_ask": [column.name for column in version.columns],
        "operators": operator_words().items(),
    }  # fmt: skip
    rows = Rows(request.actor, version, version.columns)
    show = {"table": _table, "map": _map, "chart": _chart}[asked.view]
    try:
        return context | {"matching": words.count_words(rows.count(asked.where))} | show(rows, asked, profile)
    except SpiegelstadError as error:
        return context | {"is_damaged": error.status == 503, "trouble": _(error.title)}


def _views(asked: AskedRows, version: Version) -> list[tuple[str, str, bool]]:
    names = [("table", _("Table")), ("map", _("Map")), ("chart", _("Chart"))]
    if geometry_of(version.columns) is None:
        names.pop(1)
    return [(text, asked.address(view=view), view == asked.view) for view, text in names]


def operator_words() -> dict[str, str]:
    """Return what a condition says, by its operator."""
    return {
        "contains": _("contains"), "eq": _("is"), "ne": _("is not"), "ge": _("is at least"), "gt": _("is more than"),
        "le": _("is at most"), "lt": _("is less than"), "starts": _("begins with"), "filled": _("is filled in"),
        "empty": _("is empty"),
    }  # fmt: skip


def _in_words(one: Filter) -> str:
    return " ".join(part for part in (one.column, operator_words().get(one.operator, one.operator), one.text) if part)


def _table(rows: Rows, asked: AskedRows, profile: Profile | None) -> dict[str, Any]:
    columns = rows.columns[:_MOST_COLUMNS]
    selection = Selection(where=asked.where, order_by=asked.order)
    key = order_key(selection)
    names = dict.fromkeys([*(column.name for column in columns), *(order.column for order in key)])
    found = rows.select(
        replace(selection, columns=tuple(names), limit=A_PAGE + 1, after=behind(asked, key))
    ).to_pylist()
    shown = found[:A_PAGE]
    address = f"/data/{rows.version.slug}/versions/{rows.version.number}"  # what follows is of the same version
    cells = [_linked(preview.in_words(row, columns, words.language()), row, columns, rows) for row in shown]
    return {
        "headings": [_heading(column, asked) for column in columns],
        "rows_table": table(_("Rows of this version"), [_head(column) for column in columns], cells),
        "next": address + asked.address(after=place(shown[-1], key)) if len(found) > A_PAGE else "",
        "first": asked.address() if asked.after else "",
        "columns_left_out": len(rows.columns) - len(columns),
    }


def _linked(cells: Sequence[str], row: Mapping[str, Any], columns: Sequence[Column], rows: Rows) -> list[Cell]:
    """Return the cells with the key of the row as a link to the address of the row, where rows have keys."""
    key = rows.key
    if key is None or row[key.name] is None:
        return list(cells)
    of = f"/data/{rows.version.slug}/rows/{quote(str(row[key.name]), safe='')}"
    return [Link(cell, of) if column.name == key.name else cell for cell, column in zip(cells, columns, strict=True)]


def _head(column: Column) -> Head:
    return number(column.name) if column.type in _ALIGNED_RIGHT else Head(column.name)


def _heading(column: Column, asked: AskedRows) -> Heading:
    now = {column.name: "ascending", f"-{column.name}": "descending"}.get(asked.sort, "")
    turn = f"-{column.name}" if now == "ascending" else column.name
    url = "" if column.type == ColumnType.BLOB else asked.address(sort=turn)
    return Heading(column.name, url, now, column.type in _ALIGNED_RIGHT)


def _chart(rows: Rows, asked: AskedRows, profile: Profile | None) -> dict[str, Any]:
    groups = [column for column in rows.columns if column.type not in {ColumnType.BLOB, ColumnType.DOUBLE}]
    values = [column for column in rows.columns if column.type in _NUMBERS]
    names = {column.name: column for column in rows.columns}
    group = names.get(asked.group) or _telling(groups, profile)
    context: dict[str, Any] = {
        "groups": [(column.name, column == group) for column in groups],
        "values": [(column.name, column.name == asked.value) for column in values],
        "hows": [(how, text, how == asked.how) for how, text in how_words().items()],
    }
    if group is None or group.type in {ColumnType.BLOB, ColumnType.DOUBLE}:
        return context
    value = names.get(asked.value)
    how = "count" if value is None else asked.how
    figure = Aggregate(how, value.name if value else "", "_figure")
    is_course = group.type in _MOMENTS
    order = Order(group.name) if is_course else Order("_figure", True)
    most = _MOST_POINTS if is_course else _MOST_GROUPS
    found = rows.select(
        Selection(where=asked.where, group_by=(group.name,), aggregates=(figure,), order_by=(order,), limit=most + 1)
    ).to_pylist()
    named = how_words()[how]
    title = _("{how} by {group}").format(how=f"{named}: {value.name}" if value else named, group=group.name)
    return context | {"chart": _drawn(title, found[:most], group, value, how), "groups_left_out": len(found) > most}


def how_words() -> dict[str, str]:
    """Return the ways to make one number of many."""
    texts = {
        "count": _("Number of rows"), "sum": _("Sum"), "avg": _("Average"), "median": _("Median"), "min": _("Lowest"),
        "max": _("Highest"), "count_distinct": _("Different values"),
    }  # fmt: skip
    return {how: texts[how] for how in HOWS}


def _telling(columns: Sequence[Column], profile: Profile | None) -> Column | None:
    """Return the column by which a first chart tells most: days, else a few words, else what there is."""
    few = [c for c in columns if c.type in {ColumnType.VARCHAR, ColumnType.BOOLEAN}
           and profile and 1 < profile[c.name].distinct <= _MOST_GROUPS]  # fmt: skip
    days = [column for column in columns if column.type == ColumnType.DATE]
    return next(iter([*few, *days, *columns]), None)


def _drawn(
    title: str, found: Sequence[Mapping[str, Any]], group: Column, value: Column | None, how: str
) -> charts.Chart | None:
    if not found:
        return None
    code = value.unit if value and how not in {"count", "count_distinct"} else ""
    known = [float(row["_figure"]) for row in found if row["_figure"] is not None]
    decimals = unit(code).decimals if code else 0 if all(one == int(one) for one in known) else 2
    if group.type in _MOMENTS:
        points = tuple(
            (_moment(row[group.name]), _number(row["_figure"])) for row in found if row[group.name] is not None
        )
        period: charts.Period = "day" if group.type == ColumnType.DATE else "hour"
        return charts.line(title, [charts.Series(title, points)], period=period, unit=code, decimals=decimals)
    names = [preview.in_words(dict(row), [group], words.language())[0][:_NAME_CHARACTERS] for row in found]
    bars = [charts.Bar(name, _number(row["_figure"])) for name, row in zip(names, found, strict=True)]
    return charts.ranking(title, bars, unit=code, decimals=decimals)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _moment(value: Any) -> str:
    """Return a day, or a moment to the second in Brussels, as charts take it."""
    text: str = (in_brussels(value) if isinstance(value, datetime) else value).isoformat()
    return text[:19]


def _map(rows: Rows, asked: AskedRows, profile: Profile | None) -> dict[str, Any]:
    where = geometry_of(rows.columns)
    assert where is not None
    naming = _naming(rows.columns)
    names = dict.fromkeys([*where, *([naming.name] if naming else [])])
    found = rows.select(Selection(columns=tuple(names), where=asked.where, limit=_MOST_PLACES + 1)).to_pylist()
    kept = [(row, shape) for row in found[:_MOST_PLACES] if (shape := _shape(row, where)) is not None]
    label = [
        str(row[naming.name])[:_NAME_CHARACTERS] if naming and row[naming.name] is not None else "" for row, _s in kept
    ]
    shapes = [shape for _row, shape in kept]
    title = _("Places of {title}").format(title=in_language(rows.version.title))
    slug = rows.version.slug
    return {
        "map": drawn_places.places(
            title, shapes, label, table=_places_table(title, shapes, label, naming),
            tiles_url=f"/ogc/collections/{slug}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}" if not asked.filters else "",
            layer=slug, backdrop=_backdrop(rows),
        ) if shapes else None,
        "is_cut": len(found) > _MOST_PLACES,
        "places_shown": words.count_words(len(shapes)),
    }  # fmt: skip


def _backdrop(rows: Rows) -> maps.Overlay | None:
    """Return the areas by which readers know their way: those of the second kind from above, such as wijken."""
    kinds = places.area_types(rows.actor)
    if not kinds:
        return None
    kind = kinds[min(1, len(kinds) - 1)].slug
    geojson = places.areas_geojson(rows.actor, kind, simplify_m=_SIMPLIFY_M)
    return maps.Overlay("area", f"/api/places/areas/{kind}?simplify={_SIMPLIFY_M}", geojson)


def _naming(columns: Sequence[Column]) -> Column | None:
    """Return the column that names a place best: one called so, else the first text."""
    texts = [column for column in columns if column.type == ColumnType.VARCHAR]
    called = [column for column in texts if column.name.lower() in {"name", "naam", "title", "titel", "label"}]
    return next(iter([*called, *texts]), None)


def _shape(row: Mapping[str, Any], where: Sequence[str]) -> shapely.Geometry | None:
    if len(where) == 2:
        lon, lat = row[where[0]], row[where[1]]
        return shapely.Point(lon, lat) if lon is not None and lat is not None and abs(lat) < 85 else None
    try:
        shape = shapely.from_wkb(row[where[0]])
    except shapely.GEOSException:
        return None
    return None if shape is None or shape.is_empty else shape


def _places_table(title: str, shapes: Sequence[Any], label: Sequence[str], naming: Column | None) -> Table:
    """Return the places as words: the way to them without a map."""
    centres = shapely.get_coordinates(shapely.point_on_surface(shapes[:_LISTED_PLACES])).tolist() if shapes else []
    rows: list[tuple[Cell, ...]] = [
        (
            name or str(at),
            Link(
                f"{lat:.5f}, {lon:.5f}",
                f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map=17/{lat:.5f}/{lon:.5f}",
            ),
        )
        for at, (name, (lon, lat)) in enumerate(zip(label, centres, strict=False), start=1)
    ]
    return table(title, [naming.name if naming else _("Place"), _("Latitude, longitude")], rows)
