"""Media types: which one an answer has (clause 6.3.4), and the Link header (clause 6.3.5). Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.vocabulary import LINK_RELATION

JSON = "application/json"
LD_JSON = "application/ld+json"
GEO_JSON = "application/geo+json"
MERGE_PATCH = "application/merge-patch+json"
PLAIN_TYPES = (JSON, LD_JSON)
ENTITY_TYPES = (JSON, LD_JSON, GEO_JSON)

_LINK = re.compile(r"<([^>]*)>([^<]*)")
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s";,]+))', re.IGNORECASE)


@lru_cache(maxsize=1_024)
def chosen_type(accept: str, offered: tuple[str, ...]) -> str | None:
    """Return the type that an Accept header asks for, the first offered among equals; None when it accepts none."""
    if not accept.strip():
        return offered[0]
    ranges = [_media_range(part) for part in accept.split(",") if part.strip()]
    best = max(offered, key=lambda one: _quality(one, ranges))  # max keeps the first of equals
    return best if _quality(best, ranges) > 0 else None


def _media_range(text: str) -> tuple[str, float]:
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return name, min(max(float(value), 0.0), 1.0)
            except ValueError:
                return name, 0.0
    return name, 1.0


def _quality(offered: str, ranges: Iterable[tuple[str, float]]) -> float:
    found = dict(ranges)
    for name in (offered, f"{offered.partition('/')[0]}/*", "*/*"):
        if name in found:
            return found[name]
    return 0.0


def linked_context(header: str) -> str | None:
    """Return the address of the @context in a Link header; BadRequestData when there is more than one."""
    found = [match[1].strip() for match in _LINK.finditer(header) if _is_context(match[2])]
    if len(found) > 1:
        raise BadRequestData("The Link header names more than one @context.", remedy="Host one that holds them all.")
    return found[0] if found else None


def _is_context(parameters: str) -> bool:
    return any(LINK_RELATION in (quoted or bare).split() for quoted, bare in _RELATION.findall(parameters))


@lru_cache(maxsize=1_024)
def link_to(url: str) -> str:
    """Return the Link header that names an @context."""
    return f'<{url}>; rel="{LINK_RELATION}"; type="{LD_JSON}"'
