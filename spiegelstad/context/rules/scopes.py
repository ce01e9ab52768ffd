"""The scope query language (clause 4.19): `/Madrid/+/ParqueNorte`, `/Madrid/Gardens/#`, `(/A;/B)|/C`, `/#`."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from spiegelstad.context.errors import BadRequestData, TooComplexQuery

MAX_SCOPES = 200
_PARTS = re.compile(r"[|,;()]|[^|,;()]+")
_LEVEL = re.compile(r"[^\W\d_]\w*|\+")


@dataclass(frozen=True)
class ScopePattern:
    """`levels` of a scope, `+` for any; `below`: or anything under it. No levels: any scope at all."""

    levels: tuple[str, ...]
    below: bool

    @cached_property
    def expression(self) -> str:
        """The same as a regular expression, understood by Python and PostgreSQL alike."""
        levels = "/".join("[^/]+" if level == "+" else level for level in self.levels)
        return f"^/?{levels}{'(?:/.*)?' if self.below else ''}$" if self.levels else "^"

    @property
    def is_plain(self) -> bool:
        """Whether it is one scope, without wildcards."""
        return bool(self.levels) and not self.below and "+" not in self.levels


ScopeExpr = tuple[tuple[ScopePattern, ...], ...]
"""An entity has a scope for each pattern of one of these."""


def parse_scopes(text: str) -> ScopeExpr:
    """Read a scope query; BadRequestData when it is wrong."""
    parts: list[str] = _PARTS.findall(text)
    if len(parts) > 2 * MAX_SCOPES:
        raise TooComplexQuery(f"A scope query has at most {MAX_SCOPES} scopes.")
    found = []
    while True:
        found.append(_alternative(parts, text))
        if not parts:
            return tuple(found)
        if parts.pop(0) not in ("|", ","):
            raise _wrong(text, "alternatives are joined by | or a comma")


def _alternative(parts: list[str], text: str) -> tuple[ScopePattern, ...]:
    if not parts or parts[0] != "(":
        return (_pattern(parts, text),)
    patterns, expected = [], "("
    while parts and parts[0] == expected:
        del parts[0]
        patterns.append(_pattern(parts, text))
        expected = ";"
    if not parts or parts.pop(0) != ")":
        raise _wrong(text, "(/A;/B) is expected")
    return tuple(patterns)


def _pattern(parts: list[str], text: str) -> ScopePattern:
    """The slash in front may be missing, as in example 5."""
    given = parts.pop(0) if parts else ""
    levels = given.removeprefix("/").split("/")
    below = levels[-1] == "#"
    if below:
        del levels[-1]
    if not all(_LEVEL.fullmatch(level) for level in levels) or not (levels or given == "/#"):
        raise _wrong(text, f"{given!r} is not a scope")
    return ScopePattern(tuple(levels), below)


def _wrong(text: str, why: str) -> BadRequestData:
    return BadRequestData(f"The scope query {text[:200]!r} is wrong: {why}.")


def has_scopes(scopes: Collection[str], query: ScopeExpr) -> bool:
    """Say whether an entity with these scopes is asked for."""
    return any(all(_has(scopes, one) for one in together) for together in query)


def _has(scopes: Collection[str], wanted: ScopePattern) -> bool:
    return any(re.search(wanted.expression.replace("$", r"\Z"), scope) for scope in scopes)
