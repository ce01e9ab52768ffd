"""Which members of an entity are wanted: `pick` and `omit` (clause 4.21)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules import lexical

Projection = Mapping[str, "Projection | None"]
"""Member (`id`, `type`, `scope`, a time of the entity, or the IRI of an attribute) → what of the entities it links to;
None when nothing was said of those."""

_TOKEN = re.compile(r"\s*([{},|]|[^{},|\s]+)")
_ENTITY_MEMBERS = frozenset({"id", "type", "scope", "expiresAt", "createdAt", "modifiedAt"})
MAX_DEPTH = 10


def projection(given: str | list[str], expand: Callable[[str], str]) -> Projection:
    """Read `temperature,observation{value|unit}`, or a list of such terms; `expand` makes IRIs of names.

    BadRequestData when it breaks the grammar.
    """
    text = ",".join(given) if isinstance(given, list) else given
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != re.sub(r"\s", "", text) or not tokens:
        raise _fault(text)
    found, rest = _terms(tokens, text, expand, depth=0)
    if rest:
        raise _fault(text)
    return found


def _terms(tokens: list[str], text: str, expand: Callable[[str], str], depth: int) -> tuple[Projection, list[str]]:
    found: dict[str, Any] = {}
    if depth > MAX_DEPTH:
        raise _fault(text)
    while True:
        if not tokens or tokens[0] in "{},|":
            raise _fault(text)
        member = _member(tokens[0], expand)
        tokens = tokens[1:]
        linked: Projection | None = None
        if tokens and tokens[0] == "{":
            linked, tokens = _terms(tokens[1:], text, expand, depth + 1)
            if not tokens or tokens[0] != "}":
                raise _fault(text)
            tokens = tokens[1:]
        found[member] = linked
        if not tokens or tokens[0] == "}":
            return found, tokens
        if tokens[0] == "{":
            raise _fault(text)
        tokens = tokens[1:]


def _member(term: str, expand: Callable[[str], str]) -> str:
    return term if term in _ENTITY_MEMBERS else expand(lexical.name(term, "the name of an attribute"))


def _fault(text: str) -> BadRequestData:
    return BadRequestData(
        f"{text!r} does not list members of an entity.", remedy="Write it as name,temperature or as owner{name,phone}."
    )


def depth_of(given: Projection | None) -> int:
    """Return how many links deep a projection goes."""
    if not given:
        return 0
    return max((1 + depth_of(linked) for linked in given.values() if linked is not None), default=0)
