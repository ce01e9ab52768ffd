"""What the register tells everyone of every dataset but drafts: that it exists, whose it is, and why it is closed.

Nothing of what a dataset holds is here: no columns, no rows or how many, no description, which may tell of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, F, Func, Min, Q, QuerySet, TextField, Value, When
from django.db.models.fields import BooleanField
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce, NullIf

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
_TOLD = {
    "title": "title_read", "contact": "contact__name", "email": "contact__email", "publisher": "source__publisher",
    "reason": "classification_reason", "basis": "legal_basis", "frequency": "frequency", "licence": "licence_uri",
}  # fmt: skip
"""Texts that are told or not."""
_NOTHING = Value("", TextField())


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


@dataclass(frozen=True, slots=True)
class Which:
    """Which datasets of the register; by default all. `text` stands in the title as it is read in `language`."""

    slugs: Collection[str] | None = None
    text: str = ""
    language: str = "nl"
    department: str = ""
    is_open: bool | None = None
    has_processing: bool = False


EVERY = Which()


def registered(actor: Actor, which: Which = EVERY, *, start: int = 0, stop: int | None = None) -> list[Registered]:
    """Return datasets of the actor's city by slug, those from `start` to `stop`. 1 query.

    Drafts are told of to those who answer for them, and to nobody else.
    """
    mine = Case(When(readable(actor), then=Value(True)), default=Value(False), output_field=BooleanField())
    found = _rows(actor, which).order_by("slug").annotate(mine=mine).values(
        *_FIELDS, "mine", "uri", "current__published_at", "current__lineage__inputs", "current__lineage__activity"
    )[start:stop]  # fmt: skip
    return [_record(row) for row in found]


def count_registered(actor: Actor, which: Which = EVERY) -> int:
    """Return how many datasets these are. 1 query."""
    return _rows(actor, which).count()


def registered_slugs(actor: Actor, slugs: Collection[str]) -> set[str]:
    """Return those of these names that stand in the register. 1 query."""
    return set(_rows(actor, Which(slugs=slugs)).values_list("slug", flat=True))


def registered_alike(actor: Actor) -> list[tuple[Registered, int]]:
    """Return the register by what is told: one dataset for all that tell the same fields, and how many they are.

    Alike are datasets with the same owner, access and processing that have the same fields filled in. 2 queries.
    """
    told = {
        **{f"has_{name}": Q(**{f"{field}__gt": ""}) for name, field in _TOLD.items()},
        "has_retention": Q(retention_days__gt=0),
        "has_review": Q(review_on__isnull=False),
        "is_frozen": Q(current__lineage__activity="freeze"),
    }
    flags = {name: Case(When(one, then=True), default=False, output_field=BooleanField()) for name, one in told.items()}
    groups = (
        _rows(actor, EVERY)
        .annotate(title_read=_title("nl"), **flags)
        .values("department", "classification", "processing_key", *flags)
    )
    counts = dict(groups.annotate(example=Min("slug"), times=Count("pk")).values_list("example", "times"))
    return [(one, counts[one.slug]) for one in registered(actor, Which(slugs=counts))]


def registered_dataset(actor: Actor, slug: str) -> Registered:
    """Return one dataset of the register, or raise `NoSuchDataset`. 1 query."""
    found = registered(actor, Which(slugs=[slug]))
    if not found:
        raise NoSuchDataset(f"There is no dataset {slug!r}.")
    return found[0]


def _rows(actor: Actor, which: Which) -> QuerySet[models.Dataset]:
    rows = models.Dataset.objects.filter(tenant_id=actor.tenant_id)
    if not actor.is_system and Role.ADMINISTRATOR not in actor.roles:
        own = sorted(actor.departments) if Role.STEWARD in actor.roles else []
        rows = rows.exclude(~Q(department__in=own), status=Status.DRAFT)
    if which.slugs is not None:
        rows = rows.filter(slug__in=which.slugs)
    if which.text:
        rows = rows.annotate(title_read=_title(which.language)).filter(title_read__icontains=which.text)
    if which.department:
        rows = rows.filter(department=which.department)
    if which.is_open is not None:
        rows = rows.filter(classification="public") if which.is_open else rows.exclude(classification="public")
    return rows.exclude(processing_key="") if which.has_processing else rows


def _title(language: str) -> Coalesce:
    """Return the title as `in_language` chooses it, for the database."""
    first = """jsonb_path_query_first(%(expressions)s, '$.* ? (@ != "")') #>> '{}'"""
    whatever = Func(F("title"), template=first, output_field=TextField())
    texts = [NullIf(KT(f"title__{one}"), _NOTHING) for one in (language, "nl", "en")]
    return Coalesce(*texts, whatever, _NOTHING)


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
