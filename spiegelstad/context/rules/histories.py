"""What entities were: their attributes instance by instance, and what those add up to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spiegelstad.context.rules.documents import Document, Instance

Point = tuple[datetime, Instance]
"""An instance and the time by which it was asked, or when it was modified if it has no such time."""
History = dict[str, list[Point]]
"""Attribute (IRI) → its instances in order: forwards in time, or backwards when the newest were asked for."""


@dataclass(frozen=True, slots=True)
class Head:
    """An entity in time, without its attributes. `document` has none; `deleted_at` is a stored time or empty."""

    document: Document
    deleted_at: str = ""


@dataclass(frozen=True, slots=True)
class Evolution:
    """What an entity was: its head, and the instances of each attribute in order."""

    head: Head
    history: History = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Added:
    """What the instances of an attribute in one dataset add up to, in periods from `begins` to `ends` (microseconds
    since 1970): per method the value of each period, as numbers of numpy or as JSON, in which None is no value; only
    methods that give any.
    """

    kind: str
    dataset: str
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    values: Mapping[str, NDArray[Any] | list[Any]]


Sums = dict[str, list[Added]]
"""Attribute (IRI) → what its instances add up to, by dataset."""
