"""Single entities as rows: looked up for their links, inserted, and changed."""

from collections.abc import Sequence
from typing import Any

from django.db import models as django_models
from shapely import Point

from spiegelstad.accounts.public import Actor
from spiegelstad.base.ids import new_id
from spiegelstad.governance.public import Classification, readable
from spiegelstad.mirror.public import SeriesIn, attribute_series
from spiegelstad.sensorthings import models
from spiegelstad.sensorthings.errors import InvalidEntity, NoSuchEntity
from spiegelstad.sensorthings.rules.geometries import read_geometry
from spiegelstad.sensorthings.rules.model import EntityType, Kind
from spiegelstad.sensorthings.rules.units import unit_code
from spiegelstad.sensorthings.vocabulary import GEOJSON_ENCODINGS

MODELS: dict[str, type[Any]] = {
    "Thing": models.Thing,
    "Location": models.Location,
    "HistoricalLocation": models.HistoricalLocation,
    "Sensor": models.Sensor,
    "ObservedProperty": models.ObservedProperty,
    "Datastream": models.Datastream,
    "FeatureOfInterest": models.FeatureOfInterest,
}
COLUMNS = {
    "encodingType": "encoding_type",
    "unitOfMeasurement": "unit_of_measurement",
    "observationType": "observation_type",
    "observedArea": "observed_area",
    "ObservedProperty": "observed_property_id",
    "Thing": "thing_id",
    "Sensor": "sensor_id",
}
SERIES_PREFIX = "sta:"
ENTITY_PREFIX = "urn:ngsi-ld:Device:sensorthings:"


def find(by: Actor, entity_type: EntityType, ids: Sequence[int]) -> dict[int, Any]:
    """Return the rows with these ids that `by` may know of; raises NoSuchEntity for one that is not there."""
    rows = {row.pk: row for row in MODELS[entity_type.name].objects.filter(tenant_id=by.tenant_id, pk__in=ids)}
    for id_ in ids:
        if id_ not in rows or not _is_known(by, rows[id_]):
            raise NoSuchEntity(f"There is no {entity_type.name} with the id {id_}.")
    return rows


def _is_known(by: Actor, row: Any) -> bool:
    guard = {"Datastream": "series", "HistoricalLocation": "thing"}.get(type(row).__name__)
    closed = getattr(row, guard) if guard else row
    return bool(by.scopes) or readable(by, closed.classification, closed.department)


def linked(by: Actor, entity_type: EntityType, ids: Sequence[int]) -> list[int]:
    """Return ids given as links; raises InvalidEntity for one that is not there."""
    try:
        find(by, entity_type, ids)
    except NoSuchEntity as error:
        raise InvalidEntity(f"A link leads nowhere: {error.detail}") from None
    return list(ids)


def insert(by: Actor, entity_type: EntityType, values: dict[str, Any], ones: dict[str, int], guard: Any) -> Any:
    """Insert a row with its values and to-one relations; a classification comes from `guard`, else from the city's."""
    columns = columns_of(entity_type, values) | {COLUMNS.get(name, name): id_ for name, id_ in ones.items()}
    if entity_type.name == "Datastream":
        return _insert_datastream(by, columns)
    if entity_type.name != "HistoricalLocation":
        columns["classification"] = guard.classification if guard else Classification.PUBLIC
        columns["department"] = guard.department if guard else ""
    row = MODELS[entity_type.name].objects.create(tenant_id=by.tenant_id, **columns)
    if isinstance(row, models.Thing):
        change(row, {"entity_id": f"{ENTITY_PREFIX}{row.pk}"})
    return row


def columns_of(entity_type: EntityType, values: dict[str, Any]) -> dict[str, Any]:
    """Return values as columns, with the box of a geometry."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        moment = entity_type.properties[name].kind is Kind.TIME and value is not None
        found[COLUMNS.get(name, name)] = value.start if moment else value
    for name in ("location", "feature"):
        if name in values:
            found["box"] = _box(values[name], values.get("encodingType"))
    if found.get("description", "") is None:
        found["description"] = ""
    return found


def _box(value: Any, encoding: str | None) -> tuple[float, float, float, float] | None:
    shape = read_geometry(value) if encoding is None or encoding in GEOJSON_ENCODINGS else None
    return shape.bounds if shape is not None else None


def _insert_datastream(by: Actor, columns: dict[str, Any]) -> models.Datastream:
    stream = models.Datastream(tenant_id=by.tenant_id, made_here=True, **columns)
    series = SeriesIn(
        key=f"{SERIES_PREFIX}{new_id()}",
        classification=Classification(stream.thing.classification),
        department=stream.thing.department,
        **told_of(stream, point_of(stream.thing_id)),
    )
    (stream.series_id,) = attribute_series(by.tenant_id, [series]).values()
    stream.save(force_insert=True)
    return stream


def told_of(stream: models.Datastream, point: tuple[float | None, float | None]) -> dict[str, Any]:
    """Return what the series of a datastream that a client made says of it; `point`: where its thing stands."""
    return {
        "property": stream.observed_property.name[:100],
        "name": {"nl": stream.name, "en": stream.name},
        "unit": unit_code(stream.unit_of_measurement),
        "entity_id": stream.thing.entity_id,
        "entity_type": "Device" if stream.thing.entity_id.startswith(ENTITY_PREFIX) else "",
        "lon": point[0],
        "lat": point[1],
    }


def point_of(thing: int) -> tuple[float, float] | tuple[None, None]:
    """Return lon and lat of where a thing stands, when that is a point."""
    placed = models.ThingLocation.objects.filter(thing_id=thing).select_related("location").order_by("pk").first()
    shape = read_geometry(placed.location.location) if placed else None
    return (shape.x, shape.y) if isinstance(shape, Point) else (None, None)


def change(row: django_models.Model, columns: dict[str, Any]) -> None:
    """Store changed columns."""
    if columns:
        type(row)._default_manager.filter(pk=row.pk).update(**columns)
