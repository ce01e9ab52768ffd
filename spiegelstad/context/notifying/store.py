"""The queue as the deliveries see it: asynchronous, on connections of its own.

What it writes may be lost when the database is killed within moments (`synchronous_commit = off`), and is then
delivered once more: at least once is what is promised, and no flush to disk is waited for after each delivery.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.context.notifying.parcels import Receiver, Waiting, receiver_of
from spiegelstad.context.rules.subscriptions import status_of

CONNECTIONS = 4
PIECE = 100
_HERE = Path(__file__).parent
_LANE, _WAITING, _DUE, _DELIVERED, _FAILED, _DROP = (
    sql.load(_HERE, name) for name in ("lane", "waiting", "lanes_due", "delivered", "failed", "drop_waiting")
)


@dataclass(frozen=True, slots=True)
class LaneState:
    """A subscription with what waits for its receiver; `receiver` None: it is not told anything now."""

    receiver: Receiver | None
    waiting: Sequence[Waiting]
    failures: int
    retry_at: datetime | None
    last_at: datetime | None


class Store:
    """Reads and writes the queue."""

    def __init__(self) -> None:
        parameters = connection.get_connection_params()
        for ours in ("cursor_factory", "context"):
            parameters.pop(ours, None)
        self._pool: AsyncConnectionPool[AsyncConnection[dict[str, Any]]] = AsyncConnectionPool(
            kwargs={**parameters, "autocommit": True, "row_factory": dict_row, "prepare_threshold": 3},
            min_size=1,
            max_size=CONNECTIONS,
            configure=_configure,
            reconnect_timeout=10,  # as for requests: it would stay away as long again as the database was
            reconnect_failed=AsyncConnectionPool.check,
            open=False,
        )

    async def __aenter__(self) -> Store:
        await self._pool.open(wait=True, timeout=10)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close(timeout=1)

    async def _run(self, statement: str, params: dict[str, Any], *, fetch: bool = False) -> list[dict[str, Any]]:
        async with self._pool.connection() as raw:
            cursor = await raw.execute(statement, params)
            return await cursor.fetchall() if fetch else []

    async def due(self) -> list[int]:
        """Return the subscriptions that have something waiting that may be tried now."""
        return [row["id"] for row in await self._run(_DUE, {"now": now()}, fetch=True)]

    async def lane(self, pk: int) -> LaneState:
        """Return a subscription with the oldest of what waits."""
        rows = await self._run(_LANE, {"id": pk}, fetch=True)
        if not rows:
            return LaneState(None, [], 0, None, None)
        row = rows[0]
        status = status_of(is_active=row["is_active"], expires_at=row["expires_at"], now=now())
        found = await self._run(_WAITING, {"id": pk, "limit": PIECE}, fetch=True)
        return LaneState(
            receiver_of(row) if status == "active" else None,
            [Waiting(**one) for one in found],
            row["failures"],
            row["retry_at"],
            row["last_notification_at"],
        )

    async def delivered(self, pk: int, rows: Sequence[Waiting]) -> None:
        """Take what was delivered out of the queue and count it."""
        await self._run(_DELIVERED, {"id": pk, "ids": [row.id for row in rows], "at": now()})

    async def failed(
        self,
        pk: int,
        rows: Sequence[Waiting],
        *,
        error: str,
        retry_at: datetime | None,
        is_dead: bool,
        given_up_before: datetime | None = None,
    ) -> None:
        """Note that a delivery failed, and whether it is given up, with all that was made before a time."""
        params = {
            "id": pk,
            "ids": [row.id for row in rows],
            "at": now(),
            "error": error,
            "retry_at": retry_at,
            "is_dead": is_dead,
            "given_up_before": given_up_before,
        }
        await self._run(_FAILED, params)

    async def drop(self, pk: int) -> None:
        """Forget what waits for a subscription that is paused or over."""
        await self._run(_DROP, {"id": pk})


async def _configure(raw: AsyncConnection[Any]) -> None:
    await raw.execute("SET synchronous_commit = off")
