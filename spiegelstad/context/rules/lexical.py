"""What names, URIs, times and scopes look like in NGSI-LD. Each check returns what is stored, or says what is wrong."""

import re
import reprlib
from datetime import datetime
from functools import lru_cache
from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules.documents import NULL

# The point is not in the grammar, which says that other characters *should* be refused; names of OSLO hold it.
_NAME = re.compile(r"[^\W\d_]\w*(?:\.\w+)*")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`\x00-\x1f]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,6})?Z", re.ASCII)
_SCOPE = re.compile(r"/?[^\W\d_]\w*(?:/[^\W\d_]\w*)*")
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 100
_SHORT.maxlevel = 2
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")


def shortly(given: Any) -> str:
    """Write what was given as errors show it: not longer than a line."""
    return _SHORT.repr(given)


@lru_cache(maxsize=65_536)
def is_name(text: str) -> bool:
    """Say whether this can name a type or an attribute (clause 4.6.2): a name, `prefix:name` or a whole IRI."""
    if ":" in text:
        return _URI.fullmatch(text) is not None
    # `\w` also takes numbers that are no decimal digits, which may not stand first.
    return _NAME.fullmatch(text) is not None and text[0].isalpha()


def name(given: Any, what: str) -> str:
    """Return a name of a type or an attribute; `what` says in the error which."""
    if isinstance(given, str) and is_name(given):
        return given
    raise BadRequestData(
        f"{shortly(given)} cannot be {what}.",
        remedy="A name is a letter and then letters, digits, _ and points only; or it is prefix:name, or a URI.",
    )


def is_uri(given: Any) -> bool:
    """Say whether this is an absolute URI (or IRI)."""
    return isinstance(given, str) and _URI.fullmatch(given) is not None


def uri(given: Any, what: str) -> str:
    """Return a URI that is not the NGSI-LD null; `what` says in the error which."""
    if isinstance(given, str) and _URI.fullmatch(given) is not None and given != NULL:
        return given
    raise BadRequestData(f"{what} is not a URI: {shortly(given)}.", remedy="A URI looks like urn:ngsi-ld:Sensor:7.")


def time(given: Any, what: str) -> str:
    """Return a time as it is stored, from `2026-11-22T07:00:00Z` with at most six decimals (clause 4.6.3)."""
    if isinstance(given, str) and _TIME.fullmatch(given) is not None:
        try:
            datetime.fromisoformat(given[:19])
        except ValueError:
            pass
        else:
            return f"{given[:19]}.{given[20:-1]:0<6}Z"
    raise BadRequestData(
        f"{what} is not a time in UTC: {shortly(given)}.",
        remedy="Write it as 2026-11-22T07:00:00Z, with at most six decimals.",
    )


def scopes(given: Any) -> list[str]:
    """Return the scopes, each once, from one scope or a list of them (clause 4.18)."""
    several = given if isinstance(given, list) else [given]
    for one in several:
        if not isinstance(one, str) or _SCOPE.fullmatch(one) is None:
            raise BadRequestData(f"{shortly(one)} is not a scope.", remedy="A scope looks like /Gent/Centrum.")
    return list(dict.fromkeys(several))


def is_language(tag: Any) -> bool:
    """Say whether this is a language tag of RFC 5646, or `@none`."""
    return isinstance(tag, str) and (tag == "@none" or _LANGUAGE.fullmatch(tag) is not None)
