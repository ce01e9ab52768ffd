"""The web server refuses to be open to others, and has a connection for each thread."""

import os
from pathlib import Path

import pytest

from spiegelstad.project import server
from spiegelstad.project.environment import WrongSetting


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.7", "::"])
def test_open_context_is_heard_on_this_machine_only(
    address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPIEGELSTAD_OPEN_CONTEXT", "1")
    with pytest.raises(WrongSetting, match=r"127\.0\.0\.1"):
        server.serve(address=address, port=1, threads=1, log_folder=tmp_path)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses at which was served, without serving."""
    addresses = []

    class Fake:
        def __init__(self, target: str, *, address: str, **settings: object) -> None:
            self.address = address

        def serve(self, **settings: object) -> None:
            addresses.append(self.address)

    monkeypatch.setattr(server, "Granian", Fake)
    monkeypatch.setenv("SPIEGELSTAD_POOL", "12")  # set back afterwards
    return addresses


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_open_context_is_served_on_loopback(
    address: str, served: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SPIEGELSTAD_OPEN_CONTEXT", "1")
    server.serve(address=address, port=1, threads=1, log_folder=tmp_path)
    assert served == [address]


@pytest.mark.parametrize(("threads", "pool"), [(1, 12), (8, 12), (24, 28), (64, 68)])
def test_no_thread_waits_for_a_connection_that_another_keeps(
    threads: int, pool: int, served: list[str], tmp_path: Path
) -> None:
    server.serve(address="127.0.0.1", port=1, threads=threads, log_folder=tmp_path)
    assert os.environ["SPIEGELSTAD_POOL"] == str(pool)
