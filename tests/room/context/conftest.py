"""What tests of notifications share: a receiver in a process of its own, and a notifier at work."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

RECEIVER = Path(__file__).parent / "receiver.py"


class Receiver:
    """A receiver that can be killed and started again at the same port."""

    def __init__(self, folder):
        self.log = folder / "received.jsonl"
        self.log.touch()
        self.port = 0
        self.start()

    def start(self):
        argv = [sys.executable, str(RECEIVER), str(self.log), str(self.port)]
        self.process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def url(self, path="ok"):
        return f"http://127.0.0.1:{self.port}/{path}"

    def received(self, path=None):
        """Return the requests received so far: path, headers, body."""
        whole = self.log.read_text().rpartition("\n")[0]  # the last line may be half there
        lines = [json.loads(line) for line in whole.splitlines()]
        return [one for one in lines if path is None or one["path"] == f"/{path}"]

    def wait(self, number, path=None, timeout_s=15):
        """Return what was received once there are so many requests."""
        wait_until(
            lambda: len(self.received(path)) >= number, timeout_s, lambda: f"{len(self.received(path))} received"
        )
        return self.received(path)


def wait_until(condition, timeout_s=15, why=lambda: ""):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"it takes too long: {why()}"
        time.sleep(0.02)


@pytest.fixture(name="wait_until")
def _wait_until():
    """Give the function that waits for a condition."""
    return wait_until


@pytest.fixture
def subscribe(transactional_db):
    """Give a function that makes a subscription in a city, by the system, with no @context but the core."""
    from spiegelstad.accounts.public import Actor
    from spiegelstad.context.actions.subscriptions import create_subscription
    from spiegelstad.context.rules.terms import CORE

    def make(tenant_id, url, *, by=None, notification=None, endpoint=None, **members):
        told = {**(notification or {}), "endpoint": {"uri": url, **(endpoint or {})}}
        given = {"type": "Subscription", "entities": [{"type": "Car"}], **members, "notification": told}
        given = {name: value for name, value in given.items() if value is not None}
        actor = by or Actor.system(tenant_id, "tests")
        return create_subscription(by=actor, given=given, context=CORE, context_url=CORE.url)

    return make


@pytest.fixture
def receiver(tmp_path):
    """Start a receiver."""
    found = Receiver(tmp_path)
    yield found
    found.kill()


@pytest.fixture
def notifier(transactional_db):
    """Run a notifier in threads of this process, with connections of its own."""
    from spiegelstad.context.notifying.process import run

    halted = threading.Event()
    thread = threading.Thread(target=run, args=[halted])
    thread.start()
    yield thread
    halted.set()
    thread.join(20)
    assert not thread.is_alive()
