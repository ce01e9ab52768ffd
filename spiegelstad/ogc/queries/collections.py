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
    """A dataset with the version of it that is shown, its current one unless another was asked for."""

    dataset: catalogue.Dataset
    version: catalogue.Version

    @property
    def id(self) -> str:
        """The slug of the dataset."""
        return self.dataset.slug

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
    found = (_collection(dataset, dataset.current) for dataset in catalogue.datasets(actor))
    return [one for one in found if one is not None]


def collection(actor: Actor, slug: str, number: int | None = None) -> Collection:
    """Return one collection, of the current version or of the one with this number, or raise `NoSuchCollection`."""
    found: Collection | None = None
    try:
        dataset = catalogue.dataset(actor, slug)
        version = dataset.current
        if number is not None and (version is None or version.number != number):
            version = catalogue.numbered_version(actor, slug, number)
        found = _collection(dataset, version)
    except (catalogue.NoSuchDataset, catalogue.NoSuchVersion):
        pass
    if found is None:
        raise NoSuchCollection(f"There is no collection {slug!r}.")
    return found


def _collection(dataset: catalogue.Dataset, version: catalogue.Version | None) -> Collection | None:
    if version is None or catalogue.geometry_of(version.columns) is None:
        return None
    return Collection(dataset, version)
