"""Rows that senders posted and we could not take, for stewards."""

from dataclasses import dataclass
from datetime import datetime

from spiegelstad.accounts.public import Actor
from spiegelstad.governance.public import Thing, require
from spiegelstad.mirror import models
from spiegelstad.mirror.rules.acts import READ_REFUSED_ROWS


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused row: its text as sent (the first 500 characters), the reason, who sent it, how often and when."""

    text: str
    reason: str
    sender: str
    times: int
    first_at: datetime
    last_at: datetime


def refused_rows(actor: Actor, limit: int = 100) -> list[RefusedRow]:
    """Return the refused rows sent last."""
    require(actor, READ_REFUSED_ROWS, Thing("refused_rows", "", actor.tenant_id))
    found = models.RefusedRow.objects.filter(tenant_id=actor.tenant_id).order_by("-last_at", "digest")
    return [RefusedRow(*row) for row in found.values_list(*RefusedRow.__dataclass_fields__)[:limit]]
