"""Things that clients make are entities of the live context too: of type Device, at the place where they stand."""

from collections.abc import Iterable
from dataclasses import replace

from django.db.models import QuerySet

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import NotFound
from spiegelstad.context.public import EntityIn, delete_entity, upsert_entities
from spiegelstad.governance.public import Classification
from spiegelstad.mirror.public import SeriesIn, attribute_series, series
from spiegelstad.sensorthings.actions.rows import ENTITY_PREFIX, point_of, told_of
from spiegelstad.sensorthings.models import Datastream, HistoricalLocation, Thing, ThingLocation

TYPE = "Device"
_NOWHERE = {"location": None}


def tell(tenant_id: str, things: Iterable[int], *, left: bool = False) -> None:
    """Bring the entities of these things up to date, and move their series with them.

    `left`: they may stand nowhere now; else a place that another client gave the entity stays. Adopted things are
    entities of others and stay as they are.
    """
    given, told = [], []
    for thing in Thing.objects.filter(pk__in=set(things), entity_id__startswith=ENTITY_PREFIX).order_by("pk"):
        lon, lat = point_of(thing.pk)
        told.append(thing.pk)
        given.append(
            EntityIn(
                id=thing.entity_id,
                type=TYPE,
                name=thing.name,
                lon=lon,
                lat=lat,
                attributes={"description": thing.description or None, **(_NOWHERE if left and lon is None else {})},
                classification=Classification(thing.classification),
                department=thing.department,
            )
        )
    if given:
        upsert_entities(by=Actor.system(tenant_id, "sensorthings"), entities=given)
        follow(tenant_id, Datastream.objects.filter(thing__in=told))


def follow(tenant_id: str, streams: QuerySet[Datastream]) -> None:
    """Bring the series of those of these datastreams that clients made up to date; what is closed stays as closed."""
    own = streams.filter(made_here=True).select_related("series", "thing", "observed_property")
    by_key = {stream.series.key: stream for stream in own}
    points = {thing: point_of(thing) for thing in {stream.thing_id for stream in by_key.values()}}
    changed = []
    for one in series(Actor.system(tenant_id, "sensorthings"), keys=list(by_key)) if by_key else []:
        stream = by_key[one.key]
        old = SeriesIn(**{name: getattr(one, name) for name in SeriesIn.__dataclass_fields__})
        new = replace(old, **told_of(stream, points[stream.thing_id]))
        if new != old:
            changed.append(new)
    if changed:
        attribute_series(tenant_id, changed)


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
