"""Regular expressions of queries (`~=`, `idPattern`): POSIX extended (IEEE 1003.2), found anywhere in the text.

What is given is read here and written again in the part that Python and PostgreSQL understand alike, so that the
reference and the SQL give one answer. Also taken: `(?i)` in front, `(?:…)`, lazy quantifiers, `\\d \\s \\w` and their
opposites. Classes and case know ASCII and Latin letters. A pattern that could take exponential time is refused.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

from spiegelstad.context.errors import BadRequestData, TooComplexQuery

MAX_LENGTH = 500
MAX_UNBOUNDED = 6
MAX_REPEATS = 100
_ALPHA = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f"
_CLASSES = {
    "alpha": _ALPHA, "digit": "0-9", "alnum": f"{_ALPHA}0-9", "upper": "A-Z\u00c0-\u00d6\u00d8-\u00de",
    "lower": "a-z\u00df-\u00f6\u00f8-\u00ff", "space": " \\t\\n\\r\\f\\v", "blank": " \\t", "xdigit": "0-9A-Fa-f",
    "punct": "!-/:-@\\[-`{-~", "print": " -~\u00a0-\u024f", "graph": "!-~\u00a1-\u024f", "cntrl": "\\x01-\\x1f",
}  # fmt: skip
_ESCAPED_CLASSES = {"d": "0-9", "s": " \\t\\n\\r\\f\\v", "w": f"{_ALPHA}0-9_"}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}
_REPEAT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}")


@dataclass(frozen=True)
class Pattern:
    """A pattern as given, and the same for PostgreSQL (`portable`, with flag `s`, and `i` when `ignores_case`)."""

    given: str
    portable: str
    ignores_case: bool

    @cached_property
    def _compiled(self) -> "re.Pattern[str]":
        flags = re.DOTALL | re.ASCII | (re.IGNORECASE if self.ignores_case else 0)
        return re.compile(re.sub(r"(?<!\\)((?:\\\\)*)\$", r"\1\\Z", self.portable), flags)

    def found_in(self, text: str) -> bool:
        """Say whether the pattern is found in the text."""
        return self._compiled.search(text) is not None


@lru_cache(maxsize=4_096)
def pattern(given: str) -> Pattern:
    """Read a pattern; BadRequestData when it is none, TooComplexQuery when it would take too long."""
    if len(given) > MAX_LENGTH:
        raise TooComplexQuery(f"A pattern has at most {MAX_LENGTH} characters.")
    if "\x00" in given:
        raise BadRequestData("A pattern holds no null character.")
    ignores_case = given.startswith("(?i)")
    portable = _Reader(given.removeprefix("(?i)"), ignores_case).whole()
    return Pattern(given, portable, ignores_case)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, text: str, ignores_case: bool) -> None:
        self.text = text
        self.at = 0
        self.ignores_case = ignores_case
        self.unbounded = 0
        self.depth = 0

    def whole(self) -> str:
        written, _ = self.alternatives()
        if self.at < len(self.text):
            raise self.wrong("a parenthesis closes that was not opened")
        return written

    def wrong(self, why: str) -> BadRequestData:
        return BadRequestData(f"The pattern {self.text!r} is not valid: {why} (character {self.at + 1}).")

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self) -> str:
        if self.at >= len(self.text):
            raise self.wrong("it ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def alternatives(self) -> tuple[str, bool]:
        """Return what is written, and whether repeating it could be ambiguous."""
        parts, risky = [], False
        while True:
            written, inner = self.sequence()
            parts.append(written)
            risky = risky or inner
            if self.peek() != "|":
                return "|".join(parts), risky or len(parts) > 1
            self.at += 1

    def sequence(self) -> tuple[str, bool]:
        parts, risky = [], False
        while self.peek() not in ("", "|", ")"):
            anchor = self.peek() in "^$"
            atom, inner = self.atom()
            quantifier, unbounded = self.quantifier()
            if quantifier and anchor:
                raise self.wrong("an anchor cannot be repeated")
            if unbounded and inner:
                raise TooComplexQuery(f"The pattern {self.text!r} repeats what is itself repeated or a choice.")
            risky = risky or inner or bool(quantifier)
            parts.append(atom + quantifier)
        return "".join(parts), risky

    def atom(self) -> tuple[str, bool]:
        char = self.take()
        if char == "(":
            return self.group()
        if char == "[":
            return self.bracket(), False
        if char in ".^$":
            return char, False
        if char == "\\":
            return self.escaped(), False
        if char in "*+?{":
            raise self.wrong("there is nothing to repeat")
        return self.literal(char), False

    def group(self) -> tuple[str, bool]:
        self.depth += 1
        if self.depth > 20:
            raise TooComplexQuery("The pattern nests too deep.")
        if self.peek() == "?":
            if not self.text.startswith("?:", self.at):
                raise self.wrong("only (?:…) is known")
            self.at += 2
        written, risky = self.alternatives()
        if self.peek() != ")":
            raise self.wrong("a parenthesis is not closed")
        self.at += 1
        self.depth -= 1
        return f"(?:{written})", risky

    def quantifier(self) -> tuple[str, bool]:
        """Return the quantifier at this place and whether it is unbounded."""
        char = self.peek()
        if char and char in "*+?":
            self.at += 1
            found, unbounded = char, char != "?"
        elif char == "{":
            found, unbounded = self.repeat()
        else:
            return "", False
        if self.peek() == "?":  # lazy: finds in the same texts
            self.at += 1
        if self.peek() and self.peek() in "*+{":
            raise self.wrong("a quantifier follows another")
        self.unbounded += unbounded
        if self.unbounded > MAX_UNBOUNDED:
            raise TooComplexQuery(f"A pattern has at most {MAX_UNBOUNDED} of * and +.")
        return found, unbounded

    def repeat(self) -> tuple[str, bool]:
        found = _REPEAT.match(self.text, self.at)
        if found is None:
            raise self.wrong("{ begins no number of repeats")
        low, high = int(found[1]), int(found[3]) if found[3] else None
        if max(low, high or 0) > MAX_REPEATS or (high is not None and high < low):
            raise self.wrong(f"repeats go up, to {MAX_REPEATS} at most")
        self.at = found.end()
        return found[0], bool(found[2]) and high is None

    def literal(self, char: str) -> str:
        if self.ignores_case and not char.isascii():
            forms = sorted({form for form in (char, char.lower(), char.upper()) if len(form) == 1})
            return f"[{''.join(forms)}]" if len(forms) > 1 else char
        return _quoted(char)

    def escaped(self) -> str:
        char = self.take()
        if char.lower() in _ESCAPED_CLASSES:
            return f"[{'^' if char.isupper() else ''}{_ESCAPED_CLASSES[char.lower()]}]"
        return self.literal(self.escaped_char(char))

    def escaped_char(self, char: str) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char.isalnum():
            raise self.wrong(f"\\{char} is not known")
        return char

    def bracket(self) -> str:
        negated = self.peek() == "^"
        self.at += negated
        items: list[str] = []
        while self.peek() != "]" or not items:
            items.append(self.item())
        self.at += 1
        return f"[{'^' if negated else ''}{''.join(items)}]"

    def item(self) -> str:
        if self.text.startswith("[:", self.at):
            return self.named_class()
        low = self.one_char()
        if len(low) > 1:
            return low
        if self.peek() != "-" or self.text.startswith("-]", self.at):
            return _quoted(low)
        self.at += 1
        high = self.one_char()
        if len(high) > 1 or high < low:
            raise self.wrong("a range goes up from one character to another")
        return f"{_quoted(low)}-{_quoted(high)}"

    def one_char(self) -> str:
        """Return a character of a bracket, or a class as several."""
        char = self.take()
        if char != "\\":
            return char
        char = self.take()
        if char in _ESCAPED_CLASSES:
            return _ESCAPED_CLASSES[char]
        return self.escaped_char(char)

    def named_class(self) -> str:
        end = self.text.find(":]", self.at)
        name = self.text[self.at + 2 : end] if end > 0 else ""
        if name not in _CLASSES:
            raise self.wrong(f"[:{name}:] is not a class of characters")
        self.at = end + 2
        return _CLASSES[name]


def _quoted(char: str) -> str:
    return char if char.isalnum() or not char.isascii() or char in "_ " or char < " " else f"\\{char}"
