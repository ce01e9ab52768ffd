"""Marks in a text the words that were searched. Pure."""

import re
from collections.abc import Iterable, Sequence

from spiegelstad.catalogue.search.rules import Word, fold

Piece = tuple[str, bool]
"""Some text, and whether it is marked."""

_WORD = re.compile(r"[^\W_]+")
_BEFORE = 40
_SHORTEST = 3


def marked(text: str, words: Iterable[Word], length: int = 0) -> list[Piece]:
    """Return the text in pieces, marked where a searched word or its kin stands.

    `length`: with it, only that many characters around the first mark, with an ellipsis where something is left out.
    """
    terms = {term for word in words for term in (*word.stems, *word.alike)}
    hits = [match.span() for match in _WORD.finditer(text) if _is_hit(fold(match[0]), terms)]
    start = _start(text, hits, length) if length else 0
    end = min(len(text), start + length) if length else len(text)
    pieces: list[Piece] = [("…", False)] if start else []
    at = start
    for low, high in hits:
        if low >= at and high <= end:
            pieces += [(text[at:low], False), (text[low:high], True)]
            at = high
    rest = text[at:end] if end == len(text) else f"{text[at:end].rsplit(' ', 1)[0]}…"
    return [piece for piece in [*pieces, (rest, False)] if piece[0]]


def _is_hit(word: str, terms: Iterable[str]) -> bool:
    return any(word == term or (len(term) >= _SHORTEST and term in word) for term in terms)


def _start(text: str, hits: Sequence[tuple[int, int]], length: int) -> int:
    """Return where the shown part begins: at a word a little before the first mark that would not be shown."""
    if not hits or hits[0][1] <= length:
        return 0
    space = text.find(" ", max(0, hits[0][0] - _BEFORE))
    return space + 1 if 0 <= space < hits[0][0] else hits[0][0]
