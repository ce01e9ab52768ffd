"""Writing RDF terms as N-Triples (https://www.w3.org/TR/n-triples/). No control character ever comes out."""

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

from pyoxigraph import Literal

from spiegelstad.base.localised import Localised
from spiegelstad.ldes.vocabulary import BASE, RDF, XSD

_ESCAPES = {
    **{code: f"\\u{code:04X}" for code in range(0x20)}, 0x7F: "\\u007F",
    0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t",
}  # fmt: skip
_TO_ESCAPE = re.compile(r'[\x00-\x1f\x7f"\\\ud800-\udfff]')
_NOT_IN_IRI = re.compile(r'[\x00-\x20\x7f<>"{}|^`\\]')


def escaped(text: str) -> str:
    """Return a text as it stands between the quotes of a literal; halves of surrogate pairs become `?`."""
    if not _TO_ESCAPE.search(text):
        return text
    return text.translate(_ESCAPES).encode("utf-8", "replace").decode()


@lru_cache(maxsize=4096)
def iri(value: str) -> str:
    """Write an IRI; what may not stand in one is percent-encoded. It may begin with `BASE`."""
    base, rest = (BASE, value[1:]) if value.startswith(BASE) else ("", value)
    return f"<{base}{_NOT_IN_IRI.sub(lambda found: quote(found[0]), rest)}>"


def literal(text: str, datatype: str = "") -> str:
    """Write a literal: of a datatype (IRI), else a plain text."""
    return f'"{escaped(text)}"^^{iri(datatype)}' if datatype else f'"{escaped(text)}"'


def worded(text: str, language: str) -> str:
    """Write a text in a language; one whose language is no tag is a plain text."""
    return f'"{escaped(text)}"@{language}' if _is_language(language) else literal(text)


@lru_cache(maxsize=256)
def _is_language(tag: str) -> bool:
    try:
        Literal("", language=tag)
    except ValueError:
        return False
    return True


def texts(given: Localised) -> list[str]:
    """Write a text in each of its languages."""
    return [worded(text, language) for language, text in given.items() if text]


def number(value: int) -> str:
    """Write a whole number."""
    return f'"{value}"^^<{XSD}integer>'


def line(subject: str, predicate: str, object_: str) -> str:
    """Write a triple of written terms; the predicate is an IRI that is not written yet."""
    return f"{subject} {iri(predicate)} {object_} .\n"


def lines(subject: str, facts: Iterable[tuple[str, str | Iterable[str]]]) -> str:
    """Write the triples of a subject: predicate, and one object or many."""
    return "".join(
        line(subject, predicate, one)
        for predicate, objects in facts
        for one in ([objects] if isinstance(objects, str) else objects)
    )


def typed(subject: str, class_: str) -> str:
    """Write what a subject is."""
    return line(subject, f"{RDF}type", iri(class_))
