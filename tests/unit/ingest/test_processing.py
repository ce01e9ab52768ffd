"""The city's own part of the processing register: read with the other definitions, refused with place and remedy."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from spiegelstad.ingest.definition.folder import check, read_definitions
from spiegelstad.ingest.testing import city, definition, write_city

TOLD = {"nl": "Jeugdwerking", "en": "Youth work"}
ENTRY: dict[str, Any] = {
    **dict.fromkeys(("name", "purpose", "legal_basis", "retention", "dpia"), TOLD),
    **{name: [TOLD] for name in ("people", "data", "recipients", "security")},
    "transfers_outside_eea": "none",
}
CLOSED = {"classification": "personal", "classification_reason": "Over jongeren."}


def write(folder: Path, activities: Any, processing: str = "youth-work", **changes: Any) -> Path:
    write_city(folder, definition("visits", **CLOSED, processing=processing))
    (folder / "city.yaml").write_text(yaml.safe_dump({**city(), **changes}, sort_keys=False), encoding="utf-8")
    apart = json.loads(json.dumps({"activities": activities}))  # what is one object would become an alias
    text = yaml.safe_dump(apart, sort_keys=False, allow_unicode=True)
    (folder / "processing.yaml").write_text(text, encoding="utf-8")
    return folder


def test_source_and_device_name_an_activity_of_the_city(tmp_path: Path) -> None:
    group = {"type": "Device", "kind": "people", "department": "milieu", "purpose": "youth-work"}
    found = read_definitions(write(tmp_path, {"youth-work": ENTRY}, devices=[group]))
    assert [file.definition.source for file in found.sources] == ["visits"], "it is no source itself"
    assert found.activities["youth-work"].name == TOLD


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({name: None}, f"activities.youth-work.{name}", f"Add the key `{name}`")
        for name in ENTRY
    ] + [
        ({name: {"nl": "Jeugdwerking"}}, f"activities.youth-work.{name}", "Write {nl: …, en: …}")
        for name in ("name", "purpose", "legal_basis", "retention", "dpia")
    ] + [
        ({name: []}, f"activities.youth-work.{name}", "says nothing") for name in ("data", "recipients", "security")
    ] + [
        ({"data": [TOLD, {"nl": " ", "en": "age"}]}, "activities.youth-work.data[1]", "in Dutch and in English"),
        ({"purpos": TOLD}, "activities.youth-work.purpos", "Did you mean `purpose`?"),
        ({"transfers_outside_eea": [{"to": TOLD}]}, "activities.youth-work.transfers_outside_eea[0].safeguards", "Add"),
        ({"dpia_url": "javascript:alert(1)"}, "activities.youth-work.dpia_url", "https"),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused_with_its_place(tmp_path: Path, changes: Any, key: str, words: str) -> None:
    entry = {name: value for name, value in {**ENTRY, **changes}.items() if value is not None}
    problems = check(write(tmp_path, {"youth-work": entry}))
    assert key in {one.key for one in problems}
    assert words in " ".join(f"{one.message} {one.remedy}" for one in problems)
    assert {Path(one.file).name for one in problems} == {"processing.yaml"}, "what names it is right"
    assert all(one.line > 1 for one in problems)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    lame = {**ENTRY, "purpose": {"nl": "x"}, "dpia": {"en": "x"}}
    del lame["retention"]
    folder = write(tmp_path, {"youth-work": lame, "Sport!": ENTRY}, processing="yuoth-work")
    assert {(Path(one.file).name, one.key) for one in check(folder)} == {
        ("processing.yaml", "activities.Sport!"),
        *(("processing.yaml", f"activities.youth-work.{name}") for name in ("purpose", "dpia", "retention")),
        ("visits.yaml", "processing"),
    }


def test_keys_of_the_program_are_its_own(tmp_path: Path) -> None:
    (problem,) = check(write(tmp_path, {"sign-in": ENTRY}, processing="sign-in"))
    assert problem.key == "activities.sign-in" and problem.remedy == "Choose another key."


@pytest.mark.parametrize("processing", ["youth-work", ""])
def test_personal_data_without_an_entry_fails_the_check(tmp_path: Path, processing: str) -> None:
    (problem,) = check(write(tmp_path, {}, processing=processing))
    assert problem.key == "processing" and Path(problem.file).name == "visits.yaml"


def test_demo_city_has_one_that_is_visibly_invented() -> None:
    found = read_definitions(Path(__file__).resolve().parents[3] / "sources" / "demo")
    (key,) = found.activities
    assert "(verzonnen)" in found.activities[key].name["nl"]
    assert [file.definition.source for file in found.sources if file.definition.processing == key] == ["travel-survey"]
