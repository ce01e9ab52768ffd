"""Reads the NGSI-LD query language (clause 4.9). Errors are BadRequestData and tell the place.

Wider than the grammar: associations nest (as in its example 6), a pattern may be quoted, names may have a prefix.
"""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import replace

from spiegelstad.context.errors import BadRequestData, TooComplexQuery
from spiegelstad.context.rules.lexical import is_uri
from spiegelstad.context.rules.literals import Kind, Literal, Range, temporal, unquoted
from spiegelstad.context.rules.patterns import pattern
from spiegelstad.context.rules.q import MEMBERS, TIME_MEMBERS, All, Any, Compare, Exists, Match, Path, QExpr, Term
from spiegelstad.context.rules.terms import Context
from spiegelstad.context.vocabulary import NGSI_LD

MAX_LENGTH = 20_000
MAX_TERMS = 200
MAX_DEPTH = 20
_OPERATOR = re.compile(r"==|!=|!~=|~=|>=|<=|>|<")
_NAME = re.compile(r"[^\W\d_][\w:\-]*")
_LINKED_NAME = re.compile(r"[^\W\d_][\w\-]*")
_MEMBER = re.compile(r"[^.\[\]\x00]+")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WORD = re.compile(r'[^;|()",<>\s\x00]+')
_MOMENT = re.compile(r"(?:\d{4}-\d\d-\d\dT)?\d\d:\d\d:\d\d(?:[.,]\d{1,6})?Z")  # may hold a comma
_MEMBER_OF = {NGSI_LD + name: name for name in MEMBERS} | {f"{NGSI_LD}hasObjectType": "objectType"}


def parse_q(text: str, context: Context, expand_values: Collection[str] = ()) -> QExpr:
    """Read a query. `expand_values`: names of attributes whose texts in the query stand for IRIs of the @context."""
    if len(text) > MAX_LENGTH:
        raise TooComplexQuery(f"A query has at most {MAX_LENGTH} characters.")
    return _Reader(text, context, frozenset(context.expand(name) for name in expand_values)).whole()


