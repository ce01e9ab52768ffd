"""Writes of the catalogue: declaring datasets, publishing versions, deleting them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base import events
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.catalogue import models, queries, records, store
from spiegelstad.catalogue.formats import parquet
from spiegelstad.catalogue.records import Dataset, Version, as_json
from spiegelstad.catalogue.rules import (
    CLOSED_FOR_DATA,
    Column,
    Coverage,
    DatasetIn,
    Lineage,
    Quality,
    problems_of_columns,
    problems_of_dataset,
    problems_of_file,
)
from spiegelstad.catalogue.vocabulary import Status
from spiegelstad.governance.public import Act, Classification, Thing, record, require

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
DECLARE = Act("catalogue.declare_dataset", roles=_STEWARDS)
PUBLISH = Act("catalogue.publish_version", roles=_STEWARDS)
DELETE = Act("catalogue.delete_version", roles=_STEWARDS)


class InvalidDataset(InvalidInput):
    """The declaration of a dataset, or the file of a version, is not right; `problems` lists everything."""

    title = "The dataset is not right"


class VersionInUse(Conflict):
    """Something rests on this version: a figure, or another version."""

    title = "The version is in use"


class UnderHold(Conflict):
    """Nothing of this dataset may be deleted now."""

    title = "The dataset is under a legal hold"


class DatasetClosed(Conflict):
    """The dataset is archived or destroyed: it takes no new versions."""

    title = "The dataset takes no new versions"


class ReasonNeeded(InvalidInput):
    """Deleting needs a reason, for the audit log."""

    title = "Give a reason"


@dataclass(frozen=True, kw_only=True)
class VersionPublished(events.Event):
    """A dataset got a new current version."""

    type: ClassVar[str] = "catalogue.version_published"
    slug: str
    version_id: UUID


@dataclass(frozen=True, kw_only=True)
class VersionDeleted(events.Event):
    """A version is gone; `slug` and `number` name it."""

    type: ClassVar[str] = "catalogue.version_deleted"
    slug: str
    number: int


def thing_of(row: models.Dataset | Dataset) -> Thing:
    """Return a dataset as policy sees it."""
    return Thing("dataset", row.slug, row.tenant_id, Classification(row.classification), row.department)


def ensure_dataset(*, by: Actor, dataset: DatasetIn) -> Dataset:
    """Declare a dataset, or change its declaration; nothing happens, and nothing is audited, when it is the same."""
    _refuse("The dataset is not declared well", problems_of_dataset(dataset))
    fields = _fields(dataset)
    thing = Thing(
        "dataset", dataset.slug, by.tenant_id, Classification(dataset.classification), dataset.department
    )  # fmt: skip
    require(by, DECLARE, thing)
    with transaction.atomic():
        row, created = models.Dataset.objects.get_or_create(
            tenant_id=by.tenant_id, slug=dataset.slug,
            defaults={**fields, "status": Status.DRAFT if dataset.is_draft else Status.PUBLISHED},
        )  # fmt: skip
        if not created:
            row = models.Dataset.objects.select_for_update().get(pk=row.pk)
            require(by, DECLARE, thing_of(row))
        changed = sorted(name for name, value in fields.items() if getattr(row, name) != value)
        if created or changed:
            for name, value in fields.items():
                setattr(row, name, value)
            row.save()
            details = {"changed": changed or "all", "classification": dataset.classification}
            record(by, DECLARE, thing, details=details, reason=dataset.classification_reason)
    return queries.dataset(by, dataset.slug) if not by.is_system else records.dataset_record(row)


def _fields(dataset: DatasetIn) -> dict[str, Any]:
    fields = {name: getattr(dataset, name) for name in (
        "theme", "department", "classification", "classification_reason", "licence_uri", "retention_days",
        "hvd_category", "frequency", "landing_page", "is_authoritative", "legal_basis", "review_on", "uri",
    )}  # fmt: skip
    return {
        **fields,
        "title": dict(dataset.title),
        "description": dict(dataset.description),
        "source": asdict(dataset.source),
        "columns": as_json(dataset.columns),
        "keywords": {language: list(words) for language, words in dataset.keywords.items()},
        "contact": asdict(dataset.contact),
        "conforms_to": list(dataset.conforms_to),
        "processing_key": dataset.processing,
        "distributions": as_json(dataset.distributions),
    }


def publish_version(
    *,
    by: Actor,
    slug: str,
    parquet: Path,
    columns: Sequence[Column],
    lineage: Lineage,
    quality: Quality | None = None,
    coverage: Coverage | None = None,
) -> Version:
    """Publish a Parquet file as the new current version of a dataset; the file is taken over (moved).

    When it has the same content as the current version, that one is returned and nothing is recorded. Raises
    `InvalidDataset` when the file does not have the declared columns, `DatasetClosed` when the dataset is archived or
    destroyed. The caller may write to `store.incoming_file()`.
    """
    owner = dataset_row(by, slug)
    require(by, PUBLISH, thing_of(owner))
    _require_open(owner)
    rows = _checked_rows(parquet, columns)
    adopted, content_hash = store.adopt(parquet)
    size = adopted.stat().st_size
    with transaction.atomic():
        _lock_content(content_hash)
        owner = models.Dataset.objects.select_for_update(of=("self",)).select_related("current").get(pk=owner.pk)
        _require_open(owner)
        store.put(adopted, content_hash)
        if owner.current is not None and owner.current.content_hash == content_hash:
            return records.version_record(owner.current, owner)
        owner.last_number += 1  # never that of a version that was deleted: its addresses were given out
        row = models.Version(
            tenant_id=owner.tenant_id,
            dataset=owner,
            number=owner.last_number,
            content_hash=content_hash,
            rows=rows,
            bytes=size,
            columns=as_json(tuple(columns)),
            lineage=as_json(lineage),
            quality=as_json(quality or Quality()),
            published_at=now(),
            published_by=by.name,
            **_coverage_fields(coverage or Coverage()),
        )
        row.save(force_insert=True)
        _record_inputs(by, row, lineage)
        owner.current = row
        owner.save(update_fields=["current", "last_number", "changed_at"])
        events.record(VersionPublished(tenant_id=owner.tenant_id, slug=slug, version_id=row.id))
        details = {"version": row.number, "content_hash": content_hash, "rows": rows, "activity": lineage.activity}
        record(by, PUBLISH, thing_of(owner), details=details)
    return records.version_record(row, owner)


def delete_version(*, by: Actor, version_id: UUID, reason: str) -> None:
    """Delete a version for good, with the reason; `VersionInUse` when a figure or another version rests on it, and
    `UnderHold` while nothing of the dataset may be deleted.

    Its file goes after the commit, unless another version has the same content. When it was the current one, the one
    before takes its place.
    """
    if not reason.strip():
        raise ReasonNeeded("A version cannot be deleted without a reason.")
    found = queries.version(by, version_id)
    owner = dataset_row(by, found.slug)
    require(by, DELETE, thing_of(owner))
    with transaction.atomic():
        owner = models.Dataset.objects.select_for_update().get(pk=owner.pk)
        row = owner.versions.filter(pk=version_id).first()
        if row is None:
            raise queries.NoSuchVersion(f"There is no version {version_id}.")
        require_no_hold(owner)
        if owner.current_id == row.pk:
            owner.current = owner.versions.exclude(pk=row.pk).order_by("-number").first()
            owner.save(update_fields=["current", "changed_at"])
        delete_row(row, owner.slug)
        events.record(VersionDeleted(tenant_id=owner.tenant_id, slug=owner.slug, number=found.number))
        details = {"version": found.number, "content_hash": found.content_hash, "rows": found.rows}
        record(by, DELETE, thing_of(owner), details=details, reason=reason)
        transaction.on_commit(lambda: remove_unused_file(found.content_hash))


def require_no_hold(owner: models.Dataset) -> None:
    """Raise `UnderHold` while nothing of the dataset may be deleted; the caller has its row locked."""
    if owner.legal_hold:
        raise UnderHold(f"Nothing of {owner.slug!r} may be deleted now: {owner.legal_hold}")


def _require_open(owner: models.Dataset) -> None:
    if owner.status in CLOSED_FOR_DATA:
        raise DatasetClosed(f"{owner.slug!r} is {owner.status}: it takes no new versions.")


def delete_row(row: models.Version, slug: str) -> None:
    """Delete a version's row, or raise `VersionInUse`; its file is the caller's to remove after the commit."""
    in_use = VersionInUse(
        f"Version {row.number} of {slug!r} cannot be deleted: figures or other versions rest on it.",
        remedy="Delete what rests on it first.",
    )
    try:
        with transaction.atomic():
            row.delete()
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
    except (ProtectedError, IntegrityError):
        raise in_use from None


def remove_unused_file(content_hash: str) -> bool:
    """Remove a file that no version names; the lock keeps a publisher of the same content waiting meanwhile."""
    with transaction.atomic():
        _lock_content(content_hash)
        if models.Version.objects.filter(content_hash=content_hash).exists():
            return False
        store.remove(content_hash)
        return True


def _lock_content(content_hash: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(content_hash[:15], 16)])


def dataset_row(by: Actor, slug: str) -> models.Dataset:
    """Return a stored dataset of the actor's city, whoever may read it: for acts, which then require the policy."""
    row = models.Dataset.objects.filter(tenant_id=by.tenant_id, slug=slug).first()
    if row is None:
        raise queries.NoSuchDataset(f"There is no dataset {slug!r}.")
    return row


