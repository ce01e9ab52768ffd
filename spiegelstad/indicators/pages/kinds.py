"""The kinds of areas a city has, and the area that is the whole city."""

from collections.abc import Sequence
from dataclasses import dataclass

from spiegelstad.accounts.public import Actor
from spiegelstad.base.localised import in_language
from spiegelstad.places import public as places


@dataclass(frozen=True, slots=True)
class Geography:
    """Names of area types by slug, from large to small; the areas that together are the city. Both empty at first."""

    kinds: dict[str, str]
    city: Sequence[places.Area]

    @property
    def whole(self) -> places.Area | None:
        """The whole city: the first municipality."""
        return self.city[0] if self.city else None


def geography_of(actor: Actor) -> Geography:
    """Read the kinds of areas and the city. 3 queries."""
    kinds = {kind.slug: in_language(kind.name) for kind in places.area_types(actor)}
    return Geography(kinds, places.areas(actor, places.MUNICIPALITY) if places.MUNICIPALITY in kinds else [])