class _Reader:
    """Reads from left to right."""

    def __init__(self, text: str, context: Context, expanded: frozenset[str]) -> None:
        self.text = text
        self.at = 0
        self.context = context
        self.expanded = expanded
        self.terms = 0
        self.depth = 0

    def whole(self) -> QExpr:
        found = self.expression()
        if self.at < len(self.text):
            raise self.wrong("this was not expected here")
        return found

    def wrong(self, why: str) -> BadRequestData:
        rest = self.text[self.at : self.at + 20] or "the end"
        return BadRequestData(f"The query {self.text[:200]!r} is wrong at character {self.at + 1} ({rest}): {why}.")

    def taken(self, text: str) -> bool:
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def matched(self, expected: "re.Pattern[str]") -> str:
        found = expected.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def expression(self) -> QExpr:
        """`;` binds stronger than `|`."""
        return self.several("|", lambda: self.several(";", self.term, All), Any)

    def several(
        self, separator: str, read: Callable[[], QExpr], together: Callable[[tuple[QExpr, ...]], QExpr]
    ) -> QExpr:
        found = [read()]
        while self.taken(separator):
            found.append(read())
        return found[0] if len(found) == 1 else together(tuple(found))

    def term(self) -> QExpr:
        if self.taken("("):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise TooComplexQuery(f"A query nests at most {MAX_DEPTH} deep.")
            inner = self.expression()
            if not self.taken(")"):
                raise self.wrong("a parenthesis is not closed")
            self.depth -= 1
            return inner
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise TooComplexQuery(f"A query has at most {MAX_TERMS} terms.")
        return self.query_term()

    def query_term(self) -> Term:
        path = self.path(_NAME)
        operator = self.matched(_OPERATOR)
        if not operator:
            return Exists(path)
        if operator in ("~=", "!~="):
            return Match(path, pattern(self.pattern_text()), operator == "!~=")
        return Compare(path, operator, self.values(operator, _last(path)))

    def path(self, names: "re.Pattern[str]") -> Path:
        found = [self.name(names)]
        while self.taken("."):
            found.append(self.name(names))
        if any(name in MEMBERS for name in found[:-1]):
            raise self.wrong("a member such as observedAt has no attributes")
        path = Path(tuple(found))
        if self.taken("["):
            return replace(path, trailing=self.trailing())
        if len(found) == 1 and self.taken("{"):
            return self.linked(path)
        return path

    def name(self, names: "re.Pattern[str]") -> str:
        name = self.matched(names)
        if not name:
            raise self.wrong("a name of an attribute is expected")
        iri = self.context.expand(name)
        if iri.startswith("@"):
            raise self.wrong(f"{name} is not an attribute")
        return _MEMBER_OF.get(iri, iri)

    def trailing(self) -> tuple[str, ...]:
        found = [self.matched(_MEMBER)]
        while self.taken("."):
            found.append(self.matched(_MEMBER))
        if "" in found or not self.taken("]"):
            raise self.wrong("names of members, joined by points, are expected up to ]")
        return tuple(found)

    def linked(self, path: Path) -> Path:
        if path.names[0] in MEMBERS:
            raise self.wrong("only a relationship leads to another entity")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TooComplexQuery(f"A query nests at most {MAX_DEPTH} deep.")
        hint = self.hint()
        link = self.path(_LINKED_NAME)
        if not self.taken("}"):
            raise self.wrong("} is expected")
        self.depth -= 1
        return replace(path, link=link, hint=hint)

    def hint(self) -> tuple[str, ...]:
        """Read the types in front of `:`, if there are any."""
        start, found = self.at, [self.matched(_LINKED_NAME)]
        while self.taken(","):
            found.append(self.matched(_LINKED_NAME))
        if "" in found or not self.taken(":"):
            self.at = start
            return ()
        return tuple(self.context.expand(name) for name in found)

    def values(self, operator: str, path: Path) -> tuple[Literal | Range, ...]:
        first = self.value(path)
        if operator in ("==", "!="):
            if isinstance(first, Range):
                return (first,)
            found: list[Literal | Range] = [first]
            while self.taken(","):
                found.append(self.value(path, of_list=True))
            return tuple(found)
        if isinstance(first, Range) or first.kind is Kind.BOOLEAN:
            raise self.wrong(f"{operator} compares with one number, text or time")
        return (first,)

    def value(self, path: Path, *, of_list: bool = False) -> Literal | Range:
        low = self.literal(path)
        if of_list or low.kind is Kind.BOOLEAN or not self.taken(".."):
            return low
        high = self.literal(path)
        if high.kind is not low.kind:
            raise self.wrong("a range has two values of one kind")
        return Range(low, high)

    def literal(self, path: Path) -> Literal:
        if quoted := self.matched(_STRING):
            return self.quoted(quoted, path)
        start = self.at
        if (moment := self.matched(_MOMENT)) and (found := unquoted(moment)) is not None:
            return found
        self.at = start
        word, _, more = self.matched(_WORD).partition("..")
        self.at = start + len(word)
        if not word:
            raise self.wrong("a value is expected")
        if (found := unquoted(word)) is not None:
            return found
        word += f"..{more}" if more else ""
        self.at = start + len(word)
        if path.names[0] in self.expanded:
            return Literal(Kind.TEXT, self.context.expand(word))
        if is_uri(word):
            return Literal(Kind.TEXT, word)
        self.at = start
        raise self.wrong('a value is a number, a "text", true, false, a time or a URI')

    def quoted(self, quoted: str, path: Path) -> Literal:
        try:
            text: str = json.loads(quoted)
            text.encode()
        except ValueError:
            raise self.wrong("this text is not as JSON writes it") from None
        if "\x00" in text:
            raise self.wrong("a text holds no null character")
        if path.names[-1] in TIME_MEMBERS and (moment := temporal(text, Kind.DATE_TIME)):
            return Literal(Kind.DATE_TIME, moment)
        return Literal(Kind.TEXT, self.context.expand(text) if path.names[0] in self.expanded else text)

    def pattern_text(self) -> str:
        """Read a pattern: a quoted text, or all up to `;` or `|` or `)` outside its own parentheses and brackets."""
        if self.text.startswith('"', self.at) and (quoted := self.matched(_STRING)):
            try:
                return str(json.loads(quoted))
            except ValueError:  # \d and the like are no escapes of JSON, yet meant
                return quoted[1:-1]
        start, open_ = self.at, 0
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\":
                self.at += 1
            elif char == "[":
                self.at = max(self.text.find("]", self.at + 2), self.at)
            elif char in ";|)" and not open_:
                break
            open_ += (char == "(") - (char == ")")
            self.at += 1
        self.at = min(self.at, len(self.text))
        if self.at == start:
            raise self.wrong("a pattern is expected")
        return self.text[start : self.at]


def _last(path: Path) -> Path:
    while path.link is not None:
        path = path.link
    return path