def _checked_rows(path: Path, columns: Sequence[Column]) -> int:
    try:
        facts = parquet.facts(path)
    except parquet.NotParquet as error:
        raise InvalidDataset(f"The file is not a whole Parquet file: {error}.") from None
    _refuse("The file does not fit", [*problems_of_columns(columns), *problems_of_file(columns, facts.columns)])
    return facts.rows


def _refuse(what: str, problems: Sequence[str]) -> None:
    if problems:
        raise InvalidDataset(f"{what}: {'; '.join(problems)}.", problems=list(problems))


def _record_inputs(by: Actor, row: models.Version, lineage: Lineage) -> None:
    inputs = models.Version.objects.filter(tenant_id=by.tenant_id, id__in=lineage.inputs)
    found = {source.id: source for source in inputs}
    for id_ in lineage.inputs:
        if id_ not in found:
            raise queries.NoSuchVersion(f"There is no version {id_} to have been made from.")
    models.VersionInput.objects.bulk_create(
        models.VersionInput(tenant_id=by.tenant_id, version=row, source=source) for source in found.values()
    )


def _coverage_fields(coverage: Coverage) -> dict[str, Any]:
    return {
        "covers_from": _moment(coverage.from_),
        "covers_to": _moment(coverage.to),
        "box": coverage.bbox,
        "area_codes": list(coverage.area_codes),
    }


def _moment(value: Any) -> datetime | None:
    """Take a date for its midnight in Brussels."""
    if value is None or isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), BRUSSELS)
