"""YAML documents: safe, with lines, and every problem at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from spiegelstad.base.limits import MAX_DEFINITION_BYTES
from spiegelstad.base.yaml_documents import MAX_DEPTH, Document, read_document, validate


class Target(BaseModel):
    model_config = ConfigDict(extra="forbid")
    value: float
    on: dt.date


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    direction: Literal["higher", "lower"] = "higher"
    targets: list[Target] = []

    @model_validator(mode="after")
    def _no_sorrow(self) -> Thing:
        if self.name == "sorrow":
            raise PydanticCustomError(
                "sad", "the name {name} is sad", {"name": self.name, "remedy": "Be glad.", "at": ("name",)}
            )
        return self


def _write(tmp_path: Path, text: str | bytes) -> Document:
    path = tmp_path / "thing.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_document(path)


def test_document_gives_values_and_lines(tmp_path: Path) -> None:
    document = _write(
        tmp_path, "name: x\ntargets:\n  - value: 3\n    on: 2030-12-31\n  - value: 4.5\n    on: 2031-01-01\n"
    )
    assert document.problems == ()
    assert document.data["targets"][0] == {"value": 3, "on": dt.date(2030, 12, 31)}
    assert document.line(("targets", 1, "on")) == 6
    assert document.line(("targets", 1, "absent")) == 5
    thing = validate(document, Thing)
    assert isinstance(thing, Thing) and thing.targets[1].value == 4.5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, text) for text in ("no", "on", "12:30", "007", "0x1f", "1_000", "44021A00-", ".inf", "<<")),
        *(("true", True), ("~", None), ("", None), ("-12", -12), (".5", 0.5), ("1e3", 1000.0), ("'7'", "7")),
    ],
)
def test_scalar_is_read_as_plain_yaml(tmp_path: Path, text: str, value: object) -> None:
    document = _write(tmp_path, f"key: {text}\n")
    assert document.problems == ()
    assert document.data["key"] == value and type(document.data["key"]) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: 1\na: 2\n", 2, "twice"),
        ("a: &x 1\nb: 2\n", 1, "anchors"),
        ("a: 1\nb: *x\n", 2, "anchors"),
        ("a: 1\nb: !!python/name:os.system x\n", 2, "tag"),
        ("a: 1\nb: [1, 2\n", 3, "not valid YAML"),
        ("- 1\n", 1, "mapping"),
        ("", 1, "mapping"),
        ("a: 1\nb: 2030-13-45\n", 2, "valid value"),
        ("a: 1\n? [x, y]\n: 2\n", 2, "one word"),
        (b"a: 1\nb: caf\xe9\n", 2, "UTF-8"),
        ("a: " + "[" * (MAX_DEPTH + 1), 1, "deep"),
        ("a: " + "x" * MAX_DEFINITION_BYTES, 1, "larger"),
        ("a: [" + "1," * 30_000 + "]", 1, "values"),
    ],
)
def test_wrong_file_is_told_with_its_line(tmp_path: Path, text: str | bytes, line: int, said: str) -> None:
    problems = validate(_write(tmp_path, text), Thing)
    assert isinstance(problems, tuple) and len(problems) == 1
    assert said in problems[0].message and problems[0].line == line and problems[0].remedy


def test_missing_file_is_a_problem(tmp_path: Path) -> None:
    assert "can't be read" in read_document(tmp_path / "absent.yaml").problems[0].message


def test_all_problems_come_at_once_with_key_and_remedy(tmp_path: Path) -> None:
    document = _write(tmp_path, "direction: up\ntargets:\n  - value: many\n    onn: 2030-12-31\n")
    problems = validate(document, Thing)
    assert isinstance(problems, tuple)
    told = {(p.line, p.key): (p.message, p.remedy) for p in problems}
    assert told[1, "name"] == ("`name` is missing", "Add the key `name`.")
    assert told[1, "direction"][1] == "Use 'higher' or 'lower'."
    assert told[4, "targets[0].onn"] == ("unknown key `onn`", "Did you mean `on`?")
    assert told[3, "targets[0].on"][0] == "`on` is missing"
    assert told[3, "targets[0].value"][1] == "Write a float here."
    assert len(problems) == 5
    assert str(problems[-1]) == f"{document.path}:4: targets[0].onn: unknown key `onn`. Did you mean `on`?"


def test_validator_of_the_model_points_at_its_key(tmp_path: Path) -> None:
    problems = validate(_write(tmp_path, "direction: lower\nname: sorrow\n"), Thing)
    assert isinstance(problems, tuple)
    assert [(p.line, p.key, p.message, p.remedy) for p in problems] == [
        (2, "name", "the name sorrow is sad", "Be glad.")
    ]
