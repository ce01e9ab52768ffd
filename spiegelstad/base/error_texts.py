"""What errors say, in the language of who reads it.

Errors are raised in English, and problem JSON, logs and recorded runs keep those words. `base.messages` collects what
they say as texts with numbered gaps (`{0} has no column {1}.`) under a context of their own. Here the text of an error
is recognised by what stands around its gaps, and said again in another language with the same words in them.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter

from babel.messages.mofile import read_mo
from django.utils.translation import get_language

CONTEXT = "error"
_PACKAGE = Path(__file__).resolve().parents[1]


def error_text(text: str) -> str:
    """Return a text as it is, which will be (a part of) what an error says; `base.messages` finds it by this."""
    return text


def said(text: str, language: str | None = None) -> str:
    """Return what an error says in a language (default: the reader's); empty where it isn't known in that language."""
    wanted = (language or get_language() or "en").partition("-")[0]
    return text if wanted == "en" else _said(text, wanted)


def said_or_english(*texts: str) -> str:
    """Return these texts one after another, each in the reader's language where it is known."""
    return " ".join(said(text) or text for text in texts if text)


@lru_cache(maxsize=256)
def _said(text: str, language: str) -> str:
    for around, translation in _known(language):
        gaps = gaps_of(text, around)
        if gaps is not None:
            return translation.format(*(_said(gap, language) or gap for gap in gaps))
    return ""


def gaps_of(text: str, around: Sequence[str]) -> list[str] | None:
    """Return what stands in a text between these parts, which come one after another; None when they don't."""
    if len(around) == 1:
        return [] if text == around[0] else None
    if not text.startswith(around[0]):
        return None
    gaps, at = [], len(around[0])
    for part in around[1:-1]:
        found = text.find(part, at)
        if found < 0:
            return None
        gaps.append(text[at:found])
        at = found + len(part)
    end = len(text) - len(around[-1])
    return [*gaps, text[at:end]] if end >= at and text.endswith(around[-1]) else None


@cache
def _known(language: str) -> list[tuple[list[str], str]]:
    """Return (what stands around the gaps, translation) of all texts, those that say most themselves first."""
    known: dict[str, str] = {}
    of_errors: object = CONTEXT.encode()  # as Babel reads it
    for path in sorted(_PACKAGE.glob(f"*/locale/{language}/LC_MESSAGES/django.mo")):
        with path.open("rb") as file:
            known |= {str(one.id): str(one.string) for one in read_mo(file) if one.context == of_errors and one.string}
    parted = [(around_of(text), translation) for text, translation in known.items()]
    return sorted(parted, key=lambda one: -sum(map(len, one[0])))


def around_of(text: str) -> list[str]:
    """Return what stands before, between and after the gaps of a text."""
    parts = [""]
    for literal, gap, _spec, _conversion in Formatter().parse(text):
        parts[-1] += literal
        if gap is not None:
            parts.append("")
    return parts
