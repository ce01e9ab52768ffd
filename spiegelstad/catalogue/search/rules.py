"""What a search of the portal is: words, chosen facets, order and page, all of it in the address. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from spiegelstad.catalogue.vocabulary import Frequency

MAX_TEXT = 200
MAX_WORDS = 8
MAX_LETTERS = 40
MAX_CHOICES = 12
MAX_PAGE = 1_000
FACETS = (
    "theme", "steward", "format", "map", "licence", "frequency", "freshness", "hvd", "tag", "status", "access",
)  # fmt: skip
"""Their names in the address, in the order in which the page shows them."""
SORTS = ("best", "renewed", "title")

ALLOWED = {
    Frequency.CONTINUOUS: timedelta(hours=2),
    Frequency.HOURLY: timedelta(hours=3),
    Frequency.DAILY: timedelta(days=2),
    Frequency.WEEKLY: timedelta(days=10),
    Frequency.MONTHLY: timedelta(days=45),
    Frequency.QUARTERLY: timedelta(days=135),
    Frequency.ANNUAL: timedelta(days=550),
}
"""For how long a dataset of this frequency counts as up to date after it was renewed: its period and half of it more,
as sources have weekends and holidays too. The other frequencies promise nothing."""


class Freshness(StrEnum):
    """Whether data is as new as its frequency promises."""

    FRESH = "fresh"
    LATE = "late"


_LETTERS = re.compile(r"[^\W_]+")


def freshness(frequency: str, renewed_at: datetime | None, at: datetime) -> Freshness | None:
    """Return whether data that was renewed then is fresh at a moment; None where no frequency promises anything."""
    if renewed_at is None or frequency not in ALLOWED:
        return None
    return Freshness.LATE if renewed_at + ALLOWED[Frequency(frequency)] < at else Freshness.FRESH


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked: `text` in words, `chosen` values by facet (any of them, and all facets), order and page."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "best"
    page: int = 1

    @property
    def is_everything(self) -> bool:
        """Whether nothing is asked, so that all datasets are meant."""
        return not self.text and not self.chosen

    def toggled(self, facet: str, value: str) -> "Search":
        """Return the search with a value of a facet chosen, or no longer; from its first page."""
        now = self.chosen.get(facet, ())
        values = tuple(v for v in now if v != value) if value in now else (*now, value)
        chosen = {name: v for name, v in {**self.chosen, facet: values}.items() if v}
        return replace(self, chosen=chosen, page=1)

    def address(self) -> str:
        """Return the address of this search; what is as usual stands not in it."""
        given: list[tuple[str, str]] = [("q", self.text)] if self.text else []
        given += [(facet, value) for facet in FACETS for value in self.chosen.get(facet, ())]
        given += [("sort", self.sort)] if self.sort != "best" else []
        given += [("page", str(self.page))] if self.page > 1 else []
        return f"/data?{urlencode(given)}" if given else "/data"


def search_of(parameters: Mapping[str, Sequence[str]]) -> Search:
    """Read a search from the parameters of an address (values by name); what makes no sense is left out."""

    def last(name: str) -> str:
        return (parameters.get(name) or [""])[-1]

    chosen = {name: tuple(dict.fromkeys(v for v in parameters.get(name, ()) if _is_choice(v))) for name in FACETS}
    page = last("page")
    return Search(
        text=last("q").replace("\0", "")[:MAX_TEXT].strip(),
        chosen={name: values[:MAX_CHOICES] for name, values in chosen.items() if values},
        sort=last("sort") if last("sort") in SORTS else "best",
        page=min(max(int(page), 1), MAX_PAGE) if page.isascii() and page.isdigit() and len(page) < 9 else 1,
    )


def _is_choice(value: str) -> bool:
    return bool(value) and len(value) <= 300 and "\0" not in value


def fold(text: str) -> str:
    """Return text without accents and capitals, so that `cafe` finds `Café`."""
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in split if not unicodedata.combining(character))


def words_of(text: str) -> list[str]:
    """Return the words of a search, folded: letters and digits only, each once, at most `MAX_WORDS`."""
    return list(dict.fromkeys(word[:MAX_LETTERS] for word in _LETTERS.findall(fold(text))))[:MAX_WORDS]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a search as the index knows it.

    `stems` in each language (none for a word such as `the`), `alike` the stems of its synonyms, `within` the stems of
    words that contain it, and `near` known words that are written nearly like it.
    """

    text: str
    stems: tuple[str, ...]
    alike: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


def queries_of(words: Iterable[Word]) -> tuple[str, str]:
    """Return two texts for `to_tsquery('simple', …)`: what was typed, and with its kin; empty when no word counts."""
    counting = [word for word in words if word.stems]
    exact = " & ".join(_any(word.stems) for word in counting)
    wide = " & ".join(
        _any([*word.stems, f"{word.text}:*", *word.alike, *word.within]) for word in counting
    )  # fmt: skip
    return exact, wide


def _any(terms: Iterable[str]) -> str:
    return f"({' | '.join(dict.fromkeys(terms))})"  # letters and digits only, see `words_of`


def mended(text: str, words: Iterable[Word]) -> str:
    """Return the text with each word that occurs nowhere replaced by the nearest that does; empty when none changed."""
    known = {word.text: _nearest(word) for word in words if not word.within}
    found = [known.get(word) or word for word in words_of(text)]
    return " ".join(found) if found != words_of(text) else ""


def _nearest(word: Word) -> str:
    allowed = 1 if len(word.text) < 5 else 2 if len(word.text) < 9 else 3
    ranked = sorted((distance(word.text, near), position) for position, near in enumerate(word.near))
    return word.near[ranked[0][1]] if ranked and ranked[0][0] <= allowed else ""


def distance(one: str, other: str) -> int:
    """Return how many typing errors lie between two words: a letter more, less, other, or two swapped."""
    before, last = list[int](), list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, against in enumerate(other, start=1):
            best = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                best = min(best, before[column - 2] + 1)
            now.append(best)
        before, last = last, now
    return last[-1]
