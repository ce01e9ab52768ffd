"""The repository as a whole: translations, reasons for dependencies, nothing that belongs to one machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from spiegelstad.base.messages import untranslated

PROJECT = Path(__file__).resolve().parents[2]


def committed() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False).stdout
    if not names:
        pytest.skip("not a git checkout: nothing to compare with")
    return [PROJECT / name for name in names.splitlines() if (PROJECT / name).is_file()]


def test_every_text_has_its_dutch_translation():
    assert untranslated() == []


def test_every_dependency_has_its_reason():
    lines = (PROJECT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads("\n".join(lines))["project"]
    requirements = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    silent = []
    for requirement in requirements:
        index = next(i for i, line in enumerate(lines) if line.strip().startswith(f'"{requirement}"'))
        if "  # " not in lines[index] and not lines[index - 1].strip().startswith("# "):
            silent.append(requirement)
    assert silent == []


def test_lock_files_name_no_registry():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (PROJECT / name).read_text(encoding="utf-8")
        assert "://" not in text, name
        assert "--hash=sha256:" in text


MACHINE = re.compile(r"(?<![\w.])/(work|root|home/\w+)/")


def test_nothing_names_a_path_of_one_machine():
    found = []
    for path in committed():
        if path.suffix in {".po", ".lock", ".png"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{path.relative_to(PROJECT)}: {line.strip()[:100]}" for line in text.splitlines() if MACHINE.search(line)
        ]
    assert found == []


def test_files_are_read_at_a_sitting():
    """A median under 100 lines, few beyond 300: a file that grows wants to be two."""
    sizes = sorted(
        (len(path.read_text(encoding="utf-8").splitlines()), str(path.relative_to(PROJECT)))
        for path in (PROJECT / "spiegelstad").rglob("*.py")
        if "migrations" not in path.parts
    )
    assert sizes[len(sizes) // 2][0] <= 110
    assert [entry for entry in sizes if entry[0] > 420] == []
