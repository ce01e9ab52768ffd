"""In what form entities are shown: representation, which members, in which language."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from spiegelstad.context.rules.documents import LOCATION
from spiegelstad.context.rules.projection import Projection

Representation = Literal["normalized", "concise", "simplified"]


@dataclass(frozen=True, slots=True)
class Form:
    """How to show entities. None means: nothing was asked, so all.

    `attrs`: IRIs; `pick`, `omit`: see `Projection`; `dataset_ids`: with "" for the default instances; `closed`: IRIs of
    attributes that the reader may not see; `now`: a stored time, instances that expired by then are not shown.
    """

    representation: Representation = "normalized"
    sys_attrs: bool = False
    language: str = ""
    attrs: frozenset[str] | None = None
    pick: Projection | None = None
    omit: Projection | None = None
    dataset_ids: frozenset[str] | None = None
    geometry_property: str = LOCATION
    closed: frozenset[str] = frozenset()
    now: str = ""

    def without(self, closed: Collection[str]) -> "Form":
        """Return this form with attributes closed to the reader."""
        return replace(self, closed=self.closed | frozenset(closed)) if closed else self

    def linked(self, relationship: str) -> "Form":
        """Return the form of the entities that a relationship (IRI) links to: what was said of them, else the same."""
        if self.attrs is None and not self.pick and not self.omit:
            return self
        pick = self.pick.get(relationship) if self.pick else None
        omit = self.omit.get(relationship) if self.omit else None
        return replace(self, attrs=None, pick=pick or self.pick, omit=omit or self.omit)


NORMALIZED = Form()
