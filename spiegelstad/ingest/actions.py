"""Writes of ingest: taking over definitions, running sources, correcting rows and replaying them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import Thing, record, require
from spiegelstad.ingest import models, queries
from spiegelstad.ingest.acts import CORRECT, SYNC, thing_of
from spiegelstad.ingest.definition.durations import duration
from spiegelstad.ingest.definition.folder import Definitions, SourceFile, canonical, read_definitions
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.fetch import store
from spiegelstad.ingest.pipeline.process import all_columns
from spiegelstad.ingest.records import Source, source_record
from spiegelstad.ingest.vocabulary import RowState, RunState, Way
from spiegelstad.places import public as places


class WrongCorrection(InvalidInput):
    """The corrected row names columns that the raw row doesn't have, or can't be corrected."""

    title = "The correction is not right"


def sync_sources(*, by: Actor, folder: Path) -> list[Source]:
    """Take over the definitions of a city's folder: area types, sources and their datasets.

    Sources whose file is gone are no longer run; their data stays. InvalidDefinitions when anything is wrong, and then
    nothing changes.
    """
    definitions = read_definitions(folder)
    require(by, SYNC, Thing("sources", definitions.city.tenant, definitions.city.tenant))
    with transaction.atomic():
        for area_type in definitions.city.area_types:
            places.ensure_area_type(by=by, slug=area_type.slug, name=area_type.name, level=area_type.level)
        changed = _write_sources(by, definitions)
        if changed:
            record(by, SYNC, Thing("sources", by.tenant_id, by.tenant_id), details={"changed": changed})
    return [source_record(row) for row in models.Source.objects.filter(tenant_id=by.tenant_id, is_active=True)]


def _write_sources(by: Actor, definitions: Definitions) -> list[str]:
    changed = []
    for position, file in enumerate(definitions.sources):
        if file.definition.where.way is Way.RUN:  # messages make no versions of a dataset
            catalogue.ensure_dataset(by=by, dataset=_dataset(file.definition))
        if _write_source(by, file, position):
            changed.append(file.definition.source)
    slugs = [file.definition.source for file in definitions.sources]
    gone = models.Source.objects.filter(tenant_id=by.tenant_id, is_active=True).exclude(slug__in=slugs)
    changed.extend(gone.values_list("slug", flat=True))
    gone.update(is_active=False)
    return changed


def _write_source(by: Actor, file: SourceFile, position: int) -> bool:
    definition = file.definition
    ages = [duration(rule.freshness) for rule in definition.rules if rule.freshness]
    fields = {
        "title": definition.title,
        "department": definition.department,
        "classification": definition.classification,
        "definition": canonical(definition),
        "definition_hash": file.hash,
        "way": definition.where.way.value,
        "schedule": definition.where.schedule or "",
        "position": position,
        "is_active": True,
        "stale_after": min(ages, default=None) if ages else None,
    }
    old = models.Source.objects.filter(tenant_id=by.tenant_id, slug=definition.source).first()
    if old and all(getattr(old, name) == value for name, value in fields.items()):
        return False
    forget: dict[str, str] = {} if old and old.definition_hash == file.hash else {"etag": "", "last_modified": ""}
    models.Source.objects.update_or_create(
        tenant_id=by.tenant_id, slug=definition.source, defaults={**fields, **forget}
    )
    return True


def _dataset(definition: SourceDefinition) -> catalogue.DatasetIn:
    return catalogue.DatasetIn(
        slug=definition.source,
        title=definition.title,
        description=definition.description,
        theme=definition.theme,
        department=definition.department,
        classification=definition.classification,
        classification_reason=definition.classification_reason,
        licence_uri=definition.licence,
        retention_days=definition.retention_days,
        source=catalogue.SourceInfo(
            definition.source, definition.homepage or definition.where.url or "", definition.publisher
        ),
        columns=catalogue_columns(definition),
        keywords=definition.keywords,
        hvd_category=definition.hvd_category,
        frequency=definition.frequency,
        contact=catalogue.Contact(**definition.contact.model_dump()) if definition.contact else catalogue.Contact(),
        conforms_to=tuple(definition.conforms_to),
        is_authoritative=definition.authoritative,
        legal_basis=definition.legal_basis,
        review_on=definition.review_on,
        processing=definition.processing,
        is_draft=definition.draft,
    )


def catalogue_columns(definition: SourceDefinition) -> tuple[catalogue.Column, ...]:
    """Describe the columns of the dataset for the catalogue."""
    located = {name: kind for locate in definition.locates for kind, name in locate.into.items()}
    found = []
    for name, kind in all_columns(definition).items():
        column = definition.columns.get(name)
        if column is not None:
            found.append(catalogue.Column(name, kind, column.unit, column.description, column.role))
        else:
            found.append(catalogue.Column(name, kind, role=f"area:{located[name]}"))
    return tuple(found)


def correct_row(*, by: Actor, row_id: UUID, values: Mapping[str, str | None], reason: str = "") -> None:
    """Keep the right values of a quarantined row; they count from the next run or replay on.

    `values`: by name of the file's column; what isn't named stays.
    """
    row = queries.row_of(by, row_id)
    require(by, CORRECT, thing_of(row.source))
    raw = json.loads(row.raw)
    if "" in raw or not set(values) <= set(raw):
        raise WrongCorrection(
            "This row can't be corrected here." if "" in raw else "The row has no such column.",
            remedy="Ask the publisher to correct the file.",
        )
    changed = sorted(name for name, value in values.items() if value != raw[name])
    if not changed:
        raise WrongCorrection("Nothing has changed.", remedy="Write the right value.")
    corrected = json.dumps({**raw, **values}, ensure_ascii=False, separators=(",", ":"))
    with transaction.atomic():
        models.Correction.objects.update_or_create(
            source=row.source,
            digest=row.digest,
            defaults={
                "tenant_id": by.tenant_id,
                "raw": row.raw,
                "corrected": corrected,
                "reason": reason,
                "corrected_by": by.id,
                "corrected_at": now(),
            },
        )
        models.QuarantinedRow.objects.filter(tenant_id=by.tenant_id, id=row_id).update(state=RowState.CORRECTED.value)
        details = {"file": row.file, "row": row.row_number, "columns": changed}
        record(by, CORRECT, thing_of(row.source), details=details, reason=reason)


def digest_of(raw: str) -> str:
    """Give the SHA-256 by which a raw row is known."""
    return hashlib.sha256(raw.encode()).hexdigest()


def forget_old_runs(*, by: Actor, older_than: timedelta) -> int:
    """Delete runs that ended longer ago, except the last good one and those whose version is there; then raw files."""
    require(by, SYNC, Thing("sources", by.tenant_id, by.tenant_id))
    last = models.Run.objects.filter(source=OuterRef("source"), state=RunState.SUCCEEDED).order_by("-started_at")
    old = models.Run.objects.filter(tenant_id=by.tenant_id, finished_at__lt=now() - older_than)
    old = old.exclude(id__in=Subquery(last.values("id")[:1]))
    ids = [id_ for id_ in old.values_list("version_id", flat=True) if id_]
    held = set(catalogue.versions_by_id(Actor.system(by.tenant_id, "ingest"), ids))
    deleted, _ = old.exclude(version_id__in=held).delete()
    store.remove_others(_files_of(models.Run.objects.all()))
    return deleted


def _files_of(runs: QuerySet[models.Run]) -> set[str]:
    """Give the checksums of the raw files that these runs name."""
    return {str(file["sha256"]) for files in runs.values_list("files", flat=True) for file in files}


def on_status_changed(event: catalogue.StatusChanged) -> None:
    """Forget what the source of a destroyed dataset kept of its rows: raw files, quarantine, corrections, past runs."""
    if event.status != catalogue.Status.DESTROYED:
        return
    source = models.Source.objects.filter(tenant_id=event.tenant_id, slug=event.slug).first()
    if source is not None:
        runs = models.Run.objects.filter(source=source).exclude(state=RunState.RUNNING)
        files = _files_of(runs)
        with transaction.atomic():
            models.QuarantinedRow.objects.filter(tenant_id=event.tenant_id, source=source).delete()
            models.Correction.objects.filter(source=source).delete()
            runs.delete()
        store.remove(files - _files_of(models.Run.objects.all()))


def forget_old_uplinks(*, older_than: timedelta) -> int:
    """Forget which LoRaWAN uplinks were taken in longer ago, of every city; return how many. Keeping house."""
    deleted, _ = models.SeenUplink.objects.filter(at__lt=now() - older_than).delete()
    return deleted
