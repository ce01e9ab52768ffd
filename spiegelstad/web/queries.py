"""What the room asks of the database."""

import psycopg
from django.db import connection

TIMEOUT_S = 2


def count_jobs() -> dict[str, int]:
    """Return how many jobs there are in each state."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY status")
        return dict(cursor.fetchall())


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
