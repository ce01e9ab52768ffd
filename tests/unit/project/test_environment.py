"""Settings: a wrong one stops the start and says what to do; the signing key is made once."""

import re
import threading
from pathlib import Path

import pytest

from spiegelstad.project import environment

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("DEBUG", "yes", lambda: environment.flag("DEBUG")),
        ("POOL", "many", lambda: environment.number("POOL", 12, 1, 200)),
        ("POOL", "0", lambda: environment.number("POOL", 12, 1, 200)),
        ("EMAIL_URL", "http://mail.example", environment.mail),
    ],
)
def test_wrong_setting_stops_the_start_and_names_itself(monkeypatch, name, value, read):
    monkeypatch.setenv(f"SPIEGELSTAD_{name}", value)
    with pytest.raises(SystemExit, match=f"SPIEGELSTAD_{name}"):
        read()


def test_mail_goes_to_the_server_named(monkeypatch):
    monkeypatch.setenv("SPIEGELSTAD_EMAIL_URL", "smtp://me:p%40ss@mail.example:2525")
    mail = environment.mail()
    assert (mail["EMAIL_HOST"], mail["EMAIL_PORT"], mail["EMAIL_HOST_PASSWORD"]) == ("mail.example", 2525, "p@ss")
    assert mail["EMAIL_USE_TLS"] is True


def test_secret_key_is_made_once_by_whoever_comes_first(tmp_path):
    keys: list[str] = []
    threads = [threading.Thread(target=lambda: keys.append(environment.secret_key(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 1 and len(keys[0]) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_every_setting_is_documented():
    code = "".join(path.read_text() for path in (PROJECT / "spiegelstad" / "project").glob("*.py"))
    used = set(re.findall(r"environment\.(?:text|flag|number|names|folder|brokers|by_city)\(\"([A-Z_]+)\"", code)) | {
        "EMAIL_URL"
    }
    documented = set(re.findall(r"`SPIEGELSTAD_([A-Z_]+)`", (PROJECT / "docs/reference/settings.md").read_text()))
    assert used == documented
