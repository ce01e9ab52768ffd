"""Configuration files in YAML: read safely, with the line of every key, so that an error can say where and what to do.

The dialect is the plain part of YAML 1.2: `on`, `no` and `12:30` stay text, `007` stays text, no anchors, aliases,
merge keys or tags. A file is limited in size, depth and number of values. Nothing here raises for a wrong file:
problems are collected, so that a person sees all of them at once.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from spiegelstad.base.limits import MAX_DEFINITION_BYTES

MAX_DEPTH = 24
MAX_VALUES = 20_000

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in one file: `line` counts from 1, `key` is a dotted path such as `columns.garage.type`."""

    file: str
    line: int
    key: str
    message: str
    remedy: str

    def __str__(self) -> str:
        """Show it in the form editors recognise, `file:line: key: message. remedy`."""
        where = f"{self.file}:{self.line}: " + (f"{self.key}: " if self.key else "")
        return where + self.message + (f". {self.remedy}" if self.remedy else "")


@dataclass(frozen=True)
class Document:
    """A YAML file as plain dicts, lists and scalars.

    `lines` holds the line of every key path; `problems` what reading found.
    """

    path: Path
    data: dict[str, Any]
    lines: dict[KeyPath, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, key_path: KeyPath) -> int:
        """Give the line (from 1) of the key path, or of its nearest ancestor that stands in the file."""
        path = tuple(key_path)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, key_path: KeyPath, message: str, remedy: str = "") -> Problem:
        """Make a problem that points at the line of this key path."""
        return Problem(str(self.path), self.line(key_path), dotted(key_path), message, remedy)


def dotted(key_path: KeyPath) -> str:
    """Write a key path as text: `("targets", 0, "value")` becomes `targets[0].value`."""
    text = ""
    for part in key_path:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text


