"""The same answers for people: one plain page made of a heading, facts, a table and links."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson
import shapely
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from spiegelstad.base.localised import in_language
from spiegelstad.look.public import Cell, Link, Table, number, table
from spiegelstad.ogc.queries.collections import Collection

Document = dict[str, Any]
_MAX_COLUMNS = 12
_LONG = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a page shows; `trail` are the pages above it, as text and address."""

    heading: str
    lead: str = ""
    trail: Sequence[tuple[str, str]] = ()
    facts: Sequence[tuple[str, str]] = ()
    table: Table | None = None
    links: Sequence[Link] = ()
    previous: str = ""
    next: str = ""
    as_json: str = ""


def context_of(shown: Shown) -> dict[str, Any]:
    """Return what the template takes."""
    return {"shown": shown, "trail": [*shown.trail, (shown.heading, "")] if shown.trail else []}


def landing(document: Document) -> Shown:
    """The entrance."""
    return Shown(
        heading=_("The map as open data"),
        lead=_("Every dataset that says where something is, for maps and programs, by the standards of OGC."),
        links=[
            Link(_("All collections"), "/ogc/collections?f=html"),
            Link(_("How to ask: every address and parameter"), "/ogc/api?f=html"),
            Link(_("What we conform to"), "/ogc/conformance?f=html"),
        ],
        as_json=_json(document),
    )


def conformance(document: Document) -> Shown:
    """What we conform to."""
    return Shown(
        heading=_("What we conform to"),
        trail=_trail(),
        table=table(_("Conformance classes"), [_("Class")], [(uri,) for uri in document["conformsTo"]]),
    )


def collections(document: Document, found: Iterable[Collection]) -> Shown:
    """All collections; the first is the catalogue itself."""
    records = [(Link(_("Catalogue"), "/ogc/collections/catalogue?f=html"), _("All datasets as records"), "")]
    rows = [
        (
            Link(in_language(one.dataset.title), f"/ogc/collections/{one.id}?f=html"),
            _short(in_language(one.dataset.description)),
            Link(_count(one.version.rows), f"/ogc/collections/{one.id}/items?f=html"),
        )
        for one in found
    ]
    return Shown(
        heading=_("Collections"),
        trail=_trail(),
        table=table(_("Collections"), [_("Title"), _("About"), _("Features")], [*records, *rows]),
        as_json=_json(document),
    )


def collection(document: Document, one: Collection, kinds: Sequence[str]) -> Shown:
    """One collection."""
    path = f"/ogc/collections/{one.id}"
    extent = document.get("extent", {})
    box = extent.get("spatial", {}).get("bbox", [None])[0]
    interval = extent.get("temporal", {}).get("interval", [None])[0]
    facts = [(_("Features"), _count(one.version.rows)), (_("Version"), str(one.version.number))]
    facts += [(_("Shapes"), ", ".join(kinds))] if kinds else []
    facts += [(_("Box (WGS84)"), "; ".join(f"{number:.5f}" for number in box))] if box else []
    facts += [(_("Time"), f"{interval[0] or '…'} – {interval[1] or '…'}")] if interval else []
    return Shown(
        heading=in_language(one.dataset.title),
        lead=in_language(one.dataset.description),
        trail=_trail((_("Collections"), "/ogc/collections?f=html")),
        facts=facts,
        links=[
            Link(_("The features"), f"{path}/items?f=html"),
            Link(_("What can be asked"), f"{path}/queryables?f=html"),
            Link(_("Tiles for maps"), f"{path}/tiles?f=html"),
            Link(_("The dataset: source, quality, licence, downloads"), f"/data/{one.id}"),
        ],
        as_json=_json(document),
    )


def catalogue(document: Document) -> Shown:
    """The collection of records."""
    return Shown(
        heading=document["title"],
        lead=document["description"],
        trail=_trail((_("Collections"), "/ogc/collections?f=html")),
        links=[Link(_("The records"), "/ogc/collections/catalogue/items?f=html"), Link(_("The portal"), "/data")],
        as_json=_json(document),
    )


def records(document: Document) -> Shown:
    """A page of records."""
    rows = [
        (
            Link(one["properties"].get("title", one["id"]), f"/ogc/collections/catalogue/items/{one['id']}?f=html"),
            _short(one["properties"].get("description", "")),
        )
        for one in document["features"]
    ]
    ways = {link["rel"]: link["href"] for link in document["links"]}
    return Shown(
        heading=_("Records"),
        lead=ngettext("One record.", "{count} records.", document["numberMatched"]).format(
            count=_count(document["numberMatched"])
        ),
        trail=_trail((_("Catalogue"), "/ogc/collections/catalogue?f=html")),
        table=table(_("Records"), [_("Title"), _("About")], rows),
        previous=ways.get("prev", ""),
        next=ways.get("next", ""),
        as_json=_json(document),
    )


