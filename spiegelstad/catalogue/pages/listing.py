"""The portal: `/data`, searching the datasets. The address holds everything that is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.clock import now
from spiegelstad.base.localised import in_language
from spiegelstad.catalogue.pages import snippets, words
from spiegelstad.catalogue.records import Dataset
from spiegelstad.catalogue.search.finding import A_PAGE, Found, find
from spiegelstad.catalogue.search.highlight import Piece, marked
from spiegelstad.catalogue.search.rules import FACETS, SORTS, Freshness, Search, Word, search_of
from spiegelstad.catalogue.vocabulary import Status, Theme
from spiegelstad.look.public import Mark

_DESCRIPTION_CHARACTERS = 220
_OPEN_CHOICES = 6


@dataclass(frozen=True, slots=True)
class Card:
    """A dataset as the list shows it."""

    slug: str
    title: Sequence[Piece]
    description: Sequence[Piece]
    theme: str
    marks: Sequence[Mark]
    facts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: where choosing it, or letting it go, leads."""

    text: str
    count: str
    url: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A facet as the page shows it: its most frequent values, and the others behind a fold."""

    title: str
    first: Sequence[Choice]
    rest: Sequence[Choice]


@require_safe
def show_datasets(request: CityRequest) -> HttpResponse:
    """Show the datasets the reader may see. Parameters: q (words), sort, page, and a facet's name for each choice."""
    search = search_of(dict(request.GET.lists()))
    found = find(request.actor, search, words.language())
    departments = accounts.departments(request.actor.tenant_id)
    facets = {name: _choices(name, found, search, departments) for name in FACETS}
    context = {
        "search": search,
        "found": found,
        "total": words.count_words(found.total),
        "cards": [_card(dataset, found.words, departments) for dataset in found.datasets],
        "facets": [
            _shown(_TITLES[name](), choices) for name, choices in facets.items() if _is_of_use(found, name, choices)
        ],
        "chosen": [choice for choices in facets.values() for choice in choices if choice.is_chosen],
        "hidden": [(name, value) for name, values in search.chosen.items() for value in values],
        "sorts": [
            (_SORTS[sort](), replace(search, sort=sort, page=1).address(), sort == search.sort) for sort in SORTS
        ],
        "page": Paginator(range(found.total), A_PAGE).get_page(search.page),
        "ways": snippets.ways_of_all(),
        "mended_pieces": marked(found.mended, found.words),
    }
    return render(request, "catalogue/datasets.html", context)


_TITLES: dict[str, Callable[[], str]] = {
    "theme": lambda: _("Theme"),
    "steward": lambda: _("Steward"),
    "format": lambda: _("Format"),
    "map": lambda: _("Place"),
    "licence": lambda: _("Licence"),
    "frequency": lambda: _("Renewed"),
    "freshness": lambda: _("Freshness"),
    "hvd": lambda: _("High-value data (EU)"),
    "tag": lambda: _("Keyword"),
    "status": lambda: _("Status"),
    "access": lambda: _("Access"),
}
_SORTS: dict[str, Callable[[], str]] = {
    "best": lambda: _("best first"),
    "renewed": lambda: _("newest first"),
    "title": lambda: _("by title"),
}


def _name_of(facet: str, value: str, departments: dict[str, dict[str, str]]) -> str:
    """Return a value of a facet in words; one that is none of ours (anybody can write an address) as it is."""
    match facet:
        case "theme":
            return words.theme_words(value) if value in set(Theme) else value
        case "steward":
            return in_language(departments.get(value, {})) or value
        case "map":
            return _("on a map")
        case "licence":
            return words.licence_words(value)
        case "frequency":
            return words.frequency_words(value)
        case "freshness":
            return str(words.FRESHNESS[Freshness(value)][0]) if value in set(Freshness) else value
        case "hvd":
            return words.hvd_words(value)
        case "status":
            return str(words.status_mark(value).text) if value in set(Status) else value
        case "access":
            return str(words.CLASSIFICATIONS[value][0]) if value in words.CLASSIFICATIONS else value
        case _:
            return value


def _choices(facet: str, found: Found, search: Search, departments: dict[str, dict[str, str]]) -> list[Choice]:
    return [
        Choice(
            _name_of(facet, value, departments),
            words.count_words(count),
            search.toggled(facet, value).address(),
            value in search.chosen.get(facet, ()),
        )
        for value, count in found.facets[facet]
    ]


def _is_of_use(found: Found, facet: str, choices: Sequence[Choice]) -> bool:
    """Whether choosing changes anything; a facet with one value that all have does not."""
    everywhere = any(count == found.total for _value, count in found.facets[facet])
    return len(choices) > 1 or any(choice.is_chosen for choice in choices) or bool(choices and not everywhere)


def _shown(title: str, choices: Sequence[Choice]) -> Shown:
    first = [choice for position, choice in enumerate(choices) if position < _OPEN_CHOICES or choice.is_chosen]
    return Shown(title, first, [choice for choice in choices if choice not in first])


def _card(dataset: Dataset, searched: Sequence[Word], departments: dict[str, dict[str, str]]) -> Card:
    current = dataset.current
    facts = [in_language(departments.get(dataset.department, {})) or dataset.source.publisher]
    if current:
        facts += [
            _("{rows} rows").format(rows=words.count_words(current.rows)),
            _("renewed on {day}").format(day=words.day_words(current.published_at)),
        ]
    elif dataset.distributions:
        formats = sorted({one.format for one in dataset.distributions if one.format})
        facts += [_("kept elsewhere"), *([", ".join(formats)] if formats else [])]
    else:
        facts.append(_("no data yet"))
    return Card(
        slug=dataset.slug,
        title=marked(in_language(dataset.title), searched),
        description=marked(in_language(dataset.description), searched, _DESCRIPTION_CHARACTERS),
        theme=words.theme_words(dataset.theme),
        marks=_marks(dataset),
        facts=[fact for fact in facts if fact],
    )


def _marks(dataset: Dataset) -> list[Mark]:
    """Return the badges that tell something: what is as it should be needs none."""
    current = dataset.current
    found: list[Any] = []
    if dataset.status != Status.PUBLISHED:
        found.append(words.status_mark(dataset.status))
    if dataset.classification != "public":
        found.append(words.classification_mark(dataset.classification))
    if dataset.hvd_category:
        found.append(Mark(_("high-value"), "info"))
    if dataset.is_authoritative:
        found.append(Mark(_("authoritative"), "info"))
    if current:
        found.append(words.freshness_mark(dataset.frequency, current.published_at, now()))
        if quality := words.quality_mark(current.quality):
            found.append(Mark(_("{share} right").format(share=quality.text), quality.tone))
    return [mark for mark in found if mark]
