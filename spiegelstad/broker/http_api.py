"""The broker for machines: `/api/access`. Keys of applicants; counts above a threshold are for everyone."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.errors import InvalidInput
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions import asking, sheets
from spiegelstad.broker.rules import noise
from spiegelstad.broker.rules.scope import rows_as_text
from spiegelstad.broker.rules.sheet import Asked, Line

MAX_BODY = 64 * 1024
_OWN = {"group_by", "sum", "lang"}


class UnreadableQuestion(InvalidInput):
    """What was sent is no JSON, or too long."""

    title = "The question cannot be read"


@require_safe
def list_offers(request: CityRequest) -> HttpResponse:
    """Return what may be asked for, and in which ways."""
    return JsonResponse({"datasets": [_offer(one) for one in queries.offers(request.actor)]})


@never_cache
@require_safe
def show_offer(request: CityRequest, slug: str) -> HttpResponse:
    """Return what may be asked of a dataset, with the settings that protect it, and what is left of the budget."""
    offer = queries.offer(request.actor, slug)
    told = _offer(offer) | {"counts": offer.aggregates, "noisy": offer.noisy, "person_column": offer.person_column}
    if offer.noisy is not None:
        left, of_all = asking.left_for(request.actor, offer)
        told["left"] = {"you": f"{left:.3f}", "everyone together": f"{of_all:.3f}"}
    if offer.takes_requests:
        columns = queries.dataset_of(request.actor, slug).columns
        told["columns"] = [{"name": one.name, "type": one.type, "description": one.description} for one in columns]
    return JsonResponse(told)


def _offer(offer: models.Offer) -> dict[str, Any]:
    slug = offer.dataset.slug
    ways = {
        "request": f"/access/data/{slug}/request" if offer.takes_requests else None,
        "counts": f"/api/access/data/{slug}/counts" if offer.aggregates is not None else None,
        "noisy": f"/api/access/data/{slug}/noisy" if offer.noisy is not None else None,
    }
    return {"dataset": slug, "title": offer.dataset.title, "ways": {name: url for name, url in ways.items() if url}}


@require_safe
def show_counts(request: CityRequest, slug: str) -> HttpResponse:
    """Return counts, or sums of the column `sum`: `?group_by=a&group_by=b&<column>=<value>`."""
    counted = sheets.protected_counts(request.actor, slug, asked_counts(request))
    settings, names = counted.settings, request.GET.getlist("group_by")
    body = {
        "dataset": slug,
        "version": counted.version,
        "lines": [dict(zip(names, line.labels, strict=True)) | _line(line) for line in counted.answer.lines],
        "rest": _line(counted.answer.rest) if counted.answer.rest else None,
        "protection": {
            "method": "groups of people that are never divided; numbers rounded by a secret",
            "people_in_every_group": settings.threshold,
            "rounded_to": settings.step(request.GET.get("sum", "")),
            "renewed_after_people": settings.renew_after,
            "margin": "the truth lies within margin in 95 of 100 cases, within at_most always",
            "rest": "people of small groups, put together: they are in no line above",
        },
    }
    return JsonResponse(body)


def asked_counts(request: CityRequest) -> Asked:
    """Read a question about counts from the address."""
    where = {name: tuple(values) for name, values in request.GET.lists() if name not in _OWN}
    return Asked(tuple(request.GET.getlist("group_by")), where, request.GET.get("sum", ""))


def _line(line: Line) -> dict[str, float]:
    return {"value": line.value, "margin": round(line.margin, 2), "at_most": line.at_most}


@csrf_exempt
@never_cache
@require_POST
def ask(request: CityRequest, slug: str) -> HttpResponse:
    """Answer a question with noise; the same question gives the same answer and costs once."""
    asking.noisy_offer(request.actor, slug)  # what is not there is told before what is wrong with the question
    asked = noise.read(_body(request))
    row = asking.ask_noisy(by=request.actor, slug=slug, asked=asked)
    left, of_all = asking.left_for(request.actor, row.offer)
    body = {
        "dataset": slug,
        "version": row.version,
        "question": row.question,
        "answer": row.answer,
        "protection": {
            "method": "differential privacy: discrete Laplace noise (OpenDP)",
            "epsilon": f"{row.epsilon:.3f}",
            "protects": "one person, with all of their rows",
            "margin": "the truth lies within margin in 95 of 100 cases",
        },
        "left": {"you": f"{left:.3f}", "everyone together": f"{of_all:.3f}"},
    }
    return JsonResponse(body)


def _body(request: CityRequest) -> Any:
    if len(request.body) > MAX_BODY:
        raise UnreadableQuestion(f"A question has at most {MAX_BODY} bytes.")
    try:
        return orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise UnreadableQuestion("The question is no JSON.") from None


@never_cache
@require_safe
def show_agreement(request: CityRequest) -> HttpResponse:
    """Return the agreement of the key that asks: what it gives, until when, and how often it was used."""
    key = queries.key_of(request.actor)
    if key is None or key.agreement is None:
        raise queries.NoSuchRequest("No key of an agreement was sent.")
    row, slug = key.agreement, key.agreement.request.offer.dataset.slug
    body = {
        "agreement": row.id,
        "dataset": slug,
        "rows_at": f"/data/{slug}/rows.json",
        "columns": row.columns,
        "rows": rows_as_text(row.rows).splitlines(),
        "purpose": row.request.purpose,
        "conditions": row.conditions,
        "from": row.from_on,
        "until": row.ends_on,
        "rate": {"per_hour": row.per_hour, "per_day": row.per_day},
        "uses": {day.isoformat(): times for day, times in queries.uses_by_day(row)},
    }
    return JsonResponse(body)
