"""The list of datasets: searching, and counting by theme. Pure."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spiegelstad.catalogue.records import Dataset


@dataclass(frozen=True, slots=True)
class Facet:
    """One theme with the number of datasets that match the search, and whether it is chosen."""

    theme: str
    count: int
    chosen: bool


def search(datasets: Iterable[Dataset], text: str) -> list[Dataset]:
    """Return the datasets that have every word of `text` in slug, title, description or publisher, in any language."""
    words = fold(text).split()
    return [dataset for dataset in datasets if all(word in _haystack(dataset) for word in words)]


def _haystack(dataset: Dataset) -> str:
    texts = [*dataset.title.values(), *dataset.description.values(), dataset.slug, dataset.source.publisher]
    return fold(" ".join(texts))


def fold(text: str) -> str:
    """Return text without accents and capitals, so that `cafe` finds `Café`."""
    split = unicodedata.normalize("NFD", text.casefold())
    return "".join(character for character in split if not unicodedata.combining(character))


def facets(datasets: Sequence[Dataset], chosen: str) -> list[Facet]:
    """Count the datasets by theme, the largest first."""
    counts = Counter(dataset.theme for dataset in datasets)
    return [
        Facet(theme, count, theme == chosen) for theme, count in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    ]