def record(document: Document) -> Shown:
    """One record."""
    properties = document["properties"]
    facts = [(_("Keywords"), ", ".join(properties["keywords"]))] if properties.get("keywords") else []
    facts += [(_("Licence"), properties["rights"])] if properties.get("rights") else []
    facts += [(_("Time"), " – ".join(document["time"]["interval"]))] if document["time"] else []
    return Shown(
        heading=properties.get("title", document["id"]),
        lead=properties.get("description", ""),
        trail=_trail((_("Records"), "/ogc/collections/catalogue/items?f=html")),
        facts=facts,
        links=[Link(_("The dataset: source, quality, licence, downloads"), f"/data/{document['id']}")],
        as_json=f"/ogc/collections/catalogue/items/{document['id']}?f=json",
    )


def api(document: Document) -> Shown:
    """Every address with its parameters."""
    rows = []
    for path, methods in document["paths"].items():
        names = [one["$ref"].rpartition("/")[2] for one in methods["get"]["parameters"]]
        rows.append((f"/ogc{path}".rstrip("/"), methods["get"]["summary"], ", ".join(names)))
    parameters = [
        (one["name"], one.get("description", "")) for one in document["components"]["parameters"].values()
    ]  # fmt: skip
    return Shown(
        heading=_("How to ask"),
        lead=_("All addresses take GET. Properties of a collection are parameters of its items too."),
        trail=_trail(),
        facts=parameters,
        table=table(_("Addresses"), [_("Address"), _("What it gives"), _("Parameters")], rows),
        as_json="/ogc/api?f=json",
    )


def queryables(document: Document, one: Collection) -> Shown:
    """What may stand in a filter."""
    rows = [
        (name, str(about.get("format", about.get("type", ""))), about.get("description", ""))
        for name, about in document["properties"].items()
    ]
    return Shown(
        heading=_("What can be asked"),
        trail=_trail(*_up(one)),
        table=table(_("Properties"), [_("Name"), _("Kind"), _("About")], rows),
        as_json=f"/ogc/collections/{one.id}/queryables?f=json",
    )


def items(document: Document, one: Collection) -> Shown:
    """A page of features."""
    names = [column.name for column in one.columns][:_MAX_COLUMNS]
    rows: list[tuple[Cell, ...]] = [
        (
            Link(str(feature["id"]), f"/ogc/collections/{one.id}/items/{quote(str(feature['id']), safe='')}?f=html"),
            *(_value(feature["properties"].get(name)) for name in names),
        )
        for feature in document["features"]
    ]
    ways = {link["rel"]: link["href"] for link in document["links"]}
    return Shown(
        heading=_("Features of {title}").format(title=in_language(one.dataset.title)),
        lead=_found(document["numberMatched"]),
        trail=_trail(*_up(one)),
        table=table(_("Features"), [_("Feature"), *names], rows),
        previous=ways.get("prev", ""),
        next=ways.get("next", ""),
        as_json=_json(document),
    )


def item(document: Document, one: Collection) -> Shown:
    """One feature."""
    facts = [(name, _value(value)) for name, value in document["properties"].items()]
    if document["geometry"] is not None:
        shape = shapely.from_geojson(orjson.dumps(document["geometry"]))
        facts.append((_("Shape"), _short(shapely.to_wkt(shape, rounding_precision=6))))
    return Shown(
        heading=_("Feature {id}").format(id=document["id"]),
        trail=_trail(*_up(one), (_("Features"), f"/ogc/collections/{one.id}/items?f=html")),
        facts=facts,
        as_json=_json(document),
    )


def tileset(document: Document, one: Collection) -> Shown:
    """The tiles of a collection."""
    path = f"/ogc/collections/{one.id}/tiles/WebMercatorQuad"
    return Shown(
        heading=_("Tiles for maps"),
        lead=_("Vector tiles (MVT) for MapLibre, QGIS and other maps; this is the address of one tile:"),
        trail=_trail(*_up(one)),
        facts=[(_("Address"), f"{path}/{{z}}/{{y}}/{{x}}"), ("TileJSON", f"{path}/tilejson")],
        as_json=_json(document),
    )


def tiling_scheme(document: Document) -> Shown:
    """The division of the world into tiles."""
    rows = [(one["id"], f"{one['cellSize']:.3f}") for one in document.get("tileMatrices", ())]
    return Shown(
        heading="WebMercatorQuad",
        trail=_trail(),
        table=table(_("Zooms"), [_("Zoom"), number(_("Metres a pixel"))], rows) if rows else None,
        as_json=_json(document),
    )


def _trail(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("The map as open data"), "/ogc?f=html"), *more]


def _up(one: Collection) -> list[tuple[str, str]]:
    title = in_language(one.dataset.title)
    return [(_("Collections"), "/ogc/collections?f=html"), (title, f"/ogc/collections/{one.id}?f=html")]


def _json(document: Mapping[str, Any]) -> str:
    return next((link["href"] for link in document["links"] if link["rel"] == "alternate"), "")


def _found(count: int) -> str:
    return ngettext("One feature.", "{count} features.", count).format(count=_count(count))


def _count(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _value(value: object) -> str:
    return "–" if value is None else _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"
