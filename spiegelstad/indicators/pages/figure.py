"""The permanent address of a figure: what it says and everything it comes from."""

from typing import Any
from uuid import UUID

import orjson
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.localised import in_language
from spiegelstad.indicators.formats.origin import origin_json, origin_jsonld
from spiegelstad.indicators.pages.words import (
    area_url,
    count_words,
    figure_words,
    per_words,
    period_words,
)
from spiegelstad.indicators.queries.origin import figure as read_origin
from spiegelstad.indicators.rules.figures import FigureOrigin, InputOrigin


@require_safe
def show_figure(request: CityRequest, figure_id: UUID) -> HttpResponse:
    """Show a figure with its whole origin, for people."""
    origin = read_origin(request.actor, figure_id)
    figure, indicator = origin.figure, origin.indicator
    seconds = (origin.finished_at - origin.started_at).total_seconds()
    context: dict[str, Any] = {
        "origin": origin,
        "name": in_language(indicator.name),
        "value": figure_words(indicator, figure),
        "per": per_words(indicator),
        "period": period_words(figure.period),
        "area_url": area_url(figure.area_type, figure.area_code),
        "numerator": count_words(figure.numerator, figure.suppressed),
        "denominator": count_words(figure.denominator, figure.suppressed),
        "seconds": seconds,
        "inputs": [(one, quality_words(one)) for one in origin.inputs],
        "made_from": [(one, quality_words(one)) for one in origin.made_from],
    }
    return render(request, "indicators/figure.html", context)


def quality_words(one: InputOrigin) -> str:
    """Write the quality score of an input as a percentage; empty when it was not measured."""
    score = one.quality.get("score")
    return "" if score is None else _("{percent} % of the checks passed").format(percent=round(100 * float(score)))


@require_safe
def figure_json(request: CityRequest, figure_id: UUID) -> HttpResponse:
    """Give the same as JSON."""
    return _machine(request, read_origin(request.actor, figure_id), "application/json")


@require_safe
def figure_jsonld(request: CityRequest, figure_id: UUID) -> HttpResponse:
    """Give the same as PROV-O in JSON-LD."""
    return _machine(request, read_origin(request.actor, figure_id), "application/ld+json")


def _machine(request: CityRequest, origin: FigureOrigin, content_type: str) -> HttpResponse:
    write = origin_jsonld if content_type == "application/ld+json" else origin_json
    body = write(origin, request.build_absolute_uri("/").rstrip("/"))
    return HttpResponse(orjson.dumps(body, option=orjson.OPT_INDENT_2), content_type=content_type)
