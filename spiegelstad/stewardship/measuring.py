"""Measuring the quality of every dataset of a city, and telling stewards once when a target is missed.

A measurement is kept when it differs from the one before, so a dataset that stays as it is costs one row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import Thing, require
from spiegelstad.ingest import public as ingest
from spiegelstad.stewardship import letters, models
from spiegelstad.stewardship.actions import MEASURE
from spiegelstad.stewardship.queries.quality import is_measured, targets_of
from spiegelstad.stewardship.rules import Measures, gaps, measures
from spiegelstad.stewardship.vocabulary import Dimension


@dataclass(frozen=True, slots=True)
class _Now:
    """A dataset with what was measured of it just now."""

    dataset: catalogue.Dataset
    measures: Measures
    errors: int


def measure(*, by: Actor) -> None:
    """Measure all datasets of the city, note which miss a target and which no longer do, and write to stewards."""
    require(by, MEASURE, Thing("quality", "*", by.tenant_id))
    moment = now()
    datasets = [one for one in catalogue.datasets(by) if is_measured(one)]
    read_at = {line.source.slug: line.last_good_at for line in ingest.desk(by)}
    reported = catalogue.reported_errors(by, [one.slug for one in datasets], datetime(2000, 1, 1, tzinfo=UTC))
    found = [_Now(one, _measures(one, read_at.get(one.slug), moment), reported[one.slug].waiting) for one in datasets]
    with transaction.atomic():
        _keep(by.tenant_id, found, moment)
        _note(by.tenant_id, found, moment)
    if letters.can_send():
        _write(by.tenant_id)


def _measures(dataset: catalogue.Dataset, read_at: datetime | None, moment: datetime) -> Measures:
    """A source that was read and had nothing new is as timely as one that had."""
    if dataset.current is None:
        return {}
    renewed_at = max(read_at or dataset.current.published_at, dataset.current.published_at)
    return measures(dataset.current.quality.checks, dataset.frequency, renewed_at, moment)


def _keep(tenant_id: str, found: list[_Now], moment: datetime) -> None:
    last = {
        row.dataset_id: row
        for row in models.Measurement.objects.filter(tenant_id=tenant_id)
        .order_by("dataset_id", "-on")
        .distinct("dataset_id")
    }
    today = moment.astimezone(BRUSSELS).date()
    rows = []
    for one in found:
        shares = {name: _rounded(one.measures.get(name)) for name in Dimension}
        row = models.Measurement(tenant_id=tenant_id, dataset_id=one.dataset.id, on=today, errors=one.errors, **shares)
        if (one.measures or one.errors) and not _same(last.get(one.dataset.id), row):
            rows.append(row)
    models.Measurement.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["dataset", "on"], update_fields=[*Dimension, "errors"]
    )


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 6)


def _same(before: models.Measurement | None, row: models.Measurement) -> bool:
    return before is not None and all(getattr(before, name) == getattr(row, name) for name in (*Dimension, "errors"))


def _note(tenant_id: str, found: list[_Now], moment: datetime) -> None:
    targets = list(models.Target.objects.filter(tenant_id=tenant_id))
    missed: dict[tuple[UUID, str], tuple[float, float]] = {}
    for one in found:
        wanted = {name: target.share for name, target in targets_of(targets, one.dataset).items()}
        for gap in gaps(one.dataset.slug, one.measures, wanted):
            if gap.dimension in wanted:
                missed[one.dataset.id, gap.dimension] = (gap.value, gap.target)
    still = {(row.dataset_id, row.dimension): row for row in _open(tenant_id)}
    over = [row.pk for key, row in still.items() if key not in missed]
    models.Alert.objects.filter(pk__in=over).update(ended_at=moment)
    new = [
        models.Alert(
            tenant_id=tenant_id, dataset_id=dataset, dimension=dimension, share=share, target=target, noticed_at=moment
        )
        for (dataset, dimension), (share, target) in missed.items()
        if (dataset, dimension) not in still
    ]
    models.Alert.objects.bulk_create(new, ignore_conflicts=True)


def _open(tenant_id: str) -> list[models.Alert]:
    return list(models.Alert.objects.filter(tenant_id=tenant_id, ended_at=None).select_related("dataset"))


def _write(tenant_id: str) -> None:
    waiting: Mapping[str, list[models.Alert]] = defaultdict(list)
    for row in _open(tenant_id):
        if row.mailed_at is None:
            waiting[row.dataset.department].append(row)
    for department, alerts in waiting.items():
        with transaction.atomic():
            # First what can be undone: when the mail is not taken, it stays to be written.
            models.Alert.objects.filter(pk__in=[one.pk for one in alerts]).update(mailed_at=now())
            letters.tell_of_missed_targets(tenant_id, department, alerts)
