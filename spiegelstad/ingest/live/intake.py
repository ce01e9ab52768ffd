"""What came in for each source of messages, and how its receivers stand: written often, read by stewards."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.ids import new_id
from spiegelstad.ingest.live.receiving import Counts, Receiver

_HERE = Path(__file__).parent  # its parent has the folder sql


@dataclass(frozen=True, slots=True)
class Standing:
    """How a receiver stands: since when it is connected (None: it is not), its last message and its problem."""

    connected_at: datetime | None = None
    last_message_at: datetime | None = None
    problem: str = ""


def note_intake(receiver: Receiver, name: str, counts: Counts, standing: Standing) -> None:
    """Add what was taken in to what the receiver `name` took in before, and say how it stands."""
    params = {
        "id": new_id(),
        "tenant": receiver.by.tenant_id,
        "source": receiver.source_id,
        "receiver": name[:100],
        "now": now(),
        **asdict(counts),
        **asdict(standing),
    }
    with sql.cursor() as cursor:
        cursor.execute(sql.load(_HERE, "count_intake"), params)
