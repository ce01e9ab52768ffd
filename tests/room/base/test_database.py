"""The connections with the database, when it was away."""

import time
from threading import Barrier, Thread

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections

from spiegelstad.base.postgres_place import find_place

IDLE = 6


@pytest.fixture
def idle_connections(transactional_db):
    """A pool in which several connections wait for work, as after a busy moment."""
    together = Barrier(IDLE)

    def work():
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        together.wait(10)
        connection.close()

    threads = [Thread(target=work) for _ in range(IDLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.close()
    assert connections["default"].pool.get_stats()["pool_available"] >= IDLE


def end_all(*, allow_new=True):
    """End every connection with the tests' database, as a restart does."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(find_place(settings.VAR).url_of("postgres", "postgres"), autocommit=True) as other:
        other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allow_new}")
        other.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])


def answers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


def test_connections_that_all_died_are_replaced_at_once(idle_connections):
    end_all()
    start = time.monotonic()
    assert answers()
    assert time.monotonic() - start < 1


@pytest.mark.slow
def test_pool_does_not_stay_away_as_long_as_the_database_was(idle_connections):
    """It tries again ever more seldom, so that after an hour nobody would be answered for minutes more."""
    end_all(allow_new=False)
    try:
        for _ in range(2):
            with pytest.raises(OperationalError):  # after 10 seconds
                answers()
    finally:
        end_all()
    start = time.monotonic()
    assert answers()
    assert time.monotonic() - start < 5
