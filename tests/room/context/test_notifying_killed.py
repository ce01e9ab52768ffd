"""Kill -9 of the writer, the notifier and the database: every change that was acknowledged is told."""

import os
import signal
import subprocess
import time
from contextlib import suppress

import pytest
from django.db import connection

from spiegelstad.base import sql
from spiegelstad.context.models import Notification
from spiegelstad.context.queries.event_log import replay
from tests.programs import start_python

pytestmark = pytest.mark.django_db(transaction=True)

WRITER = """
import django
django.setup()
from spiegelstad.context.testing import make_entity
from spiegelstad.context.actions.entities import append_attributes
from spiegelstad.context.testing import make_document
from spiegelstad.accounts.public import Actor
by = Actor.system("teststad", "writer")
number = 0
while True:
    number += 1
    make_entity("teststad", id=f"urn:x:{number}", type="Car", speed=0)
    append_attributes(by=by, entity_id=f"urn:x:{number}", fragment=make_document({"type": "Car", "speed": number}))
    print(number, flush=True)
"""


def child(*arguments, **more):
    """Run Python on the tests' database, which has synchronous_commit off by itself."""
    settings = {"SPIEGELSTAD_ALLOW_HOSTS": "127.0.0.1", "PGOPTIONS": "-c synchronous_commit=on"}
    return start_python(*arguments, env=settings, **more)


@pytest.fixture
def ended():
    """Give a list of processes that are ended with the test."""
    processes = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def notifier():
    return child("-m", "spiegelstad.project.notifier")


def told_in_order(received):
    """Return the last speed told of each entity, once it is sure that none was told before an earlier one."""
    first = {}
    for one in received:
        for entity in one["body"]["data"]:
            first.setdefault(entity["id"], []).append(entity["speed"]["value"])
    for id_, speeds in first.items():
        seen = list(dict.fromkeys(speeds))
        assert seen == sorted(seen), f"{id_}: {speeds}"
    return {id_: speeds[-1] for id_, speeds in first.items()}


def test_kill_of_writer_and_notifier_loses_no_notification(tenant, receiver, subscribe, wait_until, ended):
    subscribe(tenant, receiver.url())
    ended.append(notifier())
    writer = child("-c", WRITER, stdout=subprocess.PIPE, text=True)
    ended.append(writer)
    receiver.wait(20, timeout_s=60)
    for _ in range(3):
        ended[0].send_signal(signal.SIGKILL)
        ended[0].wait()
        ended[0] = notifier()
        time.sleep(1.5)
    writer.send_signal(signal.SIGKILL)
    acknowledged = int(writer.stdout.read().splitlines()[-1])
    expected = {f"urn:x:{number}": number for number in range(1, acknowledged + 1)}
    wait_until(lambda: expected.items() <= told_in_order(receiver.received()).items(), 60)
    wait_until(lambda: not Notification.objects.exists(), 30)
    assert replay(tenant).differences == []


@pytest.mark.slow
def test_kill_of_the_receiver_and_of_the_notifier_together_loses_nothing(
    tenant, receiver, subscribe, wait_until, ended
):
    subscribe(tenant, receiver.url())
    ended.append(notifier())
    writer = child("-c", WRITER, stdout=subprocess.PIPE, text=True)
    ended.append(writer)
    receiver.wait(20, timeout_s=60)
    receiver.kill()
    time.sleep(0.5)
    ended[0].send_signal(signal.SIGKILL)
    ended[0].wait()
    writer.send_signal(signal.SIGKILL)
    acknowledged = int(writer.stdout.read().splitlines()[-1])
    receiver.start()
    ended[0] = notifier()
    expected = {f"urn:x:{number}": number for number in range(1, acknowledged + 1)}
    wait_until(lambda: expected.items() <= told_in_order(receiver.received()).items(), 60)


def crash_the_database():
    """Kill one process of the server: it then ends all the others, and recovers from its log as after any crash."""
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    found = sql.rows(others)
    connection.close()
    connection.close_pool()
    for (pid,) in found:
        with suppress(ProcessLookupError):  # it has just gone by itself: take the next
            return os.kill(pid, signal.SIGKILL)
    raise AssertionError("nobody else was connected")


def answers():
    try:
        return sql.rows("SELECT 1") == [(1,)]
    except Exception:
        connection.close()
        connection.close_pool()
        return False


def test_crash_of_the_database_loses_no_notification(tenant, receiver, subscribe, wait_until, ended):
    subscribe(tenant, receiver.url())
    ended.append(notifier())
    acknowledged = set()
    for round_ in range(2):
        writer = child(
            "-c", WRITER.replace("number = 0", f"number = {round_ * 10_000}"), stdout=subprocess.PIPE, text=True
        )
        ended.append(writer)
        before = len(receiver.received())
        receiver.wait(before + 20, timeout_s=60)
        crash_the_database()
        writer.kill()  # it dies of the crash, unless that comes between two of its statements
        writer.wait()
        acknowledged |= {int(line) for line in writer.stdout.read().splitlines()}
        wait_until(answers, 120)
    expected = {f"urn:x:{number}": number for number in acknowledged}
    wait_until(lambda: expected.items() <= told_in_order(receiver.received()).items(), 60)
    assert ended[0].poll() is None, "the notifier went on by itself"
    assert replay(tenant).differences == []
