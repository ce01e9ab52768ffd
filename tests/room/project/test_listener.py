"""The listener is started when a city has something to listen to, and not before."""

import sys
import time
from pathlib import Path

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from spiegelstad.base import postgres
from spiegelstad.ingest.testing import live_definition, make_source
from spiegelstad.project import keeping, processes

pytestmark = pytest.mark.django_db(transaction=True)


def test_listener_starts_when_there_is_something_to_listen_to(
    tenant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "ASK_EVERY_S", 0.0)
    given = connection.get_connection_params()
    url = make_conninfo(**{key: given[key] for key in ("dbname", "user", "password", "host", "port") if given.get(key)})
    idle = keeping.Program("listener", [sys.executable, "-c", "input()"], needed=processes.LISTENER.needed)
    keeper = keeping.Keeper(idle, {postgres.VARIABLE: url})
    keeper.look()
    assert keeper.child is None
    make_source(tenant, tmp_path / "sources", live_definition())
    keeper.look()
    assert keeper.child is not None
    keeper.ask_to_stop()
    keeper.stop()


def test_database_that_is_away_starts_no_listener() -> None:
    keeper = keeping.Keeper(processes.LISTENER, {postgres.VARIABLE: "postgresql://127.0.0.1:1/nowhere"})
    started_at = time.monotonic()
    keeper.look()
    assert keeper.child is None
    assert time.monotonic() - started_at < 3
