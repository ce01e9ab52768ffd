"""What a row of an entity holds beside its document: its name for pages, and where it stands. Pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from spiegelstad.base.fields import Box
from spiegelstad.context.rules.documents import LOCATION, Attributes, Instance

NAMES = (
    "https://uri.etsi.org/ngsi-ld/default-context/name",
    "http://purl.org/dc/terms/title",
    "https://schema.org/name",
)
LANGUAGES = ("nl", "en")


class Place(NamedTuple):
    """Degrees WGS84: the point, when the location is one, and the box round it (min lon, min lat, max lon, max lat)."""

    lon: float | None
    lat: float | None
    box: Box | None


NOWHERE = Place(None, None, None)


def place_of(attributes: Attributes) -> Place:
    """Return where an entity stands by its GeoProperty `location`; the box is round all its instances."""
    first = _first(attributes, LOCATION)
    if first is None:
        return NOWHERE
    instances = (first, *(one for one in attributes[LOCATION].values() if one is not first))
    geometries = [one["value"] for one in instances if one["type"] == "GeoProperty" and isinstance(one["value"], dict)]
    points = [point for geometry in geometries for point in _points(geometry)]
    if not points:
        return NOWHERE
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    box = (min(lons), min(lats), max(lons), max(lats))
    return Place(lons[0], lats[0], box) if geometries[0].get("type") == "Point" else Place(None, None, box)


def name_of(attributes: Attributes) -> str:
    """Return the value of the first attribute that names the entity, in Dutch when there are several languages."""
    for iri in NAMES:
        if (instance := _first(attributes, iri)) and (text := _text(instance)):
            return text
    return ""


def _first(attributes: Attributes, iri: str) -> Instance | None:
    """Return the default instance of an attribute, else its first."""
    instances = attributes.get(iri)
    return (instances.get("") or next(iter(instances.values()))) if instances else None


def _text(instance: Instance) -> str:
    if isinstance(by_language := instance.get("languageMap"), dict):
        chosen = next((language for language in LANGUAGES if language in by_language), next(iter(by_language), ""))
        value = by_language.get(chosen)
    else:
        value = instance.get("value")
    return value if isinstance(value, str) else ""


def _points(geometry: dict[str, Any]) -> Iterator[list[float]]:
    for part in geometry.get("geometries", ()):
        yield from _points(part)
    yield from _positions(geometry.get("coordinates", []))


def _positions(coordinates: list[Any]) -> Iterator[list[float]]:
    if coordinates and isinstance(coordinates[0], (int, float)):
        yield coordinates
        return
    for part in coordinates:
        yield from _positions(part)
