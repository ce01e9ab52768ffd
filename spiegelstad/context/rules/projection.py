"""Which members of an entity are wanted: `pick` and `omit` (clause 4.21)."""

import re
from collections.abc import Callable, Mapping

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules import lexical

Projection = Mapping[str, "Projection | None"]
"""Member (`id`, `type`, `scope`, a time of the entity, or the IRI of an attribute) → what of the entities it links to;
None when nothing was said of those."""

_TOKEN = re.compile(r"[{},|]|[^{},|\s]+")
_SIGNS = frozenset("{},|")
_OR = frozenset(",|")
_ENTITY_MEMBERS = frozenset({"id", "type", "scope", "expiresAt", "createdAt", "modifiedAt"})
MAX_DEPTH = 10


def projection(given: str | list[str], expand: Callable[[str], str]) -> Projection:
    """Read `temperature,observation{value|unit}`, or a list of such terms; `expand` makes IRIs of names.

    BadRequestData when it breaks the grammar.
    """
    several = given if isinstance(given, list) else [given]
    if not all(isinstance(one, str) for one in several):
        raise BadRequestData("pick and omit are texts.")
    text = ",".join(several)
    tokens = _TOKEN.findall(text)
    tokens.reverse()
    found = _terms(tokens, text, expand, depth=0)
    if tokens:
        raise _fault(text)
    return found


def _terms(tokens: list[str], text: str, expand: Callable[[str], str], depth: int) -> Projection:
    """Take terms from the end of `tokens`, up to the brace that closes them."""
    found: dict[str, Projection | None] = {}
    while depth <= MAX_DEPTH:
        if not tokens or tokens[-1] in _SIGNS:
            break
        member = _member(tokens.pop(), expand)
        found[member] = None
        if tokens and tokens[-1] == "{":
            tokens.pop()
            found[member] = _terms(tokens, text, expand, depth + 1)
            if not tokens or tokens.pop() != "}":
                break
        if not tokens or tokens[-1] == "}":
            return found
        if tokens.pop() not in _OR:
            break
    raise _fault(text)


def _member(term: str, expand: Callable[[str], str]) -> str:
    return term if term in _ENTITY_MEMBERS else expand(lexical.name(term, "the name of an attribute"))


def _fault(text: str) -> BadRequestData:
    return BadRequestData(
        f"{lexical.shortly(text)} does not list members of an entity.",
        remedy="Write it as name,temperature or as owner{name,phone}.",
    )


def depth_of(given: Projection | None) -> int:
    """Return how many links deep a projection goes."""
    if not given:
        return 0
    return max((1 + depth_of(linked) for linked in given.values() if linked is not None), default=0)
