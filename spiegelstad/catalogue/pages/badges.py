"""What the page of a dataset tells at a glance: badges, and notices about its life."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.catalogue.pages import words
from spiegelstad.catalogue.records import Dataset
from spiegelstad.catalogue.vocabulary import Status
from spiegelstad.look.public import Mark


def badges(dataset: Dataset, at: datetime) -> list[tuple[str, Mark]]:
    """Return what can be said in a word about a dataset: (about what, the word)."""
    current = dataset.current
    quality = words.quality_mark(current.quality) if current else None
    fresh = words.freshness_mark(dataset.frequency, current.published_at, at) if current else None
    found = [
        (_("Access"), words.classification_mark(dataset.classification)),
        (_("Quality"), Mark(_("{share} right").format(share=quality.text), quality.tone) if quality else None),
        (_("Freshness"), fresh),
        (_("Licence"), Mark(words.licence_words(dataset.licence_uri), "good")),
        (_("Status"), words.status_mark(dataset.status)),
        (_("High value (EU)"), Mark(words.hvd_words(dataset.hvd_category), "info") if dataset.hvd_category else None),
        (_("Source"), Mark(_("authoritative"), "info") if dataset.is_authoritative else None),
    ]
    return [(title, mark) for title, mark in found if mark is not None]


def notices(dataset: Dataset) -> list[tuple[str, str, str, str]]:
    """Return what a reader must know first: (words, tone, address of what to use instead, words of that link)."""
    texts = {
        Status.DRAFT: (_("This is a draft: only its stewards see it."), "info"),
        Status.DEPRECATED: (_("This data is no longer recommended."), "warning"),
        Status.ARCHIVED: (_("This data is archived: it stays as it is and is not renewed."), "warning"),
        Status.DESTROYED: (_("This data was destroyed. Only its description is left."), "bad"),
    }
    found = []
    if dataset.planned_on is not None:
        day, stage = date_format(dataset.planned_on, "j F Y"), words.status_mark(dataset.planned_status).text
        planned = _("From {day} on it is: {status}. {reason}")
        if dataset.planned_on < now().astimezone(BRUSSELS).date():
            planned = _("It was announced that from {day} on it is: {status}. That could not be done yet. {reason}")
        text = planned.format(day=day, status=stage, reason=dataset.planned_reason)
        found.append((text, "warning", "", ""))
    if dataset.status not in texts:
        return found
    text, tone = texts[Status(dataset.status)]
    replaced = f"/data/{dataset.replaced_by}" if dataset.replaced_by else ""
    reason = dataset.status_reason.strip()
    return [*found, (f"{text} {reason}".strip(), tone, replaced, _("Use this instead"))]
