"""The grammar of $filter and $orderby (OData's, as OGC 18-088 clause 9.3.3.5 takes it over)."""

from spiegelstad.sensorthings.errors import InvalidOption
from spiegelstad.sensorthings.rules import expressions
from spiegelstad.sensorthings.rules.expressions import ARITHMETIC, COMPARISONS, EQUALITIES, Node
from spiegelstad.sensorthings.rules.lexer import Word, words
from spiegelstad.sensorthings.rules.model import EntityType

MAX_DEPTH = 40
MAX_WORDS = 1_500
MAX_ORDERS = 8


def parse_filter(text: str, entity_type: EntityType) -> Node:
    """Return the condition; raises InvalidOption that says where it is wrong."""
    parser = _Parser(text, entity_type)
    found = parser.expression()
    parser.expect_end()
    return expressions.coerce(found, "boolean", "$filter")


def parse_orderby(text: str, entity_type: EntityType) -> list[tuple[Node, bool]]:
    """Return the values to order by, each with whether it descends."""
    parser = _Parser(text, entity_type)
    orders: list[tuple[Node, bool]] = []
    while True:
        node = parser.expression()
        if node.type == "geometry":
            raise InvalidOption("$orderby cannot order by a geometry.")
        orders.append((node, parser.take_name({"asc", "desc"}) == "desc"))
        if not parser.take_mark(","):
            break
    parser.expect_end()
    if len(orders) > MAX_ORDERS:
        raise InvalidOption(f"$orderby takes at most {MAX_ORDERS} values.")
    return orders


class _Parser:
    def __init__(self, text: str, entity_type: EntityType) -> None:
        self._words: list[Word] = list(words(text))
        if len(self._words) > MAX_WORDS:
            raise InvalidOption(f"The expression has more than {MAX_WORDS:,} words.")
        self._type = entity_type
        self._place = 0
        self._depth = 0

    @property
    def _word(self) -> Word:
        return self._words[self._place]

    def take_name(self, names: frozenset[str] | set[str]) -> str:
        """Take the word when it is one of these names, and return it, else nothing."""
        word = self._word
        if word.kind != "name" or word.text not in names:
            return ""
        self._place += 1
        return word.text

    def take_mark(self, mark: str) -> bool:
        """Take this mark if it stands here."""
        taken = self._word.kind == "mark" and self._word.text == mark
        self._place += taken
        return taken

    def expect_end(self) -> None:
        """Refuse anything that is left."""
        if self._word.kind != "end":
            self._refuse("an operator or the end")

    def expression(self) -> Node:
        """Read `or`, the loosest of all."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise InvalidOption("The expression is nested too deeply.")
        found = self._chain({"or"}, {"and"})
        self._depth -= 1
        return found

    def _chain(self, *levels: set[str]) -> Node:
        if not levels:
            return self._not()
        parts = [self._chain(*levels[1:])]
        name = next(iter(levels[0]))
        while self.take_name(levels[0]):
            parts.append(self._chain(*levels[1:]))
        return parts[0] if len(parts) == 1 else expressions.logical(name, parts)

    def _not(self) -> Node:
        times = 0
        while self.take_name({"not"}):
            times += 1
        found = self._comparison()
        if times:
            found = expressions.logical("not", [found])
        return expressions.logical("not", [found]) if times and times % 2 == 0 else found

    def _comparison(self) -> Node:
        left = self._relation()
        while name := self.take_name(EQUALITIES):
            left = expressions.comparison(name, left, self._relation())
        return left

    def _relation(self) -> Node:
        left = self._sum()
        while name := self.take_name(COMPARISONS - EQUALITIES):
            left = expressions.comparison(name, left, self._sum())
        return left

    def _sum(self) -> Node:
        left = self._product()
        while name := self.take_name({"add", "sub"}):
            left = expressions.arithmetic(name, left, self._product())
        return left

    def _product(self) -> Node:
        left = self._primary()
        while name := self.take_name(ARITHMETIC - {"add", "sub"}):
            left = expressions.arithmetic(name, left, self._primary())
        return left

    def _primary(self) -> Node:
        word = self._word
        if self.take_mark("("):
            found = self.expression()
            self._expect(")")
            return found
        if word.kind == "literal":
            self._place += 1
            return expressions.literal(word.value)
        if word.kind != "name":
            self._refuse("a value")
        self._place += 1
        if self._word.kind == "mark" and self._word.text == "(":
            return expressions.call(word.text, self._arguments())
        return expressions.field(word.text, self._type)

    def _arguments(self) -> list[Node]:
        self._expect("(")
        if self.take_mark(")"):
            return []
        found = [self.expression()]
        while self.take_mark(","):
            found.append(self.expression())
        self._expect(")")
        return found

    def _expect(self, mark: str) -> None:
        if not self.take_mark(mark):
            self._refuse(repr(mark))

    def _refuse(self, wanted: str) -> None:
        raise InvalidOption(f"At character {self._word.at + 1}: {wanted} is expected, not {self._word.text[:40]!r}.")
