"""Kill -9 of a writer in the middle of its COPY: what was acknowledged is there, whole, and nothing of the rest."""

import signal
import subprocess
import time

import pytest

from spiegelstad.accounts.testing import make_tenant
from spiegelstad.base import sql
from spiegelstad.mirror.queries.verifying import series_to_verify, verify_series
from spiegelstad.mirror.testing import make_series
from tests.programs import start_python

ROWS = 150_000
WRITER = f"""
import sys
from datetime import UTC, datetime, timedelta
import django
django.setup()
from spiegelstad.accounts.public import Actor
from spiegelstad.mirror.public import import_observations
from spiegelstad.mirror.testing import make_city_table
start = datetime(2025, 1, 1, tzinfo=UTC)
for batch in range(1000):
    table = make_city_table(["a", "b", "c"], start + timedelta(days=40 * batch), {ROWS} // 3, 60, seed=batch)
    print("writing", flush=True)
    result = import_observations(by=Actor.system("moord", "writer"), table=table)
    assert result.inserted == {ROWS}, result
    print("acknowledged", flush=True)
"""


def stored() -> int:
    return int(sql.rows("SELECT count(*) FROM mirror_observation")[0][0])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("share", [0.3, 0.7])
def test_kill_of_a_writer_loses_nothing_acknowledged(share: float) -> None:
    make_tenant("moord")
    make_series("moord", "a", "b", "c")
    process = start_python("-c", WRITER, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "writing\n"
    began = time.monotonic()
    assert process.stdout.readline() == "acknowledged\n"
    took_s = time.monotonic() - began
    assert process.stdout.readline() == "writing\n"
    time.sleep(took_s * share)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    acknowledged = 1 + process.stdout.read().count("acknowledged")
    process.stdout.close()
    _wait_until_its_session_ended()
    assert stored() % ROWS == 0
    assert acknowledged * ROWS <= stored() <= (acknowledged + 1) * ROWS
    assert [difference for row in series_to_verify("moord") for difference in verify_series(row)] == []


def _wait_until_its_session_ended() -> None:
    for _ in range(200):
        others = sql.rows(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
        )
        if others == [(0,)]:
            return
        time.sleep(0.05)
    raise AssertionError("the session of the killed writer still has its transaction open")
