"""The documentation tells the truth: links lead somewhere, generated pages are fresh, named make targets exist."""

import re
from pathlib import Path

import pytest

from spiegelstad.project import reference

PROJECT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "spiegelstad").glob("*/README.md")]
)


@pytest.mark.parametrize("name", reference.PAGES)
def test_reference_is_what_the_program_says(name):
    committed = (PROJECT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert committed == reference.PAGES[name](), "run `make docs`"


def test_every_address_says_what_it_is():
    assert [address for address, _room, says in reference.addresses() if not says] == []


def test_links_lead_somewhere():
    broken = []
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if "://" not in target and not (document.parent / target).exists():
                broken.append(f"{document.relative_to(PROJECT)} -> {target}")
    assert broken == []


def test_make_targets_that_are_named_exist():
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    unknown = []
    for document in DOCUMENTS:
        for name in re.findall(r"`make ([a-z-]+)", document.read_text(encoding="utf-8")):
            if name not in targets:
                unknown.append(f"{document.relative_to(PROJECT)}: make {name}")
    assert unknown == []


def test_decisions_are_short():
    long = [p.name for p in (PROJECT / "docs/decisions").glob("*.md") if len(p.read_text().splitlines()) > 40]
    assert long == []
