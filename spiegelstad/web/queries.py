"""What the room asks of the database."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import psycopg
from django.db import connection

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base import sql
from spiegelstad.governance.public import Thing, require
from spiegelstad.web.vocabulary import JOBS, SEE_JOBS

TIMEOUT_S = 2
PAGE = 25


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that was tried as often as it should be. ``event_type``: what it reacts to, if it is a reaction."""

    id: int
    task_name: str
    arguments: dict[str, Any]
    attempts: int
    error: str
    detail: str
    failed_at: datetime | None
    event_type: str

    @property
    def label(self) -> str:
        """What it does, for people."""
        return str(JOBS.get(self.task_name, self.task_name))


def failed_jobs(actor: Actor, *, page: int = 1) -> tuple[list[FailedJob], int]:
    """Return a page of the failed jobs of the actor's city, the latest first, and how many there are in all.

    An administrator sees those that belong to no city too.
    """
    require(actor, SEE_JOBS, Thing("jobs", "", actor.tenant_id))
    found = _failed(actor, limit=PAGE, offset=(page - 1) * PAGE)
    return [_failed_job(row) for row in found], found[0]["of_all"] if found else 0


def failed_job(actor: Actor, job_id: int) -> FailedJob | None:
    """Return one failed job if the actor may see it."""
    found = _failed(actor, job_id=job_id)
    return _failed_job(found[0]) if found else None


def _failed(actor: Actor, *, job_id: int | None = None, limit: int = 1, offset: int = 0) -> list[dict[str, Any]]:
    parameters = {
        "tenant_id": actor.tenant_id,
        "all": actor.is_system or Role.ADMINISTRATOR in actor.roles,
        "job_id": job_id,
        "limit": limit,
        "offset": offset,
    }
    return sql.dicts(sql.load(__file__, "failed_jobs"), parameters)


def _failed_job(row: dict[str, Any]) -> FailedJob:
    return FailedJob(
        id=row["id"],
        task_name=row["task_name"],
        arguments=orjson.loads(row["args"]),
        attempts=row["attempts"],
        error=row["error"] or "",
        detail=row["detail"] or "",
        failed_at=row["failed_at"],
        event_type=row["event_type"] or "",
    )


def count_jobs() -> dict[str, int]:
    """Return how many jobs there are in each state."""
    return dict(sql.rows(sql.load(__file__, "count_jobs")))


def readiness_problems() -> list[str]:
    """Return why requests cannot be served now; nothing when they can.

    Asked over a connection of its own: the pool may be waiting for a database that is away, and this must answer.
    """
    parameters = connection.get_connection_params()
    for ours in ("cursor_factory", "context"):
        parameters.pop(ours, None)
    try:
        with psycopg.connect(**parameters | {"connect_timeout": TIMEOUT_S}) as fresh:
            row = fresh.execute("SELECT to_regclass('django_migrations'), to_regclass('procrastinate_jobs')").fetchone()
    except psycopg.OperationalError:
        return ["The database does not answer."]
    return [] if row is not None and None not in row else ["The tables are not there yet."]
