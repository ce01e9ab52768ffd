"""Taking values out of JSON that may hold anything."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson

from spiegelstad.base.errors import InvalidInput


class UnreadableDocument(InvalidInput):
    """What came back is not a document of the kind that the definition says, or has more than we take."""

    title = "The document can't be read"


_NUL = re.compile(rb"\\(?:\\|u0000)")  # or a backslash that is escaped itself: what follows on it is no escape


def document(body: bytes) -> Any:
    """Read JSON; UnreadableDocument for what is none, or is nested too deep."""
    try:
        return _read(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableDocument(f"This is no good JSON: {error}.", remedy="Check the address.") from None


def _read(body: bytes) -> Any:
    """Read JSON with another character in the place of NUL, which the database takes in no text."""
    has_nul = rb"\u0000" in body
    return orjson.loads(_NUL.sub(lambda one: one[0].replace(b"u0000", b"ufffd"), body) if has_nul else body)


def text(value: Any) -> str:
    """Return a text or number as a text without spaces around it; nothing for anything else."""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def items(value: Any) -> list[Any]:
    """Return a list, of one for a single value; a text that holds a JSON list is one too, as in extras of CKAN."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = _read(value.encode())
        except orjson.JSONDecodeError:
            return [value]
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]


def optional(read: Callable[[str, str], str], property: str, value: Any) -> str:
    """Read a value that may be absent, and is no error then."""
    return read(property, text(value)) if text(value) else ""
