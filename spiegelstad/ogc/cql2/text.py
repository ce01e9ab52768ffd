"""CQL2 text: recursive descent over the grammar of the standard (its annex with the BNF).

Why not pygeofilter: its grammar for CQL2 text (0.4) gives AND and OR the same rank, so that `a = 1 OR b = 2 AND c = 3`
finds the wrong rows, and does not read temporal functions, names of one letter, doubled quotes or line breaks.
"""

import re
from collections.abc import Callable
from typing import NoReturn

from spiegelstad.ogc.cql2.nodes import (
    MAX_DEPTH,
    MAX_TEXT,
    Interval,
    InvalidFilter,
    Literal,
    Node,
    Property,
    Shape,
    Values,
    operator,
    require_small,
)
from spiegelstad.ogc.cql2.values import read_date, read_instant, read_moment, read_number, shape_of_box, shape_of_wkt

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<text>'(?:[^'\\]|''|\\.)*')
    | (?P<name>"(?:[^"]|"")*"|[^\W\d][\w.:]*)
    | (?P<sign><>|<=|>=|[=<>+\-*/%^(),])
    | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SHAPES = frozenset(
    {
        "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION",
    }
)  # fmt: skip
_ARRAYS = frozenset({"a_contains", "a_containedby", "a_equals", "a_overlaps"})


def read_text(text: str) -> Node:
    """Read a filter, or say where it goes wrong."""
    if len(text) > MAX_TEXT:
        raise InvalidFilter(f"The filter is longer than {MAX_TEXT:,} characters.")
    reader = _Reader(text)
    node = reader.condition()
    if reader.kind != "end":
        reader.fail("the end")
    require_small(node)
    return node


