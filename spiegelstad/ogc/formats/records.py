"""A dataset as a record of OGC API Records (20-004r1, record core)."""

from spiegelstad.base.localised import in_language
from spiegelstad.catalogue.public import LICENCES, THEME_NAMES, Dataset, Theme, geometry_of
from spiegelstad.ogc.formats.documents import Address, Document, link, moment, self_and_other
from spiegelstad.ogc.queries.records import TYPE
from spiegelstad.ogc.vocabulary import CONFORMANCE, CRS84, GEOJSON, HTML, JSON, RECORDS

_RECORD_CORE = next(uri for uri in CONFORMANCE if uri.endswith("record-core"))


def catalogue_document(address: Address, is_html: bool, title: str, about: str) -> Document:
    """Describe the collection of records."""
    path = f"/collections/{RECORDS}"
    return {
        "id": RECORDS,
        "title": title,
        "description": about,
        "type": "Catalog",
        "itemType": "record",
        "conformsTo": [_RECORD_CORE],
        "crs": [CRS84],
        "storageCrs": CRS84,
        "links": [
            *self_and_other(address, path, is_html),
            link(address(f"{path}/items"), "items", GEOJSON, title),
            link(address(f"{path}/items", f="html"), "items", HTML),
        ],
    }


def record_document(address: Address, one: Dataset, language: str) -> Document:
    """Describe a dataset: its box as a polygon, its time as an interval, where its data is as links."""
    coverage = one.current.coverage if one.current else None
    interval = [moment(coverage.from_) or "..", moment(coverage.to) or ".."] if coverage else ["..", ".."]
    licence = LICENCES.get(one.licence_uri, one.licence_uri)
    properties: Document = {
        "type": TYPE,
        "title": in_language(one.title),
        "description": in_language(one.description),
        "language": {"code": language},
        "keywords": list(one.keywords.get(language, ())),
        "themes": [{"concepts": [{"id": one.theme, "title": str(THEME_NAMES[Theme(one.theme)])}]}],
        "created": moment(one.created_at),
        "updated": moment(one.current.published_at if one.current else one.changed_at),
        "license": one.licence_uri,
        "rights": licence,
        "formats": [{"name": "GeoJSON", "mediaType": GEOJSON}, {"name": "HTML", "mediaType": HTML}],
        "contacts": _contacts(one),
    }
    if one.uri:
        properties["externalIds"] = [{"value": one.uri}]
    return {
        "type": "Feature",
        "id": one.slug,
        "conformsTo": [_RECORD_CORE],
        "time": None if interval == ["..", ".."] else {"interval": interval},
        "geometry": _polygon(coverage.bbox if coverage else None),
        "properties": {name: value for name, value in properties.items() if value not in ("", [], None)},
        "links": _links(address, one),
    }


def _polygon(box: tuple[float, float, float, float] | None) -> Document | None:
    if box is None:
        return None
    x0, y0, x1, y1 = box
    return {"type": "Polygon", "coordinates": [[[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]]]}


def _contacts(one: Dataset) -> list[Document]:
    contact = one.contact
    found: Document = {"name": contact.name or one.source.publisher, "roles": ["publisher"]}
    if contact.email:
        found["emails"] = [{"value": contact.email}]
    if contact.url:
        found["links"] = [link(contact.url, "about", HTML)]
    return [found] if found["name"] else []


def _links(address: Address, one: Dataset) -> list[Document]:
    root = address("").removesuffix("/ogc")
    links = [
        link(address(f"/collections/{RECORDS}/items/{one.slug}"), "self", GEOJSON),
        link(f"{root}/data/{one.slug}", "alternate", HTML),
        link(address(f"/collections/{RECORDS}"), "collection", JSON),
    ]
    if one.licence_uri:
        links.append(link(one.licence_uri, "license", HTML))
    if one.current is not None and geometry_of(one.current.columns):
        links.append(link(address(f"/collections/{one.slug}/items"), "item", GEOJSON))
    links += [link(other.download_url or other.access_url, "enclosure", other.media_type or HTML)
              for other in one.distributions]  # fmt: skip
    return links
