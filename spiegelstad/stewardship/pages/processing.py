"""The processing register (GDPR article 30): `/register/processing`, and whole as `/register/processing.json`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor, CityRequest
from spiegelstad.base.localised import Localised, in_language
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import Controller, Processing, activities, processing_register
from spiegelstad.look.public import Link
from spiegelstad.sensors import public as sensors
from spiegelstad.stewardship.formats import files
from spiegelstad.stewardship.pages.register import tabs


@dataclass(frozen=True, slots=True)
class Activity:
    """An activity with what the city holds under it. `is_own`: the city told of it, and not the program."""

    key: str
    processing: Processing
    is_own: bool
    used_by: tuple[Link, ...]

    @property
    def has_people(self) -> bool:
        """Whether there is personal data in it at all."""
        return bool(self.processing.people)


@require_safe
def show_processing(request: CityRequest) -> HttpResponse:
    """Show why the city holds personal data, each activity with all that article 30 asks."""
    found = _activities(request.actor)
    context = {
        "tabs": tabs("/register/processing"),
        "controller": controller(request.actor.tenant_id),
        "own": [one for one in found if one.is_own and one.has_people],
        "personal": [one for one in found if not one.is_own and one.has_people],
        "others": [one for one in found if not one.has_people],
    }
    return render(request, "stewardship/processing.html", context)


@require_safe
def download_processing(request: CityRequest) -> HttpResponse:
    """Give the processing register as JSON, in all languages, with the fields of article 30(1)(a) to (g)."""
    known = controller(request.actor.tenant_id)
    told = [
        {
            "key": one.key,
            "declared_by": "city" if one.is_own else "program",
            **one.processing.model_dump(),
            "used_by": [str(link.text) for link in one.used_by],
        }
        for one in _activities(request.actor)
    ]
    content: dict[str, Any] = {"controller": known.model_dump() if known else None, "activities": told}
    return files.json_answer("processing", content)


def controller(tenant_id: str) -> Controller | None:
    """Return who answers for the personal data of a city; None when it has not said so. 1 query."""
    told = accounts.tenant(tenant_id).settings.get("privacy")
    return Controller.model_validate(told) if told else None


def _activities(actor: Actor) -> list[Activity]:
    used: dict[str, list[Link]] = defaultdict(list)
    for dataset in catalogue.registered(actor, catalogue.Which(has_processing=True)):
        used[dataset.processing].append(Link(in_language(dataset.title), f"/register/datasets/{dataset.slug}"))
    for kind in sensors.registered_kinds(actor):
        text = _("sensors: {name}").format(name=sensors.KIND_NAMES[kind.kind])
        used[kind.purpose].append(Link(text, f"/sensors?kind={kind.kind}"))
    found = [
        Activity(key, one, key not in processing_register(), tuple(dict.fromkeys(used[key])))
        for key, one in activities(actor).items()
    ]
    return sorted(found, key=lambda one: _sorted_name(one.processing.name))


def _sorted_name(name: Localised) -> str:
    return in_language(name).casefold()