class _Reader:
    """Reads one token ahead; `here` is where that token begins."""

    def __init__(self, text: str) -> None:
        self.source, self.place, self.depth = text, 0, 0
        self.kind, self.token, self.here = "", "", 0
        self.advance()

    def advance(self) -> str:
        """Go to the next token and return the one before."""
        passed, found = self.token, _TOKEN.match(self.source, self.place)
        if found is None:
            start = len(self.source) - len(self.source[self.place :].lstrip())
            raise InvalidFilter(f"The filter cannot be read from character {start + 1} on.", position=start + 1)
        self.kind = str(found.lastgroup)
        self.token = found[self.kind]
        self.here, self.place = found.start(self.kind), found.end()
        return passed

    def fail(self, wanted: str) -> NoReturn:
        got = f"{self.token[:40]!r}" if self.kind != "end" else "the end"
        raise InvalidFilter(
            f"At character {self.here + 1} of the filter stands {got}, where {wanted} was expected.",
            position=self.here + 1,
        )

    def is_word(self, *words: str) -> bool:
        return self.kind == "name" and self.token.upper() in words

    def took_word(self, word: str) -> bool:
        if self.is_word(word):
            self.advance()
            return True
        return False

    def took(self, sign: str) -> bool:
        if self.kind == "sign" and self.token == sign:
            self.advance()
            return True
        return False

    def expect(self, sign: str) -> None:
        if not self.took(sign):
            self.fail(f"{sign!r}")

    def deeper(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise InvalidFilter(f"The filter is nested more than {MAX_DEPTH} deep.")
        node = read()
        self.depth -= 1
        return node

    def condition(self) -> Node:
        return self._chain("OR", lambda: self._chain("AND", self._factor))

    def _chain(self, word: str, read: Callable[[], Node]) -> Node:
        found = [read()]
        while self.took_word(word):
            found.append(read())
        return found[0] if len(found) == 1 else operator(word.lower(), *found)

    def _factor(self) -> Node:
        if self.took_word("NOT"):
            return operator("not", self.deeper(self._factor))
        return self._predicate()

    def _predicate(self) -> Node:
        left = self._sum()
        if self.kind == "sign" and self.token in {"=", "<>", "<", "<=", ">", ">="}:
            return operator(self.advance(), left, self._sum())
        if self.took_word("IS"):
            is_not = self.took_word("NOT")
            if not self.took_word("NULL"):
                self.fail("NULL")
            return _maybe_not(is_not, operator("isNull", left))
        if not self.is_word("NOT", "LIKE", "BETWEEN", "IN"):
            return left
        is_not = self.took_word("NOT")
        if self.took_word("LIKE"):
            return _maybe_not(is_not, operator("like", left, self._sum()))
        if self.took_word("BETWEEN"):
            low = self._sum()
            if not self.took_word("AND"):
                self.fail("AND")
            return _maybe_not(is_not, operator("between", left, low, self._sum()))
        if self.took_word("IN"):
            self.expect("(")
            return _maybe_not(is_not, operator("in", left, Values(self._list())))
        self.fail("LIKE, BETWEEN or IN")

    def _list(self) -> tuple[Node, ...]:
        """Read on to the closing parenthesis."""
        found = [self.deeper(self._sum)]
        while self.took(","):
            found.append(self.deeper(self._sum))
        self.expect(")")
        return tuple(found)

    def _sum(self) -> Node:
        node = self._product()
        while self.kind == "sign" and self.token in {"+", "-"}:
            node = operator(self.advance(), node, self._product())
        return node

    def _product(self) -> Node:
        node = self._power()
        while (self.kind == "sign" and self.token in {"*", "/", "%"}) or self.is_word("DIV"):
            node = operator(self.advance().lower(), node, self._power())
        return node

    def _power(self) -> Node:
        node = self._atom()
        return operator("^", node, self._atom()) if self.took("^") else node

    def _atom(self) -> Node:
        if self.took("-"):
            if self.kind == "number":
                return Literal(read_number(f"-{self.advance()}"))
            return operator("*", Literal(-1), self.deeper(self._atom))
        if self.took("("):
            node = self.deeper(self.condition)
            self.expect(")")
            return node
        if self.kind == "number":
            return Literal(read_number(self.advance()))
        if self.kind == "text":
            return Literal(_unquoted(self.advance()))
        if self.kind == "name":
            return self._named()
        self.fail("a value")

    def _named(self) -> Node:
        start, name = self.here, self.token
        if self.is_word("AND", "OR", "NOT", "IS", "IN", "LIKE", "BETWEEN", "NULL"):
            self.fail("a value")
        if name.upper() in _SHAPES:
            return self._shape(start)
        self.advance()
        if name.startswith('"'):
            return Property(name[1:-1].replace('""', '"'))
        if not self.took("("):
            return Literal(name.upper() == "TRUE") if name.upper() in {"TRUE", "FALSE"} else Property(name)
        match name.upper():
            case "DATE":
                return self._of_text(read_date)
            case "TIMESTAMP":
                return self._of_text(read_moment)
            case "INTERVAL":
                return self._interval()
            case "BBOX":
                return shape_of_box([one.value if isinstance(one, Literal) else None for one in self._list()])
        if name.lower() in _ARRAYS:
            raise InvalidFilter(f"There is no function {name!r} here: no property is an array.", function=name)
        return operator(name.lower(), *self._list())

    def _of_text(self, read: Callable[[object], Literal]) -> Literal:
        if self.kind != "text":
            self.fail("a text between quotes")
        found = read(_unquoted(self.advance()))
        self.expect(")")
        return found

    def _interval(self) -> Interval:
        start = self._end_of_interval()
        self.expect(",")
        end = self._end_of_interval()
        self.expect(")")
        return Interval(start, end)

    def _end_of_interval(self) -> Node | None:
        if self.kind == "text":
            text = _unquoted(self.advance())
            return None if text == ".." else read_instant(text)
        return self.deeper(self._atom)

    def _shape(self, start: int) -> Shape:
        """Read WKT: from its name to the parenthesis that closes it."""
        opened = self.source.find("(", start)
        depth = 0
        for place in range(opened, len(self.source)) if opened >= 0 else ():
            depth += {"(": 1, ")": -1}.get(self.source[place], 0)
            if depth == 0:
                self.place = place + 1
                self.advance()
                return shape_of_wkt(self.source[start : place + 1])
        self.fail("a geometry with its parentheses")


def _maybe_not(is_not: bool, node: Node) -> Node:
    return operator("not", node) if is_not else node


def _unquoted(token: str) -> str:
    return re.sub(r"''|\\'", "'", token[1:-1])
