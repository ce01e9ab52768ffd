"""Interfaces for the machines that look after us: health and metrics."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from spiegelstad.web import metrics, queries


@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers at all: a supervisor starts it again when it doesn't."""
    return JsonResponse({"status": "live"})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, 503 while they can't (the database is away, tables are missing)."""
    problems = queries.readiness_problems()
    if problems:
        return JsonResponse({"status": "not ready", "problems": problems}, status=503, headers={"Retry-After": "2"})
    return JsonResponse({"status": "ready"})


@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """Metrics; without personal data, so open to whoever reaches the port."""
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
