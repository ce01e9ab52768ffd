"""Where things stand: now, and since when (OGC 18-088, historical-location-auto-creation and -manipulation)."""

from collections.abc import Sequence
from datetime import datetime

from spiegelstad.sensorthings.actions.changes import note
from spiegelstad.sensorthings.errors import FedElsewhere
from spiegelstad.sensorthings.models import HistoricalLocation, HistoricalPlace, Thing, ThingLocation


def place_thing(tenant_id: str, thing: int, locations: Sequence[int], at: datetime) -> None:
    """Let a thing stand at these locations from now on, and keep that in its history."""
    if locations:
        _stand(tenant_id, thing, locations)
        historical = HistoricalLocation.objects.create(tenant_id=tenant_id, thing_id=thing, time=at)
        note(tenant_id, "HistoricalLocation", [historical.pk])
        note_places(tenant_id, historical, locations)


def replace_places(tenant_id: str, historical: HistoricalLocation, locations: Sequence[int]) -> None:
    """Say that it was here, and not where was said before."""
    HistoricalPlace.objects.filter(historical_location=historical).delete()
    note_places(tenant_id, historical, locations)


def note_again(tenant_id: str, id_: int) -> None:
    """Let the thing stand where a historical location was, if that became the latest."""
    historical = HistoricalLocation.objects.get(pk=id_)
    places = HistoricalPlace.objects.filter(historical_location=historical).order_by("pk")
    note_places(tenant_id, historical, list(places.values_list("location_id", flat=True)))


def note_places(tenant_id: str, historical: HistoricalLocation, locations: Sequence[int]) -> None:
    """Say where it was; when nothing later is known, the thing stands there now."""
    HistoricalPlace.objects.bulk_create(
        [
            HistoricalPlace(tenant_id=tenant_id, historical_location=historical, location_id=location)
            for location in dict.fromkeys(locations)
        ],
        ignore_conflicts=True,
    )
    later = HistoricalLocation.objects.filter(thing_id=historical.thing_id, time__gt=historical.time)
    if locations and not later.exists():
        _stand(tenant_id, historical.thing_id, locations)


def _stand(tenant_id: str, thing: int, locations: Sequence[int]) -> None:
    if Thing.objects.filter(pk=thing, adopted_from__isnull=False).exists():
        raise FedElsewhere(
            "The city's own sources say where this stands.", remedy="Change the definition of the source."
        )
    ThingLocation.objects.filter(thing_id=thing).delete()
    ThingLocation.objects.bulk_create(
        [
            ThingLocation(tenant_id=tenant_id, thing_id=thing, location_id=location)
            for location in dict.fromkeys(locations)
        ]
    )
