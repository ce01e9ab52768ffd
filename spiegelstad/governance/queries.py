"""Reads of governance: the policy as a filter, and the proof of the audit log."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from spiegelstad.accounts.public import STAFF, Actor, ActorKind, Role
from spiegelstad.governance.audit import GENESIS, BrokenLink, broken_links
from spiegelstad.governance.models import AuditEntry, AuditHead
from spiegelstad.governance.vocabulary import Classification


def visible(actor: Actor, prefix: str = "") -> Q:
    """Return the filter of what `actor` may read, for models with `tenant`, `classification` and `department`.

    `prefix`: the path to those fields, for example `dataset__`. Agrees with `rules.readable` (tested).
    """
    own = Q(**{f"{prefix}tenant_id": actor.tenant_id})
    if actor.is_system:
        return own
    open_to = [Classification.PUBLIC]
    if actor.roles & STAFF or "data:read" in actor.scopes:
        open_to.append(Classification.INTERNAL)
    if Role.ADMINISTRATOR in actor.roles:
        open_to.append(Classification.CONFIDENTIAL)
    readable = Q(**{f"{prefix}classification__in": open_to})
    if Role.STEWARD in actor.roles and actor.departments:
        readable |= Q(
            **{
                f"{prefix}classification": Classification.CONFIDENTIAL,
                f"{prefix}department__in": sorted(actor.departments),
            }
        )
    return own & readable


_FIELDS = (
    "tenant_id", "sequence", "at", "actor_kind", "actor_id", "act", "thing_kind", "thing_id", "reason", "details",
)  # fmt: skip


def _entries(tenant_id: str, last: int) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    rows = AuditEntry.objects.filter(tenant_id=tenant_id, sequence__lte=last).order_by("sequence")
    for row in rows.values(*_FIELDS, "previous_hash", "hash").iterator(chunk_size=5_000):
        previous_hash, hash_ = row.pop("previous_hash"), row.pop("hash")
        yield row["sequence"], previous_hash, hash_, {**row, "at": row["at"].isoformat()}


def audit_head(tenant_id: str) -> tuple[int, str]:
    """Return (number of rows, hash of the last): write it down elsewhere, and nobody can shorten the log unseen."""
    head = AuditHead.objects.filter(tenant_id=tenant_id).first()
    return (head.sequence, head.hash) if head else (0, GENESIS)


def verify_audit(tenant_id: str, must_contain: str = "") -> list[BrokenLink]:
    """Prove the whole log of a city; an empty list means that it holds.

    `must_contain`: the hash of a row noted elsewhere earlier. Without it, someone who owns the table could cut the end
    off and move the head back unseen.
    """
    head = audit_head(tenant_id)  # what is done meanwhile comes after it
    problems = broken_links(_entries(tenant_id, head[0]), head)
    last = AuditEntry.objects.filter(tenant_id=tenant_id).aggregate(last=Max("sequence"))["last"] or 0
    if last > audit_head(tenant_id)[0]:
        problems.append(BrokenLink(head[0], "the head of the chain was changed"))
    if must_contain and not AuditEntry.objects.filter(tenant_id=tenant_id, hash=must_contain).exists():
        problems.append(BrokenLink(0, "the noted head is not in the log: its end was cut off or it was rewritten"))
    return problems


@dataclass(frozen=True, slots=True)
class ActAboutMe:
    """Something that was done with a person as its subject. `by`: oneself, somebody of the city, a program or a key.

    Who of the city it was stays out: whoever asks learns what happened and why, and the city can tell more.
    """

    at: datetime
    act: str
    by: str
    reason: str


def acts_about_me(actor: Actor, *, start: int = 0, stop: int | None = None) -> list[ActAboutMe]:
    """Return what the audit log of this city holds about the person who asks, newest first; nobody asks for another.

    All of it, unless a page asks for the part from `start` to `stop`.
    """
    if actor.kind is not ActorKind.PERSON:
        return []
    person = actor.id.removeprefix("person:")
    rows = AuditEntry.objects.filter(tenant_id=actor.tenant_id, thing_kind="person", thing_id=person)
    found = rows.order_by("-sequence").values_list("at", "act", "actor_kind", "actor_id", "reason")[start:stop]
    return [ActAboutMe(at, act, "self" if id_ == actor.id else kind, why) for at, act, kind, id_, why in found]
