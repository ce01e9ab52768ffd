"""Reading a large JSON document item by item: the list of records at a path, without holding the document."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from spiegelstad.ingest.errors import UnusableFile

PIECE = 256 * 1024
MAX_ITEM = 64 * 1024 * 1024
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMERIC = re.compile(r"[0-9.eE+-]*")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


class _Text:
    """A window on the text of a file that grows at the end and is cut at the start."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.file = path.open("rb")
        self.decode = codecs.getincrementaldecoder("utf-8-sig")()
        self.text = ""
        self.at = 0
        self.ended = False

    def grow(self) -> bool:
        """Read on; False at the end of the file."""
        if self.ended:
            return False
        raw = self.file.read(max(PIECE, len(self.text) - self.at))
        self.ended = not raw
        try:
            self.text = self.text[self.at :] + self.decode.decode(raw, final=self.ended)
        except UnicodeDecodeError:
            raise self.unusable("it isn't UTF-8") from None
        self.at = 0
        if len(self.text) > MAX_ITEM:
            raise self.unusable(f"one record is larger than {MAX_ITEM >> 20} MB")
        return True

    def peek(self) -> str:
        """Give the next sign that isn't white space."""
        while True:
            self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.grow():
                raise self.unusable("it ends too early")

    def take(self, sign: str) -> None:
        """Step over a sign that must stand here."""
        if (found := self.peek()) != sign:
            raise self.unusable(f"`{found}` stands where `{sign}` is expected")
        self.at += 1

    def value(self) -> Any:
        """Read one whole value."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self.text, self.at)
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError) or not self.grow():
                    raise self.unusable(f"it isn't valid JSON: {error}") from None
                continue
            if _NUMERIC.fullmatch(self.text, end) and self.grow():
                continue  # a number may go on in the next piece: `0` and then `.5`
            self.at = end
            return value

    def unusable(self, why: str) -> UnusableFile:
        """Make the error."""
        return UnusableFile(
            f"{self.name}: the file can't be read: {why}.", remedy="Ask the publisher; the last good version stays."
        )


def stream_items(
    path: Path, name: str, records: str, beside: Callable[[str, Any], None] | None = None
) -> Iterator[Any]:
    """Yield the items of the list at the dotted path `records` (empty: the root).

    When an object is there instead of a list, yields `{"key": …, "value": …}` for each member. `beside` is told the
    members that stand next to the list and are read before it ends.
    """
    text = _Text(path, name)
    try:
        for key in [part for part in records.split(".") if part]:
            _enter(text, key, records, beside)
        opened = text.peek()
        if opened == "[":
            yield from _list(text)
        elif opened == "{":
            yield from _object(text)
        else:
            raise text.unusable("there is no list of records" + (f" at `{records}`" if records else ""))
    finally:
        text.file.close()


def _enter(text: _Text, wanted: str, records: str, beside: Callable[[str, Any], None] | None) -> None:
    """Go into the member `wanted` of the object that starts here."""
    if text.peek() != "{":
        raise text.unusable(f"there is no `{records}`")
    text.take("{")
    while text.peek() != "}":
        key = text.value()
        text.take(":")
        if key == wanted:
            return
        value = text.value()
        if beside:
            beside(str(key), value)
        if text.peek() == ",":
            text.take(",")
    raise text.unusable(f"there is no `{records}`")


def _list(text: _Text) -> Iterator[Any]:
    text.take("[")
    if text.peek() == "]":
        return
    while True:
        yield text.value()
        if text.peek() == "]":
            return
        text.take(",")


def _object(text: _Text) -> Iterator[Any]:
    text.take("{")
    if text.peek() == "}":
        return
    while True:
        key = text.value()
        text.take(":")
        yield {"key": key, "value": text.value()}
        if text.peek() == "}":
            return
        text.take(",")


def as_text(value: Any) -> str | None:
    """Write a JSON value as the text of a cell; lists and objects stay JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return repr(value) if isinstance(value, float) else str(value)


_ABSENT = object()


def pick(record: Any, path: str) -> Any:
    """Give the value at a dotted path, through objects, list numbers and JSON inside text; None when absent."""
    if isinstance(record, dict) and path in record:
        return record[path]
    value = record
    for part in path.split("."):
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            try:
                value = json.loads(value)
            except ValueError:
                return None
        if isinstance(value, dict):
            value = value.get(part, _ABSENT)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = _ABSENT
        if value is _ABSENT:
            return None
    return value
