"""The web server refuses to be open to others."""

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


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_open_context_is_served_on_loopback(address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    served = []

    class Fake:
        def __init__(self, target: str, *, address: str, **settings: object) -> None:
            self.address = address

        def serve(self, **settings: object) -> None:
            served.append(self.address)

    monkeypatch.setenv("SPIEGELSTAD_OPEN_CONTEXT", "1")
    monkeypatch.setattr(server, "Granian", Fake)
    server.serve(address=address, port=1, threads=1, log_folder=tmp_path)
    assert served == [address]
