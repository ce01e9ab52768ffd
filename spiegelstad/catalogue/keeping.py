"""Keeping house: retention, files without a row, and the proof that every version's file is whole."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import Lead

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.catalogue import models, store
from spiegelstad.catalogue.actions import VersionInUse, delete_version, remove_unused_file
from spiegelstad.catalogue.rules import is_past_retention

_ABANDONED_S = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class Retained:
    """What retention did: versions deleted, and those that are past their time but in use."""

    deleted: tuple[UUID, ...]
    in_use: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Damage:
    """A version whose file is `missing` or `changed` (its content no longer has the hash in its name)."""

    tenant_id: str
    slug: str
    number: int
    content_hash: str
    what: str


def apply_retention(*, by: Actor, at: datetime | None = None) -> Retained:
    """Delete old versions that are past their dataset's retention, the oldest first; each deletion is audited.

    The current version of a dataset always stays, and so does what a figure rests on, and all of a dataset under a
    legal hold.
    """
    deleted, in_use = [], []
    for version_id, days in _past_retention(by.tenant_id, at or now()):
        try:
            delete_version(by=by, version_id=version_id, reason=f"retention of {days} days")
            deleted.append(version_id)
        except VersionInUse:
            in_use.append(version_id)
    return Retained(tuple(deleted), tuple(in_use))


def _past_retention(tenant_id: str, at: datetime) -> list[tuple[UUID, int | None]]:
    superseded_at = Window(Lead("published_at"), partition_by=F("dataset"), order_by=F("number").asc())
    rows = (
        models.Version.objects.filter(
            tenant_id=tenant_id, dataset__retention_days__isnull=False, dataset__legal_hold=""
        )
        .annotate(superseded_at=superseded_at)
        .order_by("dataset", "number")
        .values_list("id", "superseded_at", "dataset__retention_days")
    )
    return [(id_, days) for id_, moment, days in rows if is_past_retention(moment, days, at)]


def sweep(older_than_s: float = _ABANDONED_S) -> int:
    """Remove what crashes left behind: unfinished files and files that no version names. Returns how many."""
    removed = 0
    for path in store.abandoned(older_than_s):
        path.unlink(missing_ok=True)
        removed += 1
    named = set(models.Version.objects.values_list("content_hash", flat=True))
    for content_hash in store.hashes():
        if content_hash not in named and store.age_s(store.path_of(content_hash)) > older_than_s:
            removed += remove_unused_file(content_hash)
    return removed


def stored_versions(tenant_id: str | None = None) -> list[models.Version]:
    """Return all versions, of one city or of every one, in order."""
    rows = models.Version.objects.select_related("dataset").order_by("tenant", "dataset__slug", "number")
    return list(rows if tenant_id is None else rows.filter(tenant_id=tenant_id))


def damage_of(row: models.Version) -> Damage | None:
    """Read a version's file and compare with its name; None when it is whole."""
    path = store.path_of(row.content_hash)
    if not path.exists():
        what = "missing"
    elif store.hash_of(path) != row.content_hash:
        what = "changed"
    else:
        return None
    return Damage(row.tenant_id, row.dataset.slug, row.number, row.content_hash, what)
