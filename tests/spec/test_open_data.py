"""The examples of docs/reference/open-data.md, run as they stand there, against a server of ours."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from spiegelstad.catalogue.testing import make_dataset, make_version

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/open-data.md"
SITE = "http://demo.localhost:8000"


def _examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def site(tenant: str, live_server: Any) -> str:
    """Give a city that has what the examples ask for."""
    make_dataset(tenant, "bicycle-counts", title={"nl": "Fietsers", "en": "Cyclists"})
    make_version(tenant, "bicycle-counts", pa.table({"place": ["Korenmarkt", "Coupure"], "count": [120, 340]}))
    return str(live_server.url)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_commands_of_the_page_work(site: str) -> None:
    commands = [line for block in _examples("sh") for line in block.replace("\\\n", " ").strip().splitlines()]
    assert len(commands) == 5
    answers = [
        subprocess.run(["sh", "-c", command.replace(SITE, site)], capture_output=True, text=True, check=True).stdout
        for command in commands
    ]
    assert all("bicycle-counts" in answer for answer in answers)
    assert '"count":1' in answers[3]
    assert answers[4].index("Coupure") < answers[4].index("Korenmarkt")


@pytest.mark.django_db(transaction=True)
def test_program_of_the_page_works(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    [program] = _examples("python")
    exec(compile(program.replace(SITE, site), "open-data.md", "exec"), {})
    assert "Fietsers" in capsys.readouterr().out
