"""The areas of today as one tree, read from places."""

from __future__ import annotations

from spiegelstad.accounts.public import Actor
from spiegelstad.indicators.rules.hierarchy import LooseArea, PlacedArea, place_areas
from spiegelstad.places import public as places


def placed_areas(actor: Actor) -> list[PlacedArea]:
    """Give all areas of the actor's city that exist today, each with its parent. Two queries per area type."""
    return place_areas(
        [
            LooseArea(kind.slug, area.code, area.name, kind.level, area.parent_code, area.area_m2)
            for kind in places.area_types(actor)
            for area in places.areas(actor, kind.slug)
        ]
    )
