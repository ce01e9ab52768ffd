"""The repository as a whole: translations, reasons for dependencies, nothing that belongs to one machine."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from spiegelstad.base.error_texts import CONTEXT, around_of, said
from spiegelstad.base.messages import rooms, texts, untranslated

PROJECT = Path(__file__).resolve().parents[2]


def committed() -> list[Path]:
    names = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False).stdout
    if not names:
        pytest.skip("not a git checkout: nothing to compare with")
    return [PROJECT / name for name in names.splitlines() if (PROJECT / name).is_file()]


def test_every_text_has_its_dutch_translation():
    assert untranslated() == []


def _is_kept(text: str) -> bool:
    """Whether a text with its gaps filled is known again, and what stood in them is in what is said."""
    words = [f"‹{number} a; `c`. Dé›" for number in range(len(around_of(text)) - 1)]
    found = said(text.format(*words), "nl-be")
    return bool(found) and all(word in found for word in words)


def test_each_error_is_known_again_and_keeps_what_stands_in_its_gaps() -> None:
    known = {str(one.id) for room in rooms() for one in texts(room) if one.context == CONTEXT}
    assert [text for text in sorted(known) if not _is_kept(text)] == []


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
