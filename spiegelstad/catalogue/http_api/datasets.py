"""Datasets for machines: `/api/datasets`. Keys with the scope data:read see internal data too."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.catalogue import queries
from spiegelstad.catalogue.records import Dataset, Version, as_json


@require_safe
def datasets(request: CityRequest) -> HttpResponse:
    """Return all datasets that the actor may read."""
    return JsonResponse({"datasets": [_dataset(dataset) for dataset in queries.datasets(request.actor)]})


@require_safe
def dataset(request: CityRequest, slug: str) -> HttpResponse:
    """Return one dataset with its versions, the newest first."""
    found = queries.dataset(request.actor, slug)
    versions = [_version(version) for version in queries.versions(request.actor, slug)]
    return JsonResponse(_dataset(found) | {"columns": as_json(found.columns), "versions": versions})


def _dataset(dataset: Dataset) -> dict[str, Any]:
    return {
        "slug": dataset.slug,
        "title": dataset.title,
        "description": dataset.description,
        "theme": dataset.theme,
        "department": dataset.department,
        "classification": dataset.classification,
        "licence": dataset.licence_uri,
        "source": as_json(dataset.source),
        "current": _version(dataset.current) if dataset.current else None,
    }


def _version(version: Version) -> dict[str, Any]:
    coverage = version.coverage
    return {
        "id": version.id,
        "number": version.number,
        "sha256": version.content_hash,
        "rows": version.rows,
        "bytes": version.bytes,
        "published_at": version.published_at,
        "covers": {"from": coverage.from_, "to": coverage.to, "bbox": coverage.bbox},
        "lineage": as_json(version.lineage),
        "quality": as_json(version.quality),
        "download": f"/api/datasets/{version.slug}/versions/{version.number}",
    }
