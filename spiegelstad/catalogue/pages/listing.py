"""The list of datasets: `/data`."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.text import Truncator
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.localised import in_language
from spiegelstad.catalogue import queries
from spiegelstad.catalogue.pages import words
from spiegelstad.catalogue.pages.search import facets, fold, search
from spiegelstad.catalogue.records import Dataset
from spiegelstad.look.public import Mark

_A_PAGE = 24
_DESCRIPTION_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Card:
    """A dataset as the list shows it."""

    slug: str
    title: str
    description: str
    theme: str
    mark: Mark | None
    rows: str
    changed: str
    quality: Mark | None


@require_safe
def show_datasets(request: CityRequest) -> HttpResponse:
    """Show the datasets the reader may see. Parameters: q (words), theme, page."""
    text, theme = request.GET.get("q", "")[:200].strip(), request.GET.get("theme", "")
    everything = queries.datasets(request.actor)
    matching = search(everything, text)
    chosen = [dataset for dataset in matching if theme in {"", dataset.theme}]
    chosen.sort(key=lambda dataset: (_is_frozen(dataset), fold(in_language(dataset.title))))
    page = Paginator(chosen, _A_PAGE).get_page(request.GET.get("page"))
    context = {
        "text": text,
        "theme": theme,
        "page": page,
        "cards": [_card(dataset) for dataset in page.object_list],
        "facets": [(words.theme_words(f.theme), f.count, _address(text, f.theme), f.chosen) for f in
                   facets(matching, theme)],
        "matching": len(matching),
        "all_url": _address(text, ""),
        "is_empty": not everything,
    }  # fmt: skip
    return render(request, "catalogue/datasets.html", context)


def _is_frozen(dataset: Dataset) -> bool:
    """Whether we made it ourselves so that figures stay verifiable: less to look at than what comes from a source."""
    return dataset.current is not None and dataset.current.lineage.activity == "freeze"


def _address(text: str, theme: str) -> str:
    given = {name: value for name, value in (("q", text), ("theme", theme)) if value}
    return f"/data?{urlencode(given)}" if given else "/data"


def _card(dataset: Dataset) -> Card:
    current = dataset.current
    return Card(
        slug=dataset.slug,
        title=in_language(dataset.title),
        description=Truncator(in_language(dataset.description)).chars(_DESCRIPTION_CHARACTERS),
        theme=words.theme_words(dataset.theme),
        mark=None if dataset.classification == "public" else words.classification_mark(dataset.classification),
        rows=words.count_words(current.rows) if current else "",
        changed=words.day_words(current.published_at) if current else "",
        quality=words.quality_mark(current.quality) if current else None,
    )
