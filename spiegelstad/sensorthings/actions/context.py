"""Things that clients make are entities of the live context too: of type Device, at the place where they stand."""

from collections.abc import Iterable, Mapping

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import NotFound
from spiegelstad.context.public import EntityIn, delete_entity, upsert_entities
from spiegelstad.governance.public import Classification
from spiegelstad.mirror.public import SeriesIn, attribute_series, series
from spiegelstad.sensorthings.actions.rows import ENTITY_PREFIX, point_of
from spiegelstad.sensorthings.models import Datastream, HistoricalLocation, Thing, ThingLocation

TYPE = "Device"


def tell(tenant_id: str, things: Iterable[int]) -> None:
    """Bring the entities of these things up to date, and move their series with them.

    Adopted things are entities of others and stay as they are.
    """
    given, points = [], {}
    for thing in Thing.objects.filter(pk__in=set(things), entity_id__startswith=ENTITY_PREFIX).order_by("pk"):
        lon, lat = points[thing.entity_id] = point_of(thing.pk)
        given.append(
            EntityIn(
                id=thing.entity_id,
                type=TYPE,
                name=thing.name,
                lon=lon,
                lat=lat,
                attributes={"description": thing.description or None},
                classification=Classification(thing.classification),
                department=thing.department,
            )
        )
    if given:
        upsert_entities(by=Actor.system(tenant_id, "sensorthings"), entities=given)
        _move_series(tenant_id, points)


def _move_series(tenant_id: str, points: Mapping[str, tuple[float | None, float | None]]) -> None:
    own = Datastream.objects.filter(thing__entity_id__in=points, thing__tenant_id=tenant_id, made_here=True)
    keys = list(own.values_list("series__key", flat=True))
    found = series(Actor.system(tenant_id, "sensorthings"), keys=keys) if keys else []
    moved = []
    for one in found:
        lon, lat = points.get(one.entity_id, (one.lon, one.lat))
        if (lon, lat) != (one.lon, one.lat):
            same = {name: getattr(one, name) for name in SeriesIn.__dataclass_fields__ if name not in {"lon", "lat"}}
            moved.append(SeriesIn(**same, lon=lon, lat=lat))
    if moved:
        attribute_series(tenant_id, moved)


def things_at(type_name: str, id_: int) -> list[int]:
    """Return the things that a change of this entity may move or rename."""
    if type_name == "Thing":
        return [id_]
    if type_name == "Location":
        return list(ThingLocation.objects.filter(location_id=id_).values_list("thing_id", flat=True))
    if type_name == "HistoricalLocation":
        return list(HistoricalLocation.objects.filter(pk=id_).values_list("thing_id", flat=True))
    return []


def forget(tenant_id: str, entity_id: str) -> None:
    """Delete the entity of a thing that a client made, if it is still there."""
    if entity_id.startswith(ENTITY_PREFIX):
        try:
            delete_entity(by=Actor.system(tenant_id, "sensorthings"), entity_id=entity_id)
        except NotFound:
            return
