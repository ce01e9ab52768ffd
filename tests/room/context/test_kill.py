"""Kill -9 of a writer of entities: what was acknowledged is there with its event, whole, and nothing of the rest."""

import signal
import subprocess
import time

import pytest

from spiegelstad.accounts.testing import make_tenant
from spiegelstad.base import sql
from tests.programs import start_python

SIZE = 1_000
WRITER = f"""
import django
django.setup()
from spiegelstad.accounts.public import Actor
from spiegelstad.context.actions.batches import batch_upsert
from spiegelstad.context.testing import make_document
by = Actor.system("moord", "writer")
for round_ in range(1000):
    first = round_ // 2 * {SIZE}  # every second batch changes what the one before made
    documents = [make_document({{"id": f"urn:x:{{first + n}}", "round": round_, "speed": n}}) for n in range({SIZE})]
    print("writing", flush=True)
    result = batch_upsert(by=by, documents=documents)
    assert len(result.success) == {SIZE}, result
    print("acknowledged", flush=True)
"""


def stored() -> list[tuple[int, int]]:
    """Return (round, number of entities of it), as the rows have it."""
    round_ = "https://uri.etsi.org/ngsi-ld/default-context/round"
    found = sql.rows(
        f"SELECT (attributes -> '{round_}' -> '' ->> 'value')::int, count(*) FROM context_entity GROUP BY 1 ORDER BY 1"
    )
    return [(int(number), count) for number, count in found]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("share", [0.3, 0.8])
def test_kill_of_a_writer_loses_nothing_acknowledged(share: float) -> None:
    make_tenant("moord")
    process = start_python("-c", WRITER, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    took_s = 0.0
    for _ in range(3):
        assert process.stdout.readline() == "writing\n"
        began = time.monotonic()
        assert process.stdout.readline() == "acknowledged\n"
        took_s = time.monotonic() - began
    assert process.stdout.readline() == "writing\n"
    time.sleep(took_s * share)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    acknowledged = 3 + process.stdout.read().count("acknowledged")
    process.stdout.close()
    _wait_until_its_session_ended()
    whole = sql.rows("SELECT count(*) FROM context_contextevent")[0][0]
    assert whole % SIZE == 0 and acknowledged * SIZE <= whole <= (acknowledged + 1) * SIZE
    done = whole // SIZE
    expected = [(round_, SIZE) for round_ in range(done) if round_ % 2 or round_ == done - 1]
    assert stored() == expected


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
