"""Writes of harvest: taking over definitions, and taking over the records of one reading."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.db import DataError, transaction
from django.utils.translation import override

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.base.errors import InvalidInput
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import DatasetIn, Status
from spiegelstad.governance.public import Thing, record, require
from spiegelstad.harvest import models
from spiegelstad.harvest.acts import SYNC
from spiegelstad.harvest.definition import HarvestDefinition, SourceFile, canonical, read_definitions
from spiegelstad.harvest.rules import Description, Finding, Harvested, dataset_of, slug_of, theme_of
from spiegelstad.harvest.vocabulary import (
    BACK_REASON,
    CLOSED_REASON,
    GONE_REASON,
    STATUS_REASON,
    AfterMissing,
    Done,
    RecordState,
    Wrong,
)

_TITLE, _KEY = 300, 1_000
_STEPS = {
    AfterMissing.DEPRECATED: ((Status.PUBLISHED, Status.DEPRECATED),),
    AfterMissing.ARCHIVED: ((Status.PUBLISHED, Status.DEPRECATED), (Status.DEPRECATED, Status.ARCHIVED)),
}


def sync_sources(*, by: Actor, folder: Path) -> list[str]:
    """Take over the harvest sources of a city's folder; return the names of those that changed.

    Sources whose file is gone are no longer read; their datasets stay. InvalidDefinitions when anything is wrong.
    """
    files = read_definitions(folder)
    require(by, SYNC, Thing("harvest sources", by.tenant_id, by.tenant_id))
    with transaction.atomic():
        changed = [file.definition.harvest for file in files if _write_source(by, file)]
        slugs = [file.definition.harvest for file in files]
        gone = models.Source.objects.filter(tenant_id=by.tenant_id, is_active=True).exclude(slug__in=slugs)
        changed += list(gone.values_list("slug", flat=True))
        gone.update(is_active=False)
        if changed:
            record(by, SYNC, Thing("harvest sources", by.tenant_id, by.tenant_id), details={"changed": changed})
    return changed


def _write_source(by: Actor, file: SourceFile) -> bool:
    definition = file.definition
    fields = {
        "title": definition.title,
        "kind": definition.kind.value,
        "department": definition.department,
        "definition": canonical(definition),
        "definition_hash": file.hash,
        "schedule": definition.schedule or "",
        "is_active": True,
    }
    old = models.Source.objects.filter(tenant_id=by.tenant_id, slug=definition.harvest).first()
    if old and all(getattr(old, name) == value for name, value in fields.items()):
        return False
    forget = {} if old and old.definition_hash == file.hash else {"etag": "", "last_modified": ""}
    models.Source.objects.update_or_create(
        tenant_id=by.tenant_id, slug=definition.harvest, defaults={**fields, **forget}
    )
    return True


@dataclass
class Outcome:
    """What a reading came to, in numbers of records; `findings` counts lines of the report."""

    found: int = 0
    taken: int = 0
    changed: int = 0
    skipped: int = 0
    quarantined: int = 0
    gone: int = 0
    findings: int = 0
    unused: Counter[str] = field(default_factory=Counter)


class Taking:
    """Takes the records of one reading over, in the caller's transaction: datasets are declared, changed or aged."""

    def __init__(self, by: Actor, source: models.Source, definition: HarvestDefinition) -> None:
        self.by = by
        self.source = source
        self.definition = definition
        self.outcome = Outcome()
        self.rows = {row.key: row for row in source.records.select_for_update()}
        others = models.Record.objects.filter(tenant_id=by.tenant_id, state=RecordState.TAKEN).exclude(source=source)
        self.elsewhere = dict(others.values_list("key", "source__slug"))
        self.taken_slugs = set(
            models.Record.objects.filter(tenant_id=by.tenant_id).exclude(slug="").values_list("slug", flat=True)
        )
        self.own_host = tenant(by.tenant_id).host

    def take(self, records: Iterable[Harvested]) -> Outcome:
        """Take these records over, which are all that the source has; those that are not among them grow older."""
        seen: dict[str, Harvested] = {}
        for one in records:
            self.outcome.found += 1
            key = one.key[:_KEY]
            if self._is_out_of_scope(one):
                self.outcome.skipped += 1
            elif key in seen:
                twice = Finding("identifier", Wrong.TWICE, Done.FIRST_KEPT, one.title, seen[key].title)
                seen[key] = replace(seen[key], findings=(*seen[key].findings, twice))
            else:
                seen[key] = one
        for key, one in seen.items():
            self._take_one(key, one)
        for key in sorted(self.rows.keys() - seen.keys()):
            self._miss(self.rows[key])
        return self.outcome

    def repeat(self) -> Outcome:
        """Say the same as the last time: the source did not change, so what was missing is missing still."""
        last = self.source.runs.filter(found__gt=0).order_by("-started_at").first()
        self.outcome.skipped = last.skipped if last else 0
        for row in self.rows.values():
            if row.missed:
                self._miss(row)
            else:
                self.outcome.taken += row.state == RecordState.TAKEN
                self.outcome.quarantined += row.state == RecordState.QUARANTINED
                self.outcome.findings += len(row.findings)
        self.outcome.found = last.found if last else 0
        self.outcome.unused.update(last.unused if last else {})
        return self.outcome

    def _is_out_of_scope(self, one: Harvested) -> bool:
        if one.is_service and not self.definition.services:
            return True
        return one.description is not None and not self.definition.scope.holds(one.description)

    def _take_one(self, key: str, one: Harvested) -> None:
        row = self.rows.get(key) or models.Record(tenant_id=self.by.tenant_id, source=self.source, key=key)
        before = _state(row)
        findings = list(one.findings)
        if wrong := self._obstacle(one):
            findings.append(Finding("uri", wrong, Done.QUARANTINED, one.key))
        elif one.description is not None:
            findings += self._declare(row, one)
        is_taken = all(finding.done is not Done.QUARANTINED for finding in findings) and one.description is not None
        row.state = RecordState.TAKEN.value if is_taken else RecordState.QUARANTINED.value
        row.missed = 0
        row.title = one.title[:_TITLE]
        row.description = _plain(one.description) if one.description else {}
        row.statements = one.statements if is_taken else ""
        row.findings = [_plain(finding) for finding in findings]
        if _state(row) != before:
            row.save()
        self.outcome.taken += is_taken
        self.outcome.quarantined += not is_taken
        self.outcome.findings += len(findings)
        self.outcome.unused.update(one.unused)

    def _obstacle(self, one: Harvested) -> Wrong | None:
        """Say why a record cannot become a dataset here, whatever it holds: it is ours, or stands here already."""
        if one.description is not None and one.description.uri:
            parts = urlsplit(one.description.uri)
            if parts.hostname == self.own_host and parts.path.startswith("/data/"):
                return Wrong.OWN
        return Wrong.ELSEWHERE if one.key in self.elsewhere else None

    def _declare(self, row: models.Record, one: Harvested) -> list[Finding]:
        """Declare the dataset of a record when it is new or different; return what was wrong with that."""
        assert one.description is not None
        theme, findings = theme_of(one.description, self.definition.themes, self.definition.theme)
        slug = row.slug or self._new_slug(one.description)
        wanted = dataset_of(one.description, slug, theme, self.definition.department, self.definition.title["nl"])
        if not one.description.is_public:
            wanted = replace(wanted, classification="internal", classification_reason=_in_dutch(CLOSED_REASON))
        told = {**_plain(wanted), "status": one.description.status}
        digest = hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
        if digest == row.digest and row.state == RecordState.TAKEN:
            return list(findings)
        refused = self._write(wanted, is_new=not row.slug)
        if refused is not None:
            row.digest = ""
            return [*findings, refused]
        self.taken_slugs.add(slug)
        self.outcome.changed += 1
        if one.description.status:
            _withdraw(self.by, slug, AfterMissing(one.description.status), _in_dutch(STATUS_REASON))
        elif row.state == RecordState.GONE or row.description.get("status"):
            _bring_back(self.by, slug)
        row.slug, row.digest = slug, digest
        return list(findings)

    def _new_slug(self, one: Description) -> str:
        slug = slug_of(self.source.slug, one, self.taken_slugs)
        try:
            catalogue.dataset(self.by, slug)
        except catalogue.NoSuchDataset:
            return slug
        return slug_of(self.source.slug, one, {*self.taken_slugs, slug})

    def _write(self, wanted: DatasetIn, *, is_new: bool) -> Finding | None:
        """Declare a dataset, unless its slug is another's: an own dataset is never changed by what others say."""
        try:
            there = catalogue.dataset(self.by, wanted.slug)
        except catalogue.NoSuchDataset:
            pass
        else:
            if is_new or there.uri != wanted.uri or there.columns or there.current:
                return Finding("slug", Wrong.SLUG_IN_USE, Done.QUARANTINED, wanted.slug)
        try:
            with transaction.atomic():
                catalogue.ensure_dataset(by=self.by, dataset=wanted)
        except InvalidInput as error:
            return Finding("dataset", Wrong.REFUSED, Done.QUARANTINED, error.detail)
        except DataError as error:  # a URI that is too long, for example: no reason to leave the other records out
            return Finding("dataset", Wrong.REFUSED, Done.QUARANTINED, str(error).partition("\n")[0])
        return None

    def _has_dataset(self, row: models.Record) -> bool:
        """Whether a dataset was made of a record, be it in quarantine since, and that slug is no own dataset's."""
        if row.state == RecordState.TAKEN or not row.slug:
            return row.state == RecordState.TAKEN
        there = catalogue.dataset(self.by, row.slug)
        return bool(there.uri) and not there.columns and there.current is None

    def _miss(self, row: models.Record) -> None:
        """Let a record that the source has no more grow one run older; after enough of them it is gone."""
        if row.state == RecordState.GONE:
            return
        row.missed += 1
        if row.missed >= self.definition.missing.runs:
            if self._has_dataset(row):
                reason = _in_dutch(GONE_REASON).format(source=self.definition.title["nl"], count=row.missed)
                _withdraw(self.by, row.slug, self.definition.missing.then, reason)
            row.state, row.findings = RecordState.GONE.value, []
            self.outcome.gone += 1
        row.save()
        self.outcome.taken += row.state == RecordState.TAKEN


def _withdraw(by: Actor, slug: str, then: AfterMissing, reason: str) -> None:
    """Bring a published dataset to the end that the definition names, in the steps that the catalogue has."""
    for before, after in _STEPS[then]:
        if catalogue.dataset(by, slug).status == before:
            catalogue.change_status(by=by, slug=slug, change=catalogue.Change(after, reason))


def _bring_back(by: Actor, slug: str) -> None:
    """Publish a dataset again that its source has again; one that is destroyed stays so."""
    there = catalogue.dataset(by, slug)
    if there.status in (Status.DEPRECATED, Status.ARCHIVED):
        change = catalogue.Change(Status.PUBLISHED, _in_dutch(BACK_REASON))
        catalogue.change_status(by=by, slug=slug, change=change)


def _in_dutch(text: Any) -> str:
    """Return a text as it stands in the catalogue, which has one for all readers."""
    with override("nl"):
        return str(text)


def _state(row: models.Record) -> tuple[Any, ...]:
    return (row.state, row.slug, row.missed, row.title, row.digest, row.description, row.statements, row.findings)


def _plain(value: Any) -> Any:
    """Return a dataclass as it comes back from a JSON column."""
    return orjson.loads(orjson.dumps(asdict(value)))
