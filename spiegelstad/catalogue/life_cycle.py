"""The life of a dataset: changes of status, announced or at once, legal holds, and destruction."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import ClassVar

from django.db import transaction
from django.utils.translation import gettext as _

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base import events
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.catalogue import models, queries
from spiegelstad.catalogue.actions import (
    ReasonNeeded,
    VersionInUse,
    dataset_row,
    delete_row,
    remove_unused_file,
    require_no_hold,
    thing_of,
)
from spiegelstad.catalogue.rules import Change, Standing, problems_of_change
from spiegelstad.catalogue.vocabulary import Status
from spiegelstad.governance.public import Act, Classification, may, record, require

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
CHANGE_STATUS = Act("catalogue.change_status", roles=_STEWARDS)
SET_HOLD = Act("catalogue.set_hold", roles=_STEWARDS)
LIFT_HOLD = Act(
    "catalogue.lift_hold", roles=frozenset({Role.ADMINISTRATOR})
)  # who wants to destroy cannot clear the way


class WrongChange(Conflict):
    """The dataset cannot change so; `problems` says why."""

    title = "The dataset cannot change so"


class WrongDay(InvalidInput):
    """A change is announced for a later day."""

    title = "Choose a later day"


@dataclass(frozen=True, kw_only=True)
class StatusChanged(events.Event):
    """A dataset came to another stage of its life."""

    type: ClassVar[str] = "catalogue.status_changed"
    slug: str
    before: str
    status: str


@dataclass(frozen=True, kw_only=True)
class ChangeAnnounced(events.Event):
    """Users of a dataset must know that it will change; `on` is a day as 2027-01-31."""

    type: ClassVar[str] = "catalogue.change_announced"
    slug: str
    status: str
    on: str


@dataclass(frozen=True, kw_only=True)
class ChangeRefused(events.Event):
    """What was announced for a day could not be done on it; `problems` says why. Recorded once."""

    type: ClassVar[str] = "catalogue.change_refused"
    slug: str
    status: str
    on: str
    problems: list[str]


def change_status(*, by: Actor, slug: str, change: Change) -> None:
    """Bring a dataset to another stage of its life, with the reason that everyone reads.

    For a steward of its department. Destroying takes all its versions away for good, the description stays; what is
    open must have been announced 30 days before, and what was announced stays until its day. Raises `WrongChange` with
    everything that is in the way, also when figures or other versions rest on what would be destroyed: they must be
    deleted first.
    """
    _may_know(by, slug)
    with transaction.atomic():
        owner = _locked(by, slug)
        require(by, CHANGE_STATUS, thing_of(owner))
        _refuse(by, owner, change, told=_told(owner, change), promised_on=_promised_on(owner))
        gone = _destroy_versions(owner) if change.status is Status.DESTROYED else []
        before = owner.status
        owner.status, owner.status_reason, owner.replaced_by = change.status, change.reason.strip(), change.replaced_by
        _forget_plan(owner)
        owner.save()
        events.record(StatusChanged(tenant_id=by.tenant_id, slug=slug, before=before, status=change.status))
        details: dict[str, object] = {"before": before, "status": change.status, "replaced_by": change.replaced_by}
        details |= {"versions_destroyed": len(gone)} if gone else {}
        record(by, CHANGE_STATUS, thing_of(owner), details=details, reason=change.reason)
        for content_hash in gone:
            transaction.on_commit(partial(remove_unused_file, content_hash))


def announce_change(*, by: Actor, slug: str, change: Change, on: date) -> None:
    """Tell the users of a dataset that it changes on a later day; then the program does it by itself.

    A new announcement takes the place of the one before. `WrongDay` when the day has come, or is too soon for them.
    """
    _may_know(by, slug)
    with transaction.atomic():
        owner = _locked(by, slug)
        require(by, CHANGE_STATUS, thing_of(owner))
        today = now().astimezone(BRUSSELS).date()
        if on <= today:
            raise WrongDay("The day of an announced change is after today.")
        _refuse(by, owner, change, told=on - today)
        owner.planned_status, owner.planned_reason = change.status, change.reason.strip()
        owner.planned_on, owner.planned_at, owner.replaced_by = on, now(), change.replaced_by
        owner.planned_refused_at = None
        owner.save()
        event = ChangeAnnounced(tenant_id=by.tenant_id, slug=slug, status=change.status, on=on.isoformat())
        events.record(event)
        details = {"announced": change.status, "on": on, "replaced_by": change.replaced_by}
        record(by, CHANGE_STATUS, thing_of(owner), details=details, reason=change.reason)


def withdraw_announcement(*, by: Actor, slug: str, reason: str) -> None:
    """Take back what was announced; nothing happens when nothing was."""
    _may_know(by, slug)
    with transaction.atomic():
        owner = _locked(by, slug)
        require(by, CHANGE_STATUS, thing_of(owner))
        _require_reason(reason)
        if not owner.planned_status:
            return
        details = {"withdrawn": owner.planned_status}
        _forget_plan(owner)
        owner.save()
        record(by, CHANGE_STATUS, thing_of(owner), details=details, reason=reason)


def set_hold(*, by: Actor, slug: str, reason: str) -> None:
    """Forbid that anything of a dataset is deleted, by whomever or whatever, until the hold is lifted."""
    _hold(by, slug, SET_HOLD, reason, held=True)


def lift_hold(*, by: Actor, slug: str, reason: str) -> None:
    """Let things of a dataset be deleted again; for an administrator."""
    _hold(by, slug, LIFT_HOLD, reason, held=False)


def _hold(by: Actor, slug: str, act: Act, reason: str, *, held: bool) -> None:
    _may_know(by, slug)
    with transaction.atomic():
        owner = _locked(by, slug)
        require(by, act, thing_of(owner))
        _require_reason(reason)
        owner.legal_hold = reason.strip() if held else ""
        owner.save(update_fields=["legal_hold", "changed_at"])
        record(by, act, thing_of(owner), reason=reason)


def carry_out_changes(*, by: Actor) -> list[str]:
    """Do what was announced for today or before; for the program. Returns the slugs of what changed.

    What cannot be done now (a hold, a figure that rests on it) stays announced and is tried the next day: the first
    time its stewards are told.
    """
    today, done = now().astimezone(BRUSSELS).date(), []
    due = models.Dataset.objects.filter(tenant_id=by.tenant_id, planned_on__lte=today).order_by("slug")
    for row in due:
        change = Change(Status(row.planned_status), row.planned_reason, row.replaced_by)
        try:
            change_status(by=by, slug=row.slug, change=change)
            done.append(row.slug)
        except WrongChange as refused:
            _note_refusal(by, row, refused)
    return done


def _note_refusal(by: Actor, row: models.Dataset, refused: WrongChange) -> None:
    """Let its stewards know that it could not be done, once for what was announced."""
    with transaction.atomic():
        first = models.Dataset.objects.filter(pk=row.pk, planned_at=row.planned_at, planned_refused_at=None)
        if first.update(planned_refused_at=now()):
            on, problems = row.planned_on.isoformat() if row.planned_on else "", list(refused.extra["problems"])
            event = ChangeRefused(
                tenant_id=by.tenant_id, slug=row.slug, status=row.planned_status, on=on, problems=problems
            )
            events.record(event)


def _forget_plan(owner: models.Dataset) -> None:
    owner.planned_status, owner.planned_reason = "", ""
    owner.planned_on = owner.planned_at = owner.planned_refused_at = None


def _locked(by: Actor, slug: str) -> models.Dataset:
    return models.Dataset.objects.select_for_update().get(pk=dataset_row(by, slug).pk)


def _may_know(by: Actor, slug: str) -> None:
    """A draft exists for its stewards only; that all else exists stands in the register."""
    row = dataset_row(by, slug)
    if row.status == Status.DRAFT and not may(by, CHANGE_STATUS, thing_of(row)).allowed:
        raise queries.NoSuchDataset(f"There is no dataset {slug!r}.")


def _told(owner: models.Dataset, change: Change) -> timedelta | None:
    """Return for how long users have known that this would happen."""
    if owner.planned_status != change.status or owner.planned_at is None:
        return None
    return now().astimezone(BRUSSELS).date() - owner.planned_at.astimezone(BRUSSELS).date()


def _promised_on(owner: models.Dataset) -> date | None:
    """Return the day on which it is destroyed, as its users were told, while that is still to come."""
    on = owner.planned_on if owner.planned_status == Status.DESTROYED else None
    return on if on and on > now().astimezone(BRUSSELS).date() else None


def _refuse(
    by: Actor, owner: models.Dataset, change: Change, *, told: timedelta | None, promised_on: date | None = None
) -> None:
    is_open = owner.classification == Classification.PUBLIC
    standing = Standing(owner.slug, Status(owner.status), is_open, owner.legal_hold, promised_on)
    found = problems_of_change(standing, change, told)
    living = models.Dataset.objects.filter(tenant_id=by.tenant_id, slug=change.replaced_by, status=Status.PUBLISHED)
    if change.replaced_by and not living.exists():
        found.append(_("There is no published dataset “{name}” to take its place.").format(name=change.replaced_by))
    if found:
        raise WrongChange(" ".join(found), problems=found)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded("This needs a reason.")


def _destroy_versions(owner: models.Dataset) -> list[str]:
    """Delete every version of a dataset; return the names of the files that can go once that is committed."""
    require_no_hold(owner)
    owner.current = None
    owner.save(update_fields=["current", "changed_at"])
    gone = []
    for row in owner.versions.order_by("-number"):
        try:
            delete_row(row, owner.slug)
        except VersionInUse as error:
            raise WrongChange(str(error), problems=[str(error)]) from None
        gone.append(row.content_hash)
    return gone
