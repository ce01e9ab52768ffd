"""The entity type selection language (clause 4.17): `Building|House`, `(Home;Vehicle),Motorhome`, `*`."""

import re
from collections.abc import Collection

from spiegelstad.context.errors import BadRequestData, TooComplexQuery
from spiegelstad.context.rules.lexical import is_name
from spiegelstad.context.rules.terms import Context

TypeExpr = tuple[frozenset[str], ...]
"""Types as IRIs: an entity has all of one of these sets."""
ANY_TYPE: TypeExpr = (frozenset(),)
MAX_TYPES = 500
_PARTS = re.compile(r"[|,;()]|[^|,;()]+")


def parse_types(text: str, context: Context) -> TypeExpr:
    """Read a selection of types; `*` selects all. BadRequestData when it is wrong."""
    if text == "*":
        return ANY_TYPE
    parts: list[str] = _PARTS.findall(text)
    if len(parts) > 2 * MAX_TYPES:
        raise TooComplexQuery(f"A selection has at most {MAX_TYPES} types.")
    selected = []
    while True:
        selected.append(_alternative(parts, text, context))
        if not parts:
            return tuple(selected)
        if parts.pop(0) not in ("|", ","):
            raise _wrong(text, "alternatives are joined by | or a comma")


def _alternative(parts: list[str], text: str, context: Context) -> frozenset[str]:
    if not parts or parts[0] != "(":
        return frozenset({_name(parts, text, context)})
    types, expected = set(), "("
    while parts and parts[0] == expected:
        del parts[0]
        types.add(_name(parts, text, context))
        expected = ";"
    if not parts or parts.pop(0) != ")":
        raise _wrong(text, "(A;B) is expected")
    return frozenset(types)


def _name(parts: list[str], text: str, context: Context) -> str:
    if not parts or not is_name(parts[0]):
        raise _wrong(text, "a name of a type or its URI is expected")
    return context.expand(parts.pop(0))


def _wrong(text: str, why: str) -> BadRequestData:
    return BadRequestData(f"The selection of types {text[:200]!r} is wrong: {why}.")


def has_types(types: Collection[str], selected: TypeExpr) -> bool:
    """Say whether an entity with these types is selected."""
    return any(one.issubset(types) for one in selected)
