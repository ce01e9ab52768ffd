"""Terms of the query language as SQL/JSON paths over the column `attributes`. They agree with rules/reference (tested).

All paths are `strict`: `lax` would look inside arrays where the standard does not. What is absent is then an error,
which makes a filter unknown, and unknown selects nothing.
"""

import json
from collections.abc import Iterator

from spiegelstad.context.rules.literals import SHAPES, Kind, Literal, Range
from spiegelstad.context.rules.q import ANY_LANGUAGE, MEMBERS, Compare, Exists, Match, Path, Term

_ANY_TYPE = ("value", "json", "valueList")
_HASHED = (Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN)
_NEVER = "1 == 0"
_URIS = ("vocab", "object", "objectList")


def quoted(text: str) -> str:
    """Return a text as a literal of a path."""
    return json.dumps(text)


def path_of(term: Term, now: str) -> str:
    """Return the path that finds something in the attributes of an entity for which the term holds.

    Instances that expired by `now` (as stored) are not there; that is looked at last, in the few that fit otherwise.
    """
    inner = _through(term.path.names[1:], term)
    return _living(term.path.names[0], now, f"({inner}) && " if inner else "")


def presence_of(iri: str, now: str) -> str:
    """Return the path that finds the instances of an attribute that have not expired by `now`."""
    return _living(iri, now, "")


def _living(iri: str, now: str, other: str) -> str:
    later = f"@.expiresAt > {quoted(now)}"
    return f"strict $.{quoted(iri)}.* ? ({other}({later} || ({later}) is unknown))"


def indexed_path_of(term: Term) -> str:
    """Return a path that the index on `attributes` answers, and that finds what the term does in default instances that
    are in no language; empty when there is none. It may find more.
    """
    if not isinstance(term, Compare) or term.operator != "==" or len(term.path.names) > 1:
        return ""
    literals = [one for one in term.values if isinstance(one, Literal) and one.kind in _HASHED]
    if len(literals) < len(term.values):
        return ""
    inside = "".join(f".{quoted(name)}" for name in term.path.trailing)
    places = [f"@.{member}{inside}" for member in (*_ANY_TYPE, *_URIS)]
    texts = [_text_of(one) for one in literals]
    tests = [f"{place}{held} == {text}" for place in places for held in ("", '."@value"') for text in texts]
    return f'lax $.{quoted(term.path.names[0])}."" ? ({" || ".join(tests)})'


def _text_of(literal: Literal) -> str:
    if literal.kind is Kind.TEXT:
        return quoted(literal.value)
    return ("true" if literal.value else "false") if literal.kind is Kind.BOOLEAN else str(literal.value)


def _through(names: tuple[str, ...], term: Term) -> str:
    """Return what has to be true of an instance, `@`; empty: nothing."""
    if not names:
        return _of_instance(term)
    if names[0] in MEMBERS:
        return _of_member(f"@.{names[0]}", term)
    inner = _through(names[1:], term)
    subs = f"@.attributes.{quoted(names[0])}.*"
    return f"exists({subs} ? ({inner}))" if inner else f"exists({subs})"


def _of_member(place: str, term: Term) -> str:
    if term.path.trailing:
        return _NEVER
    if isinstance(term, Exists):
        return f"exists({place})"
    return _tested([place], place, "member", term) or _NEVER


def _of_instance(term: Term) -> str:
    if isinstance(term, Exists) and not term.path.trailing:
        return ""
    tests = [_tested(places, existing, family, term) for family, places, existing in _targets(term.path)]
    return " || ".join(f"({test})" for test in tests if test) or _NEVER


def _targets(path: Path) -> Iterator[tuple[str, list[str], str]]:
    """Return for each kind of attribute the family of its values, where they are, and what then exists."""
    inside = "".join(f".{quoted(name)}" for name in path.trailing)
    yield "json", [f"@.{member}{inside}" for member in _ANY_TYPE[: 2 if inside else 3]], ""
    if path.trailing in ((), (ANY_LANGUAGE,)):
        yield "text", ["@.languageMap.*"], "@.languageMap"
    elif len(path.trailing) == 1:
        yield "text", [f"@.languageMap{inside}"], ""
    if not path.trailing:
        yield "uri", [f"@.{member}" for member in _URIS], ""


def _tested(places: list[str], existing: str, family: str, term: Term) -> str:
    return " || ".join(test for place in places if (test := _test(place, existing or place, family, term)))


def _test(place: str, existing: str, family: str, term: Term) -> str:
    """Return the test of the values at a place; `existing`: what must be there for "unequal" to be true."""
    if isinstance(term, Exists):
        return f"exists({existing})"
    if isinstance(term, Match):
        return _pattern(place, family, term)
    if term.operator in ("==", "!="):
        found = " || ".join(one for wanted in term.values if (one := _equal(wanted, family)))
        if term.operator == "==":
            return f"exists({place} ? ({found}))" if found else ""
        return f"(exists({existing}) && !exists({place} ? ({found})))" if found else f"exists({existing})"
    wanted = term.values[0]
    assert isinstance(wanted, Literal)
    ordered = _each_scalar(term.operator, wanted, family) if family != "uri" else ""
    return f"exists({place} ? ({ordered}))" if ordered else ""


def _pattern(place: str, family: str, term: Match) -> str:
    if family == "uri":
        return ""
    flags = "si" if term.pattern.ignores_case else "s"
    like = f'like_regex {quoted(term.pattern.portable)} flag "{flags}"'
    found = f'exists({place} ? (@ {like} || @."@value" {like}))'
    if not term.negated:
        return found
    text = f'exists({place} ? (@.type() == "string" || @."@value".type() == "string"))'
    return f"({text} && !{found})"


def _equal(wanted: Literal | Range, family: str) -> str:
    """Return the test that a value, `@`, is equal, or one of an array is."""
    if isinstance(wanted, Range):
        low, high = (_each_scalar(symbol, end, family) for symbol, end in ((">=", wanted.low), ("<=", wanted.high)))
        return f"(({low}) && ({high}))" if low and high and family != "uri" else ""
    scalar = _each_scalar("==", wanted, family)
    return f"({scalar} || exists(@[*] ? ({scalar})))" if scalar else ""


def _each_scalar(symbol: str, wanted: Literal, family: str) -> str:
    """Return the test of a value, `@`, or of what it holds when it is a typed value of JSON-LD."""
    tests = [_scalar(item, symbol, wanted, family) for item in ("@", '@."@value"')]
    return " || ".join(test for test in tests if test)


def _scalar(item: str, symbol: str, wanted: Literal, family: str) -> str:
    if wanted.kind is Kind.TEXT or (wanted.kind is Kind.DATE_TIME and family == "member"):
        return f"{item} {symbol} {quoted(wanted.value)}"
    if family != "json":
        return ""
    if wanted.kind in _HASHED:
        return f"{item} {symbol} {_text_of(wanted)}"
    shape = quoted(SHAPES[wanted.kind])
    return f"({item} like_regex {shape} && {item}.datetime() {symbol} {quoted(wanted.value)}.datetime())"
