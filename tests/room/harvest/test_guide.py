"""The how-to "harvest a catalogue", and the commands: what the guide says is written and run."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from spiegelstad.base import command_line
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.testing import definition, turtle, write_definitions
from spiegelstad.ingest.testing import write_city
from spiegelstad.project.cli import cli
from tests.room.harvest.portals import Answered, Portal

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).resolve().parents[3] / "docs/how-to/harvest-a-catalogue.md"


def test_guide_is_followed(
    tenant: str, tmp_path: Path, portal: Portal, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HOME = tmp_path
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line.postgres, "running", lambda var: nullcontext())
    text = re.sub(r"(?m)^   ", "", GUIDE.read_text(encoding="utf-8"))
    source = re.search(r"\*\*`(.+?)`\*\*\n\n```yaml\n(.+?)\n```", text, re.DOTALL)
    commands = re.search(r"```bash\n(.+?)\n```", text, re.DOTALL)
    assert source and commands
    whole = yaml.safe_load(source[2]) | {"address": f"{portal.url}/catalog", "department": "mobiliteit"}
    folder = write_city(tmp_path / "sources" / "gent", tenant_id=tenant)
    assert source[1] == "sources/gent/harvest/buren.yaml"
    write_definitions(folder, whole)
    body = turtle(portal.url, ["fietsen"]).replace(b'"Set fietsen"@nl', b'"Set fietsen"')
    portal.pages["/catalog"] = Answered(body, "text/turtle")
    said = []
    for command in commands[1].splitlines():
        words = command.replace("--city gent", f"--city {tenant}").split()[1:]
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == (1 if words[1] == "report" else 0), (command, done.output, done.exception)
        said.append(done.output)
    assert "All definitions are right." in said[0]
    assert "buren: succeeded; 1 records found, 1 datasets" in said[1]
    assert "1 datasets, 0 in quarantine" in said[2]
    assert "title does not say its language: used instead: nl" in said[3]


def test_commands_speak_json_and_end_with_a_code(
    tenant: str, tmp_path: Path, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_line.postgres, "running", lambda var: nullcontext())
    folder = str(write_definitions(tmp_path, definition(address=f"{portal.url}/catalog")))
    run = ["harvest", "run", "--all", "--folder", folder, "--json"]
    failed = CliRunner().invoke(cli, run)
    assert failed.exit_code == 1 and json.loads(failed.stdout)[0]["error_kind"] == "source-unreachable"
    portal.pages["/catalog"] = Answered(turtle(portal.url, ["fietsen"]), "text/turtle")
    done = CliRunner().invoke(cli, run)
    assert done.exit_code == 0 and json.loads(done.stdout)[0]["taken"] == 1
    told = CliRunner().invoke(cli, ["harvest", "list", "--json"])
    assert [(one["source"], one["taken"]) for one in json.loads(told.stdout)] == [("buren", 1)]
    assert CliRunner().invoke(cli, ["harvest", "run"]).exit_code == 2


def test_wrong_definitions_are_told_all_at_once(tmp_path: Path) -> None:
    """File, line, key, what is wrong, what to do."""
    wrong = definition("een", "ftp://x", kind="dkat", schedule="elke dag", theme="lucht", themes={"a": "b"}, extra=1)
    folder = write_city(tmp_path, tenant_id="teststad")
    write_definitions(folder, wrong, definition("twee", department="niemand"))
    (folder / "harvest/twice.yaml").write_text((folder / "harvest/twee.yaml").read_text().replace("niemand", "milieu"))
    (folder / "harvest/thrice.yaml").write_text((folder / "harvest/twice.yaml").read_text())
    found = harvest.check(folder)
    keys = {(Path(one.file).name, one.key): one for one in found}
    assert {name for file, name in keys if file == "een.yaml"} == {
        "address", "kind", "schedule", "theme", "themes.a", "extra",
    }  # fmt: skip
    assert keys["een.yaml", "schedule"].line > 1 and "five fields" in keys["een.yaml", "schedule"].remedy
    assert "mobiliteit" in keys["twee.yaml", "department"].remedy
    assert ("twice.yaml", "harvest") in keys
    with pytest.raises(harvest.InvalidDefinitions):
        harvest.sync_sources(by=None, folder=folder)  # type: ignore[arg-type]  # refused before anybody is asked for