def read_document(path: Path) -> Document:
    """Read one YAML file whose root is a mapping; never raises for its content, see `Document.problems`."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_DEFINITION_BYTES + 1)
    except OSError as error:
        return _unreadable(path, 1, f"the file can't be read: {error.strerror}", "Check the name and the permissions.")
    if len(raw) > MAX_DEFINITION_BYTES:
        return _unreadable(path, 1, f"the file is larger than {MAX_DEFINITION_BYTES // 1024} KiB", "Split it.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return _unreadable(path, line, "the file isn't UTF-8", "Save it in the encoding UTF-8.")
    return _read_text(path, text)


Model = typing.TypeVar("Model", bound=BaseModel)


def validate(document: Document, model: type[Model]) -> Model | tuple[Problem, ...]:
    """Check a document against a pydantic model; give the model, or every problem with its line and remedy.

    A validator in the model may raise `PydanticCustomError(type, message, {"remedy": ..., "at": (key, ...)})`
    to point deeper and say what to do.
    """
    if document.problems:
        return document.problems
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        found = {_problem(document, model, details) for details in error.errors(include_url=False)}
        return tuple(sorted(found))


def _unreadable(path: Path, line: int, message: str, remedy: str) -> Document:
    return Document(path, {}, {}, (Problem(str(path), line, "", message, remedy),))


class _Loader(yaml.CSafeLoader):
    """A loader that only knows null, true/false, decimal numbers and dates."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("bool", r"^(?:true|false)$", ["t", "f"]),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", list("-+0123456789")),
    (
        "float",
        r"^[-+]?(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?$|^[-+]?(?:0|[1-9][0-9]*)[eE][-+]?[0-9]+$",
        list("-+.0123456789"),
    ),
    ("timestamp", r"^\d{4}-\d{2}-\d{2}$", list("0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)

_SCALARS: dict[str, typing.Callable[[str], Any]] = {
    "tag:yaml.org,2002:str": str,
    "tag:yaml.org,2002:null": lambda text: None,
    "tag:yaml.org,2002:bool": lambda text: text == "true",
    "tag:yaml.org,2002:int": int,
    "tag:yaml.org,2002:float": float,
    "tag:yaml.org,2002:timestamp": dt.date.fromisoformat,
}


class _RefusedError(Exception):
    """The file asks something the dialect hasn't: (line, message, remedy)."""

    def __init__(self, mark: Any, message: str, remedy: str) -> None:
        super().__init__(message)
        self.line = mark.line + 1 if mark is not None else 1
        self.message = message
        self.remedy = remedy


def _read_text(path: Path, text: str) -> Document:
    try:
        _check_shape(text)
        root = yaml.compose(text, Loader=_Loader)
    except _RefusedError as refused:
        return _unreadable(path, refused.line, refused.message, refused.remedy)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        said = getattr(error, "problem", None) or "not valid YAML"
        return _unreadable(
            path, mark.line + 1 if mark else 1, f"not valid YAML: {said}", "Check indents, colons and quotes."
        )
    if not isinstance(root, yaml.MappingNode):
        return _unreadable(path, 1, "the file must be a mapping of keys to values", "Start it with `key: value` lines.")
    builder = _Builder(path)
    data = builder.build(root, ())
    return Document(path, data, builder.lines, tuple(builder.problems))


def _check_shape(text: str) -> None:
    """Refuse depth, number and aliases before anything recursive sees the file."""
    depth = 0
    for values, event in enumerate(yaml.parse(text, Loader=_Loader)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _RefusedError(
                event.start_mark, "anchors and aliases (& and *) aren't allowed", "Write the value out."
            )
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
        if depth > MAX_DEPTH:
            raise _RefusedError(event.start_mark, f"nested more than {MAX_DEPTH} levels deep", "Make it flatter.")
        if values > MAX_VALUES:
            raise _RefusedError(event.start_mark, f"more than {MAX_VALUES} values", "Split it.")


class _Builder:
    """Turns YAML nodes into Python values and remembers the line of each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[KeyPath, int] = {}
        self.problems: list[Problem] = []

    def build(self, node: yaml.Node, at: KeyPath) -> Any:
        self.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*at, number)) for number, child in enumerate(node.value)]
        return self._scalar(node, at)

    def _mapping(self, node: yaml.MappingNode, at: KeyPath) -> dict[str, Any]:
        built: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._refuse(key_node, at, "a key must be one word", "Put quotes around it.")
                continue
            key = key_node.value
            if key in built:
                self._refuse(key_node, (*at, key), f"the key `{key}` stands here twice", "Keep one of the two.")
                continue
            self.lines[(*at, key)] = key_node.start_mark.line + 1
            built[key] = self.build(value_node, (*at, key))
        return built

    def _scalar(self, node: yaml.Node, at: KeyPath) -> Any:
        convert = _SCALARS.get(node.tag)
        if convert is None:
            self._refuse(node, at, f"the tag `{node.tag}` isn't allowed", "Remove the tag.")
            return None
        try:
            return convert(node.value)
        except ValueError:
            self._refuse(node, at, f"`{node.value}` isn't a valid value", "Put quotes around it to make it text.")
            return None

    def _refuse(self, node: yaml.Node, at: KeyPath, message: str, remedy: str) -> None:
        self.problems.append(Problem(str(self.path), node.start_mark.line + 1, dotted(at), message, remedy))


def _problem(document: Document, model: type[BaseModel], details: ErrorDetails) -> Problem:
    context = details.get("ctx", {})
    at = _in_file(document, (*details["loc"], *context.get("at", ())))
    kind = details["type"]
    last = str(details["loc"][-1]) if details["loc"] else ""
    if kind == "missing":
        return document.problem((*at, last), f"`{last}` is missing", f"Add the key `{last}`.")
    if kind == "extra_forbidden":
        return document.problem(at, f"unknown key `{last}`", _did_you_mean(last, _names_at(model, details["loc"][:-1])))
    return document.problem(at, _sentence(details["msg"]), str(context.get("remedy", "")) or _remedy(kind, context))


def _in_file(document: Document, location: KeyPath) -> KeyPath:
    """Drop the parts of a pydantic location that aren't keys of the file (names of union members, `[key]`)."""
    at: KeyPath = ()
    for part in location:
        if (*at, part) in document.lines:
            at = (*at, part)
    return at


def _sentence(message: str) -> str:
    message = message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return message[:1].lower() + message[1:]


def _remedy(kind: str, context: dict[str, Any]) -> str:
    if "expected" in context:
        return f"Use {context['expected']}."
    if kind.startswith(("string_type", "bool", "int", "float", "date", "list", "dict", "model")):
        wanted = kind.split("_", maxsplit=1)[0]
        return f"Write a {'mapping' if wanted in ('dict', 'model') else wanted} here."
    if "pattern" in context:
        return f"It must match {context['pattern']}."
    return ""


def _did_you_mean(word: str, names: set[str]) -> str:
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{near[0]}`?"
    return f"Known keys here: {', '.join(sorted(names))}." if names else "Remove it."


def _names_at(model: type[BaseModel], location: KeyPath) -> set[str]:
    """Give the keys that the models at this location allow (several when it is a union)."""
    models: set[type[BaseModel]] = {model}
    for part in location:
        stepped = {inner for outer in models for inner in _step(outer, part)}
        models = stepped or models  # the name of a union member, or an index: stay where we are
    return {name.alias or key for found in models for key, name in found.model_fields.items()}


def _step(model: type[BaseModel], part: str | int) -> Iterator[type[BaseModel]]:
    for key, info in model.model_fields.items():
        if part in (key, info.alias):
            yield from _models_in(info.annotation)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)
