"""What the register tells everyone of every dataset but drafts: that it exists, whose it is, and why it is closed.

Nothing of what a dataset holds is here: no columns, no rows or how many, no description, which may tell of them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Q, Value, When
from django.db.models.fields import BooleanField

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base.localised import Localised
from spiegelstad.catalogue import models
from spiegelstad.catalogue.queries import NoSuchDataset, readable
from spiegelstad.catalogue.rules import Contact
from spiegelstad.catalogue.vocabulary import Status

_FIELDS = (
    "id", "slug", "title", "theme", "department", "classification", "classification_reason", "review_on", "legal_basis",
    "processing_key", "retention_days", "is_authoritative", "frequency", "licence_uri", "status", "status_reason",
    "replaced_by", "legal_hold", "planned_status", "planned_reason", "planned_on", "contact", "source", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Registered:
    """A dataset as it stands in the register. `derived`: made from other versions instead of read from a source;
    `is_frozen`: made by the program, so that figures stay verifiable.

    `is_readable`: whether the actor who asked may read it; `renewed_at` is None for who may not. `publisher`: who
    publishes what it comes from; `elsewhere`: the data itself is kept by them.
    """

    id: UUID
    slug: str
    title: Localised
    theme: str
    department: str
    classification: str
    classification_reason: str
    review_on: date | None
    legal_basis: str
    processing: str
    retention_days: int | None
    is_authoritative: bool
    frequency: str
    licence_uri: str
    status: str
    status_reason: str
    replaced_by: str
    legal_hold: str
    planned_status: str
    planned_reason: str
    planned_on: date | None
    contact: Contact
    publisher: str
    created_at: datetime
    derived: bool
    is_frozen: bool
    elsewhere: bool
    is_readable: bool
    renewed_at: datetime | None


def registered(actor: Actor, *, slug: str = "") -> list[Registered]:
    """Return every dataset of the actor's city, by slug, or the one with this slug. 1 query.

    Drafts are told of to those who answer for them, and to nobody else.
    """
    mine = Case(When(readable(actor), then=Value(True)), default=Value(False), output_field=BooleanField())
    rows = models.Dataset.objects.filter(tenant_id=actor.tenant_id).order_by("slug")
    if not actor.is_system and Role.ADMINISTRATOR not in actor.roles:
        own = sorted(actor.departments) if Role.STEWARD in actor.roles else []
        rows = rows.exclude(~Q(department__in=own), status=Status.DRAFT)
    if slug:
        rows = rows.filter(slug=slug)
    found = rows.annotate(mine=mine).values(
        *_FIELDS, "mine", "uri", "current__published_at", "current__lineage__inputs", "current__lineage__activity"
    )  # fmt: skip
    return [_record(row) for row in found]


def registered_dataset(actor: Actor, slug: str) -> Registered:
    """Return one dataset of the register, or raise `NoSuchDataset`. 1 query."""
    found = registered(actor, slug=slug) if slug else []
    if not found:
        raise NoSuchDataset(f"There is no dataset {slug!r}.")
    return found[0]


def _record(row: dict[str, Any]) -> Registered:
    plain = {name: row[name] for name in _FIELDS if name not in {"contact", "source", "processing_key"}}
    return Registered(
        **plain,
        processing=row["processing_key"],
        contact=Contact(**row["contact"]),
        publisher=row["source"].get("publisher", ""),
        derived=bool(row["current__lineage__inputs"]),
        is_frozen=row["current__lineage__activity"] == "freeze",
        elsewhere=bool(row["uri"]),
        is_readable=bool(row["mine"]),
        renewed_at=row["current__published_at"] if row["mine"] else None,
    )
