"""What a server answers when an @context is fetched: the @context in it, and how long it may be kept. Pure."""

import email.utils
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

KEPT = timedelta(days=1)  # when the server says nothing
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=365)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])", re.IGNORECASE)
_ALTERNATE = re.compile(r"<([^>]*)>([^<]*)")


class NoContext(ValueError):
    """An answer in which there is no @context; the text says why."""


def context_in(body: bytes) -> Any:
    """Return what stands under @context in a document; the rest of it does not matter. NoContext."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise NoContext(f"it is not JSON ({error})") from None
    if not isinstance(document, dict) or not isinstance(document.get("@context"), dict | list | str):
        raise NoContext("it has no @context")
    if b"\\u0000" in body:
        raise NoContext("it holds a NUL character")
    return document["@context"]


def alternate_of(headers: Mapping[str, str]) -> str | None:
    """Return where the JSON-LD document of a page is, when the answer is not JSON and says so in a Link header."""
    if "json" in headers.get("content-type", "json"):
        return None
    for match in _ALTERNATE.finditer(headers.get("link", "")):
        if "alternate" in match[2] and "application/ld+json" in match[2]:
            return match[1]
    return None


def expiry(headers: Mapping[str, str], moment: datetime) -> datetime:
    """Return until when an answer may be kept: Cache-Control before Expires, at least a minute."""
    return moment + min(max(_lifetime(headers, moment), SHORTEST), LONGEST)


def _lifetime(headers: Mapping[str, str], moment: datetime) -> timedelta:
    control = headers.get("cache-control", "")
    if _NOT_KEPT.search(control):
        return SHORTEST
    if found := _MAX_AGE.search(control):
        return min(timedelta(seconds=int(found[1])), LONGEST)
    try:
        return email.utils.parsedate_to_datetime(headers["expires"]) - moment
    except (KeyError, ValueError, TypeError, OverflowError):
        return KEPT
