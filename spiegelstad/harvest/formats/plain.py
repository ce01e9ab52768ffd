"""Taking values out of JSON that may hold anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from spiegelstad.base.errors import InvalidInput


class UnreadableDocument(InvalidInput):
    """What came back is not a document of the kind that the definition says, or has more than we take."""

    title = "The document can't be read"


def document(body: bytes) -> Any:
    """Read JSON; UnreadableDocument for what is none, or is nested too deep."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise UnreadableDocument(f"This is no good JSON: {error}.", remedy="Check the address.") from None


def text(value: Any) -> str:
    """Return a text or number as a text without spaces around it; nothing for anything else."""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def items(value: Any) -> list[Any]:
    """Return a list, of one for a single value; a text that holds a JSON list is one too, as in extras of CKAN."""
    if isinstance(value, str) and value.startswith("["):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            return [value]
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]


def optional(read: Callable[[str, str], str], property: str, value: Any) -> str:
    """Read a value that may be absent, and is no error then."""
    return read(property, text(value)) if text(value) else ""
