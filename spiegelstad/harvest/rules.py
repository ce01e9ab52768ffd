"""A harvested description, what was wrong with it, and the dataset that is made of it. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from spiegelstad.base.localised import Localised, in_language
from spiegelstad.catalogue.public import Contact, DatasetIn, Distribution, SourceInfo, Theme
from spiegelstad.harvest.vocabulary import Done, Wrong

MAX_SLUG = 80
_NUMBER_CHARACTERS = 6
_SHOWN_CHARACTERS = 300
_KNOWN_THEMES = {
    **{theme.value: theme for theme in Theme},
    "agri": Theme.GREEN,
    "econ": Theme.MONEY,
    "ener": Theme.ENERGY,
    "envi": Theme.GREEN,
    "gove": Theme.MONEY,
    "regi": Theme.PLACES,
    "soci": Theme.POPULATION,
    "tran": Theme.MOBILITY,
}
"""Our own, and the codes of the EU's table `data-theme` as far as ours have a place for them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a record: the property, its value as it stands there, what was done, and with what result."""

    property: str
    wrong: Wrong
    done: Done
    value: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A dataset as another catalogue describes it. `key` names it there: its URI, else its identifier.

    `themes`: as the source writes them (URIs, codes, words). `issued` and `modified`: ISO 8601, or empty.
    `status`: `deprecated` or `archived`, else empty.
    """

    key: str
    uri: str = ""
    title: Localised = field(default_factory=dict)
    description: Localised = field(default_factory=dict)
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    themes: tuple[str, ...] = ()
    publisher: str = ""
    contact: Contact = field(default_factory=Contact)
    licence_uri: str = ""
    frequency: str = ""
    hvd_category: str = ""
    landing_page: str = ""
    conforms_to: tuple[str, ...] = ()
    status: str = ""
    is_public: bool = True
    is_authoritative: bool = False
    legal_basis: str = ""
    source_name: str = ""
    source_url: str = ""
    issued: str = ""
    modified: str = ""
    distributions: tuple[Distribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Harvested:
    """One record of a source: its description (None: it cannot be used) and all that was wrong with it.

    `unused`: the properties that the record has and that we have no place for. `is_service`: it describes a service.
    `statements`: what it says more than `Description` holds, in N-Triples.
    """

    key: str
    title: str
    description: Description | None
    findings: tuple[Finding, ...] = ()
    unused: tuple[str, ...] = ()
    is_service: bool = False
    statements: str = ""


class Findings:
    """Collects what is wrong while a record is read."""

    def __init__(self) -> None:
        self.found: dict[Finding, None] = {}

    def add(self, property: str, wrong: Wrong, done: Done, value: str = "", result: str = "") -> None:
        """Note one thing, once; long values are shown in part, and without NUL, which no database keeps."""
        shown, came_to = (
            text[:_SHOWN_CHARACTERS].replace("\0", "\N{REPLACEMENT CHARACTER}") for text in (value, result)
        )
        self.found[Finding(property, wrong, done, shown, came_to)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which records a source is read for: those with one of each that is named; compared without case."""

    publishers: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()

    def holds(self, one: Description) -> bool:
        """Whether a record is in scope."""
        words = [word for words in one.keywords.values() for word in words]
        return (
            _meets(self.publishers, [one.publisher])
            and _meets(self.themes, [*one.themes, *map(last_part, one.themes)])
            and _meets(self.keywords, words)
        )


def _meets(wanted: Collection[str], given: Collection[str]) -> bool:
    return not wanted or bool({one.casefold() for one in wanted} & {one.casefold() for one in given})


def theme_of(one: Description, themes: Mapping[str, Theme], default: Theme) -> tuple[Theme, tuple[Finding, ...]]:
    """Return our theme for a record: the first that the source's `themes` know, then the EU's codes, else `default`.

    `themes`: by address, last part of an address, or word, without case. A theme that nobody knows is told.
    """
    for known in ({name.casefold(): theme for name, theme in themes.items()}, _KNOWN_THEMES):
        for theme in one.themes:
            for name in (theme, last_part(theme)):
                if name.casefold() in known:
                    return known[name.casefold()], ()
    if not one.themes:
        return default, (Finding("theme", Wrong.MISSING, Done.DEFAULT_USED, "", default),)
    shown = ", ".join(one.themes)[:_SHOWN_CHARACTERS]
    return default, (Finding("theme", Wrong.UNKNOWN_VALUE, Done.DEFAULT_USED, shown, default),)


def last_part(address: str) -> str:
    """Return the last part of an address, or the word itself."""
    return address.strip().rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]


def dataset_of(one: Description, slug: str, theme: Theme, department: str, source: str) -> DatasetIn:
    """Make the dataset of a description; `source` is the name of the other catalogue, for people."""
    return DatasetIn(
        slug=slug,
        title=one.title,
        description=one.description,
        theme=theme,
        department=department,
        licence_uri=one.licence_uri,
        columns=(),
        source=SourceInfo(one.source_name or source, one.source_url, one.publisher),
        keywords=one.keywords,
        hvd_category=one.hvd_category,
        frequency=one.frequency,
        contact=one.contact,
        landing_page=one.landing_page,
        conforms_to=one.conforms_to,
        is_authoritative=one.is_authoritative,
        legal_basis=one.legal_basis,
        uri=one.uri,
        distributions=one.distributions,
    )


def slug_of(source: str, one: Description, taken: Collection[str]) -> str:
    """Give a record its slug: the source's name and the record's title; a part of a hash where that is taken."""
    base = slugify(f"{source} {in_language(one.title, 'nl')}")
    if len(base) <= MAX_SLUG and base not in taken:
        return base
    number = hashlib.sha256(one.key.encode()).hexdigest()[:_NUMBER_CHARACTERS]
    return f"{base[: MAX_SLUG - _NUMBER_CHARACTERS - 1].rstrip('-')}-{number}"


def slugify(text: str) -> str:
    """Write a text in small letters, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
