"""Keeping streams: all of them brought up to date, retention, and how far they are."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import public as catalogue
from spiegelstad.ldes import models
from spiegelstad.ldes.actions.datasets import build_dataset
from spiegelstad.ldes.actions.entities import follow
from spiegelstad.ldes.actions.removing import compact
from spiegelstad.ldes.rules.retention import days_of
from spiegelstad.ldes.vocabulary import Kind

Report = Callable[[float, float, str], None]


@dataclass(frozen=True, slots=True)
class Status:
    """How far a stream is: `members` that were ever told, `version` of the dataset up to which it tells."""

    tenant_id: str
    kind: str
    name: str
    members: int
    version: int
    last_issued_at: datetime | None


def build_all(report: Report = lambda done, total, label: None) -> int:
    """Bring every stream of every city up to date; return how many members came. `report`: done, of how many, what."""
    named = [(tenant_id, slug) for tenant_id in accounts.tenant_ids() for slug in _slugs(tenant_id)]
    came = 0
    for place, (tenant_id, slug) in enumerate(named):
        report(place, len(named) + 1, slug)
        came += build_dataset(tenant_id, slug)
    report(len(named), len(named) + 1, "entities")
    came += follow(complete=True)
    report(len(named) + 1, len(named) + 1, "entities")
    return came


def _slugs(tenant_id: str) -> list[str]:
    """Return the datasets that are open, and those of which there is a stream."""
    told = models.Stream.objects.filter(tenant_id=tenant_id, kind=Kind.DATASET).values_list("name", flat=True)
    return sorted({*told, *(one.slug for one in catalogue.datasets(Actor.anonymous(tenant_id)))})


def apply_retention(tenant_id: str, at: datetime) -> int:
    """Remove what a city's streams need not keep any more at this moment; return how many members went."""
    datasets = {one.slug: one for one in catalogue.datasets(Actor.system(tenant_id, "retention"))}
    days = days_of(accounts.tenant(tenant_id).settings)
    went = 0
    for kind, name in models.Stream.objects.filter(tenant_id=tenant_id).values_list("kind", "name"):
        kept: int | None = days
        if kind == Kind.DATASET:
            dataset = datasets.get(name)
            kept = None if dataset is None or dataset.legal_hold else dataset.retention_days
        if kept is not None:
            went += compact(tenant_id, Kind(kind), name, before=at - timedelta(days=kept))
    return went


def statuses(tenant_id: str) -> list[Status]:
    """Return how far each stream of a city is."""
    rows = models.Stream.objects.filter(tenant_id=tenant_id).order_by("kind", "name")
    return [
        Status(tenant_id, row.kind, row.name, row.last_sequence, row.version, row.last_issued_at) for row in rows
    ]  # fmt: skip
