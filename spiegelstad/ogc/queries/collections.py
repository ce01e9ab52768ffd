"""Which datasets are collections of features: those that say where and that the actor may read."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import public as catalogue
from spiegelstad.ogc.cql2.checking import KINDS
from spiegelstad.ogc.layers.layer import Layer, layer_of

_TIMES = ("TIMESTAMP WITH TIME ZONE", "DATE")
_TIME_ROLE = "time"


class NoSuchCollection(NotFound):
    """There is no such collection, or not for this actor."""

    title = "No such collection"


class NoSuchFeature(NotFound):
    """There is no such feature in the collection."""

    title = "No such feature"


@dataclass(frozen=True)
class Collection:
    """The version of a dataset that is shown: its current one unless another was asked for."""

    version: catalogue.Version
    actor: Actor
    known: catalogue.Dataset | None = None

    @property
    def id(self) -> str:
        """The slug of the dataset."""
        return self.version.slug

    @cached_property
    def dataset(self) -> catalogue.Dataset:
        """The dataset, read when first asked for unless it is known: features and tiles say nothing of it."""
        return self.known or catalogue.dataset(self.actor, self.id)

    @cached_property
    def where(self) -> tuple[str, ...]:
        """The columns that say where."""
        return catalogue.geometry_of(self.version.columns) or ()

    @property
    def geometry(self) -> str:
        """The name of the property that is the shape."""
        return self.where[0] if len(self.where) == 1 else "geometry"

    @cached_property
    def columns(self) -> tuple[catalogue.Column, ...]:
        """The columns that are properties: all but those that say where, and but further shapes."""
        return tuple(one for one in self.version.columns if one.name not in self.where and one.type != "BLOB")

    @cached_property
    def properties(self) -> Mapping[str, str]:
        """What may stand in a filter, with the kind of its values."""
        return {**{one.name: KINDS[one.type] for one in self.columns}, self.geometry: "shape"}

    @cached_property
    def time(self) -> str:
        """The column that says when: the one whose role is time, else the first with moments, else with dates."""
        named = (one.name for one in self.columns if one.role == _TIME_ROLE and one.type in _TIMES)
        typed = (one.name for kind in _TIMES for one in self.columns if one.type == kind)
        return next(named, "") or next(typed, "")

    def layer(self) -> Layer:
        """Return the rows laid out by place."""
        return layer_of(self.version)


def collections(actor: Actor) -> list[Collection]:
    """Return all collections that the actor may read, by slug."""
    return [
        Collection(one.current, actor, one)
        for one in catalogue.datasets(actor)
        if one.current is not None and _says_where(one.current)
    ]


def collection(actor: Actor, slug: str, number: int | None = None) -> Collection:
    """Return one collection, of the current version or of the one with this number, or raise `NoSuchCollection`."""
    try:
        if number is None:
            version = catalogue.current_version(actor, slug)
        else:
            version = catalogue.numbered_version(actor, slug, number)
    except (catalogue.NoSuchDataset, catalogue.NoSuchVersion):
        version = None
    if version is None or not _says_where(version):
        raise NoSuchCollection(f"There is no collection {slug!r}.")
    return Collection(version, actor)


def _says_where(version: catalogue.Version) -> bool:
    return catalogue.geometry_of(version.columns) is not None
