"""Datasets as records: which of those the actor may read match words, place, time and identifiers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from spiegelstad.accounts.public import Actor
from spiegelstad.base.localised import Localised
from spiegelstad.catalogue import public as catalogue
from spiegelstad.ogc.layers.layer import Bounds
from spiegelstad.ogc.queries.collections import NoSuchFeature

TYPE = "dataset"


@dataclass(frozen=True, slots=True)
class RecordsAsked:
    """Which records: any of the `words` (each a phrase), of one of the types and ids, touching a box and a time."""

    words: Sequence[str] = ()
    types: Sequence[str] = ()
    ids: Sequence[str] = ()
    external_ids: Sequence[str] = ()
    boxes: Sequence[Bounds] = ()
    start: datetime | None = None
    end: datetime | None = None


def records(actor: Actor, asked: RecordsAsked) -> list[catalogue.Dataset]:
    """Return the datasets that match, by slug."""
    if asked.types and TYPE not in asked.types:
        return []
    return [one for one in catalogue.datasets(actor) if _matches(one, asked)]


def record(actor: Actor, slug: str) -> catalogue.Dataset:
    """Return one dataset, or raise `NoSuchFeature`."""
    try:
        return catalogue.dataset(actor, slug)
    except catalogue.NoSuchDataset:
        raise NoSuchFeature(f"There is no record {slug!r}.") from None


def _matches(one: catalogue.Dataset, asked: RecordsAsked) -> bool:
    return (
        (not asked.ids or one.slug in asked.ids)
        and (not asked.external_ids or one.uri in asked.external_ids)
        and (not asked.words or _says(one, asked.words))
        and (not asked.boxes or any(_touches(one, box) for box in asked.boxes))
        and ((asked.start is None and asked.end is None) or _overlaps(one, asked.start, asked.end))
    )


def _says(one: catalogue.Dataset, words: Sequence[str]) -> bool:
    """Whether title, description or keywords hold any of these, in any language, whatever the capitals."""
    texts: list[Localised] = [one.title, one.description]
    found = [text for localised in texts for text in localised.values()]
    found += [keyword for keywords in one.keywords.values() for keyword in keywords]
    everything = "\n".join(found).casefold()
    return any(word in everything for word in words)


def _touches(one: catalogue.Dataset, box: Bounds) -> bool:
    covers = one.current.coverage.bbox if one.current else None
    return covers is not None and (
        covers[0] <= box[2] and covers[2] >= box[0] and covers[1] <= box[3] and covers[3] >= box[1]
    )


def _overlaps(one: catalogue.Dataset, start: datetime | None, end: datetime | None) -> bool:
    coverage = one.current.coverage if one.current else None
    if coverage is None or (coverage.from_ is None and coverage.to is None):
        return False
    begins_in_time = end is None or coverage.from_ is None or coverage.from_ <= end
    return begins_in_time and (start is None or coverage.to is None or coverage.to >= start)
