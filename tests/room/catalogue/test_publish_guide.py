"""The how-to "publish a dataset", followed: from a file to a page in the portal and an answered question."""

import re
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.cache import cache
from django.test import Client

from spiegelstad.base import command_line
from spiegelstad.catalogue import asking
from spiegelstad.ingest.testing import write_city
from spiegelstad.project.cli import cli

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).resolve().parents[3] / "docs/how-to/publish-a-dataset.md"
FILE = re.compile(r"\*\*`(.+?)`\*\*\n\n```\w+\n(.+?)\n```", re.DOTALL)
COMMANDS = re.compile(r"```sh\n(.+?)\n```", re.DOTALL)


def test_guide_leads_from_a_file_to_an_answered_question(
    tenant: str, people: Any, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME, settings.VAR = tmp_path, tmp_path / "var"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line.postgres, "running", lambda var: nullcontext())
    text = re.sub(r"(?m)^   ", "", GUIDE.read_text(encoding="utf-8"))
    write_city(tmp_path / "sources" / "demo", tenant_id=tenant)
    for name, content in FILE.findall(text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n", encoding="utf-8")
    pages = []
    for command in "\n".join(COMMANDS.findall(text)).splitlines():
        if command.startswith("curl"):
            pages.append(_page(command.split("8000")[-1].strip("'")))
        else:
            done = CliRunner().invoke(cli, command.replace("--city demo", f"--city {tenant}").split()[1:])
            assert done.exit_code == 0, (command, done.output, done.exception)
    dataset, found = pages
    for words in (
        "Zitbanken",
        "Waar je in de stad kunt zitten",
        "Kerkstraat",
        "Aantal zitplaatsen",
        "onderscheidt de rijen",
    ):
        assert words in dataset, words
    assert "<mark>Zitbanken</mark>" in found and "Eén dataset" in found
    _ask_and_answer(people)


def _page(address: str) -> str:
    answer = Client().get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def _ask_and_answer(people: Any) -> None:
    cache.clear()
    assert Client().post("/data/benches/questions", {"kind": "error", "text": "B3 has 2 seats"}).status_code == 303
    [waiting] = asking.questions_to_answer(people.steward)
    client = Client()
    from spiegelstad.accounts.models import User

    client.force_login(User.objects.get(pk=people.steward.id.removeprefix("person:")))
    assert "B3 has 2 seats" in client.get("/desk/questions").content.decode()
    given = {"public_text": "Hoeveel plaatsen heeft B3?", "answer": "Twee. Dank je."}
    assert client.post(f"/desk/questions/{waiting.id}", given).status_code == 303
    assert "Twee. Dank je." in _page("/data/benches")
