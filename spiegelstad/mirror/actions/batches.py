"""Batches that machines post: good rows are taken, the others kept with their reason: nothing is lost silently."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Unavailable
from spiegelstad.governance.public import Thing, record, require
from spiegelstad.mirror.actions.observations import ImportResult, import_observations
from spiegelstad.mirror.formats.batches import BadRow, Batch
from spiegelstad.mirror.models import RefusedRow
from spiegelstad.mirror.rules.acts import FORGET_REFUSED_ROWS, IMPORT_OBSERVATIONS

MAX_REFUSED_ROWS = 100_000  # of one city
MAX_TEXT = 500


class TooManyRefusedRows(Unavailable):
    """So many refused rows wait for a steward that no more are kept; the sender keeps the batch and tries later."""

    title = "Too many refused rows"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of each row of a batch: imported, or refused and kept with its line and reason."""

    imported: ImportResult
    refused: tuple[BadRow, ...]


def receive_batch(*, by: Actor, batch: Batch) -> Receipt:
    """Take the good rows of a batch and keep the others; both are committed when this returns.

    A batch that is sent again (after a lost answer) changes nothing but the counts of its refused rows.
    Raises TooManyRefusedRows when the others cannot be kept; then the good rows are stored, and can be sent again.
    """
    imported = import_observations(by=by, table=batch.table())
    late = [BadRow(batch.lines[row.row], batch.texts[row.row], row.reason) for row in imported.refused]
    refused = sorted([*batch.bad, *late], key=lambda row: row.line)
    if refused:
        _keep(by, refused)
    return Receipt(imported, tuple(refused))


def keep_refused_rows(*, by: Actor, rows: Sequence[BadRow]) -> None:
    """Keep what a sender gave and could not be taken, with its reason; committed when this returns.

    The same text refused again for the same reason only counts. Raises TooManyRefusedRows.
    """
    require(by, IMPORT_OBSERVATIONS, Thing("refused_rows", "", by.tenant_id))
    if rows:
        _keep(by, list(rows))


def forget_refused_rows(*, by: Actor, older_than_days: int, reason: str) -> int:
    """Delete the refused rows that were last sent longer ago; return how many."""
    thing = Thing("refused_rows", "", by.tenant_id)
    require(by, FORGET_REFUSED_ROWS, thing)
    before = now() - timedelta(days=older_than_days)
    with transaction.atomic():
        deleted, _ = RefusedRow.objects.filter(tenant_id=by.tenant_id, last_at__lt=before).delete()
        if deleted:
            record(by, FORGET_REFUSED_ROWS, thing, details={"deleted": deleted}, reason=reason)
    return deleted


def _keep(by: Actor, refused: list[BadRow]) -> None:
    with transaction.atomic():
        if RefusedRow.objects.filter(tenant_id=by.tenant_id).count() >= MAX_REFUSED_ROWS:
            raise TooManyRefusedRows(
                f"{MAX_REFUSED_ROWS:,} refused rows wait for a steward already.",
                remedy="Send the batch again later; a steward can look at the rows and forget them.",
                retry_after_s=3600,
            )
        params = {"tenant": by.tenant_id, "sender": by.id[:80], "now": now(), "rows": _json(by, refused)}
        with sql.cursor() as cursor:
            cursor.execute(sql.load(Path(__file__).parent, "keep_refused_rows"), params)


def _json(by: Actor, refused: list[BadRow]) -> str:
    rows: dict[str, dict[str, Any]] = {}
    for row in refused:
        text = row.text.strip().replace("\0", "\N{REPLACEMENT CHARACTER}")
        digest = hashlib.sha256(f"{by.id}\n{row.reason}\n{text}".encode()).hexdigest()
        times = rows[digest]["times"] if digest in rows else 0
        kept = {"digest": digest, "text": text[:MAX_TEXT], "reason": row.reason[:300]}
        rows[digest] = {**kept, "times": times + 1}
    return orjson.dumps(list(rows.values())).decode()
