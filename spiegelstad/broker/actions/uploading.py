"""Data that residents share: read, checked, handed in, and published as a dataset like any other; and withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.broker import models, queries
from spiegelstad.broker.rules import personal, tabled, uploaded
from spiegelstad.broker.rules.tabled import Made
from spiegelstad.broker.rules.uploaded import Mapped, Raw, UnusableUpload
from spiegelstad.broker.vocabulary import MODERATE, UPLOAD, UploadState
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import LICENCES, Change, DatasetIn, Lineage, SourceInfo, Status, Theme, VersionInUse
from spiegelstad.governance.public import Thing, record, require

MAX_WAITING = 10
_UNDER_WAY = (UploadState.READ, UploadState.OFFERED)


class PersonalData(InvalidInput):
    """The file seems to hold data about people."""

    title = "This looks like data about people"


class TooMuchWrong(InvalidInput):
    """Too many rows break a rule."""

    title = "Too much of this file is wrong"


class NotWaiting(Conflict):
    """The upload is past this step."""

    title = "This was decided already"


class TooManyUploads(Conflict):
    """The person has as many uploads under way as may be."""

    title = "Too many uploads"


@dataclass(frozen=True, slots=True)
class UploadIn:
    """A file with what its maker says of it. `again`: the slug of an own dataset of which this is a new version."""

    title: str
    description: str
    theme: str
    licence_uri: str
    file_name: str
    content: bytes
    again: str = ""


def upload(*, by: Actor, given: UploadIn) -> models.Upload:
    """Take a file: it is read, its columns are guessed, and what looks like data about people is named."""
    require(by, UPLOAD, Thing("upload", "", by.tenant_id))
    if given.theme not in set(Theme) or given.licence_uri not in LICENCES:
        raise InvalidInput("Choose a theme and a licence.")
    raw = uploaded.read(given.content, given.file_name)
    mapping = uploaded.guess(raw)
    with transaction.atomic():
        # One at a time: two who share the same title at once would get the same free name, and so the same dataset.
        sql.rows("SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", {"name": f"uploads:{by.tenant_id}"})
        accounts.User.objects.select_for_update().get(pk=queries.person_id(by))
        mine = models.Upload.objects.filter(tenant_id=by.tenant_id, person_id=queries.person_id(by))
        if mine.filter(state__in=_UNDER_WAY).count() >= MAX_WAITING:
            raise TooManyUploads(f"You have {MAX_WAITING} files that wait.")
        row = models.Upload.objects.create(
            tenant_id=by.tenant_id, person_id=queries.person_id(by), slug=_slug(by, given, mine), title=given.title,
            description=given.description, theme=given.theme, licence_uri=given.licence_uri,
            file_name=given.file_name[-200:], content=given.content, mapping=[asdict(one) for one in mapping],
            warnings=_found(raw, mapping), created_at=now(),
        )  # fmt: skip
        record(by, UPLOAD, _thing(row), details={"dataset": row.slug, "rows": len(raw.rows)})
    return row


def _slug(by: Actor, given: UploadIn, mine: Any) -> str:
    """Return the slug of an own dataset to renew, else one that is free."""
    if given.again:
        if not mine.filter(slug=given.again, state=UploadState.PUBLISHED).exists():
            raise queries.NoSuchUpload("You have no such dataset.")
        return given.again
    base = f"shared-{slugify(given.title)[:60].strip('-') or 'data'}"
    taken = set(
        models.Upload.objects.filter(tenant_id=by.tenant_id, slug__startswith=base).values_list("slug", flat=True)
    )
    taken |= {one.slug for one in catalogue.datasets(queries.program(by))}
    numbered = (base if number == 1 else f"{base}-{number}" for number in range(1, len(taken) + 2))
    return next(slug for slug in numbered if slug not in taken)


def _thing(row: models.Upload) -> Thing:
    return Thing("upload", str(row.id), row.tenant_id, department=department_of(row))


def department_of(row: models.Upload) -> str:
    """Return the department whose stewards look at what residents share; empty: any steward does."""
    return str(_rules(row).get("department", ""))


def _rules(row: models.Upload) -> dict[str, Any]:
    return dict(row.tenant.settings.get("uploads") or {})


def _found(raw: Raw, mapping: Sequence[Mapped]) -> list[dict[str, Any]]:
    """Return what looks like data about people in the columns that are kept."""
    return [
        {"column": finding.column, "kind": finding.kind.value, "times": finding.times}
        for number, one in enumerate(mapping)
        if one.use != "drop"
        for finding in personal.findings(one.source, raw.values(number))
    ]


def describe(*, by: Actor, upload_id: UUID, mapping: Sequence[Mapped]) -> models.Upload:
    """Say what the columns hold; what looks like data about people is looked for anew."""
    with transaction.atomic():
        row = _own(by, upload_id, UploadState.READ)
        raw = _raw(row)
        if problems := tabled.problems_of(mapping, raw):
            raise UnusableUpload(" ".join(problems), problems=problems)
        row.mapping, row.warnings = [asdict(one) for one in mapping], _found(raw, mapping)
        row.save(update_fields=["mapping", "warnings"])
    return row


def _own(by: Actor, upload_id: UUID, *states: UploadState) -> models.Upload:
    """Lock an upload of the actor that is in one of these states."""
    require(by, UPLOAD, Thing("upload", str(upload_id), by.tenant_id))
    row = queries.upload(by, upload_id)
    if by.id != f"person:{row.person_id}":
        raise queries.NoSuchUpload("There is no such upload.")
    row = models.Upload.objects.select_for_update().get(pk=row.pk)  # its state is asked under the lock
    if row.state not in states:
        raise NotWaiting("This file is past that step.")
    return row


def _raw(row: models.Upload) -> Raw:
    return uploaded.read(bytes(row.content or b""), row.file_name)


def mapping_of(row: models.Upload) -> list[Mapped]:
    """Return what the columns of an upload become."""
    return [Mapped(**one) for one in row.mapping]


def made_of(row: models.Upload) -> Made:
    """Return the table that an upload would become."""
    return tabled.make(_raw(row), mapping_of(row))


def hand_in(*, by: Actor, upload_id: UUID, no_people: bool) -> models.Upload:
    """Hand a checked file in: to the steward, or where the city does not look beforehand, to everyone at once.

    `no_people`: its maker says that columns whose names look like it hold nothing about people.
    """
    with transaction.atomic():
        row = _own(by, upload_id, UploadState.READ)
        _check(row, no_people=no_people)
        row.state = UploadState.OFFERED
        row.save(update_fields=["state"])
        record(by, UPLOAD, _thing(row), details={"dataset": row.slug, "handed_in": True})
        if not _rules(row).get("moderation", True):
            _publish(queries.program(by), row)
    return row


def _check(row: models.Upload, *, no_people: bool) -> None:
    kinds = {personal.Kind(one["kind"]) for one in row.warnings}
    if kinds & personal.REFUSED:
        columns = ", ".join(sorted({one["column"] for one in row.warnings if one["kind"] in personal.REFUSED}))
        raise PersonalData(f"These columns hold data about people: {columns}. Leave them out.")
    if kinds and not no_people:
        raise PersonalData("Say that the columns named here hold nothing about people, or leave them out.")
    made = made_of(row)
    if made.quality.score < tabled.LEAST_SCORE or not made.table.num_rows:
        raise TooMuchWrong("More than one row in ten breaks a rule. Mend the file, or change what its columns hold.")


def publish(*, by: Actor, upload_id: UUID) -> models.Upload:
    """Publish what was handed in, as a steward."""
    with transaction.atomic():
        row = _moderated(by, upload_id)
        _publish(by, row)
    return row


def refuse(*, by: Actor, upload_id: UUID, reason: str) -> models.Upload:
    """Refuse what was handed in, with the reason; the file is erased."""
    if not reason.strip():
        raise InvalidInput("Say why: who shared it reads the reason.")
    with transaction.atomic():
        row = _moderated(by, upload_id)
        _close(row, UploadState.REFUSED, reason)
        record(by, MODERATE, _thing(row), details={"dataset": row.slug, "decision": "refused"}, reason=reason)
    return row


def _moderated(by: Actor, upload_id: UUID) -> models.Upload:
    """Lock an upload of somebody else that waits for this steward."""
    found = queries.upload(by, upload_id)
    row = models.Upload.objects.select_for_update().get(pk=found.pk)
    if by.id == f"person:{row.person_id}" or row.state != UploadState.OFFERED:
        raise NotWaiting("This was decided already, or is your own.")
    require_moderator(by, row)
    return row


def require_moderator(by: Actor, row: models.Upload) -> None:
    """Go on for a steward of the department that looks at what residents share, any where none is named."""
    require(by, replace(MODERATE, department_bound=bool(department_of(row))), _thing(row))


def _publish(by: Actor, row: models.Upload) -> None:
    """Make a dataset of it, or a new version, by the program; and erase the file."""
    program, made = queries.program(by), made_of(row)
    source = SourceInfo(_("Shared by a resident"), "", _("A resident"))
    dataset = DatasetIn(
        slug=row.slug,
        theme=row.theme,
        licence_uri=row.licence_uri,
        columns=made.columns,
        department=department_of(row),
        source=source,
        keywords={"nl": ["van inwoners"]},
        title={"nl": row.title},
        description={"nl": row.description},
    )
    catalogue.ensure_dataset(by=program, dataset=dataset)
    path = catalogue.incoming_file()
    pq.write_table(made.table, path, compression="zstd")
    version = catalogue.publish_version(
        by=program, slug=row.slug, parquet=path, columns=made.columns, lineage=Lineage("share"), quality=made.quality
    )
    _close(row, UploadState.PUBLISHED, "")
    models.Upload.objects.filter(pk=row.pk).update(version=version.number)
    record(by, MODERATE, _thing(row), details={"dataset": row.slug, "decision": "published", "version": version.number})


def _close(row: models.Upload, state: UploadState, reason: str) -> None:
    row.state, row.reason, row.content, row.decided_at = state, reason.strip(), None, now()
    row.save(update_fields=["state", "reason", "content", "decided_at"])


def withdraw(*, by: Actor, upload_id: UUID) -> None:
    """Take back what one shared. What was published is archived and its versions are deleted, but for those on which
    something rests; who has it already keeps the licence."""
    reason = _("Who shared this took it back.")  # everyone reads it on the page of the dataset
    with transaction.atomic():
        row = _own(by, upload_id, UploadState.READ, UploadState.OFFERED, UploadState.PUBLISHED)
        if row.state == UploadState.PUBLISHED:
            _take_off(queries.program(by), row.slug, reason)
            same = models.Upload.objects.filter(tenant_id=by.tenant_id, slug=row.slug, person_id=row.person_id)
            same.filter(state=UploadState.PUBLISHED).update(state=UploadState.WITHDRAWN)
        _close(row, UploadState.WITHDRAWN, "")
        record(by, UPLOAD, _thing(row), details={"dataset": row.slug}, reason=reason)


def _take_off(program: Actor, slug: str, reason: str) -> None:
    for version in catalogue.versions(program, slug):
        try:
            catalogue.delete_version(by=program, version_id=version.id, reason=reason)
        except VersionInUse:
            continue
    if catalogue.dataset(program, slug).status == Status.PUBLISHED:
        catalogue.change_status(by=program, slug=slug, change=Change(Status.DEPRECATED, reason))
    if catalogue.dataset(program, slug).status == Status.DEPRECATED:
        catalogue.change_status(by=program, slug=slug, change=Change(Status.ARCHIVED, reason))
