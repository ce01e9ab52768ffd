"""Terms and IRIs: what an @context says (clause 5.5.7), as far as NGSI-LD needs JSON-LD 1.1.

Understood are prefixes, @vocab, type coercion and containers; a context scoped to a term is refused, as the standard
has it. The core @context always comes last, so nothing overrides it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from spiegelstad.context.vocabulary import CORE_URL, DEFAULT_VOCAB, core_context

MAX_TERMS = 20_000
MAX_REMEMBERED = 20_000
_KEYWORD = re.compile(r"@[A-Za-z]+")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.")
_SETTINGS = frozenset({"@version", "@vocab", "@base", "@language", "@direction", "@protected", "@propagate", "@import"})


class InvalidContext(ValueError):
    """An @context that breaks the rules of JSON-LD; the text says where."""


@dataclass(frozen=True, slots=True)
class Term:
    """What a term stands for: `iri` is an IRI or a keyword."""

    iri: str
    coercion: str = ""
    container: str = ""
    is_prefix: bool = False


class Context:
    """An active @context. Immutable; what it has answered once it knows.

    `source`: what stands under @context in an answer, the core @context last; `url`: for the Link header, absolute
    or (for one made of a request) a path of this installation.
    """

    def __init__(self, terms: Mapping[str, Term | None], source: list[Any], url: str) -> None:
        self.source = source
        self.url = url
        self._terms = terms
        self._iris = {name: term.iri for name, term in terms.items() if term is not None}
        self._compacted: dict[str, str] = {}

    @property
    def size(self) -> int:
        """How many terms it has."""
        return len(self._terms)

    def expand(self, term: str) -> str:
        """Return the IRI of a name; an absolute IRI stays, and what nothing defines is in the default vocabulary."""
        found = self._iris.get(term)
        if found is not None:
            return found
        if ":" in term:
            return self._expand_compact(term)
        return term if _KEYWORD.fullmatch(term) else DEFAULT_VOCAB + term

    def compact(self, iri: str) -> str:
        """Return the shortest name of an IRI: a term, else a name of the default vocabulary, else prefix:name."""
        found = self._compacted.get(iri)
        if found is None:
            found = self._names.get(iri) or self._in_vocabulary(iri) or self._with_prefix(iri) or iri
            if len(self._compacted) >= MAX_REMEMBERED:
                self._compacted.clear()
            self._compacted[iri] = found
        return found

    def coercion(self, iri: str) -> str:
        """Return the @type that values of this attribute are coerced to: @id, @vocab, @json, an IRI, or empty."""
        term = self._terms.get(self.compact(iri))
        return term.coercion if term is not None else ""

    def expand_value(self, iri: str, value: Any) -> Any:
        """Return the value of an attribute with its texts expanded when the @context coerces them to IRIs."""
        coercion = self.coercion(iri)
        if coercion == "@vocab":
            return _each_text(value, self.expand)
        return _each_text(value, self._expand_compact) if coercion == "@id" else value

    def compact_value(self, iri: str, value: Any) -> Any:
        """Return the value of an attribute with its IRIs compacted when the @context coerces them."""
        coercion = self.coercion(iri)
        if coercion == "@vocab":
            return _each_text(value, self.compact)
        return _each_text(value, lambda text: self._with_prefix(text) or text) if coercion == "@id" else value

    def _expand_compact(self, term: str) -> str:
        prefix, colon, name = term.partition(":")
        if not colon or prefix == "_" or name.startswith("//"):
            return term
        known = self._terms.get(prefix)
        if known is not None and known.is_prefix:
            return known.iri + name
        return term if _ABSOLUTE.match(term) else DEFAULT_VOCAB + term

    @cached_property
    def _names(self) -> dict[str, str]:
        """The shortest term of each IRI, the first in the alphabet among equals."""
        names: dict[str, str] = {}
        for name, iri in self._iris.items():
            known = names.get(iri)
            if known is None or (len(name), name) < (len(known), known):
                names[iri] = name
        return names

    @cached_property
    def _prefixes(self) -> list[tuple[str, str]]:
        return [(term.iri, name) for name, term in self._terms.items() if term is not None and term.is_prefix]

    def _in_vocabulary(self, iri: str) -> str | None:
        name = iri.removeprefix(DEFAULT_VOCAB)
        return name if name and name != iri and self.expand(name) == iri else None

    def _with_prefix(self, iri: str) -> str | None:
        found = [
            f"{name}:{iri[len(begin) :]}" for begin, name in self._prefixes if iri.startswith(begin) and iri != begin
        ]
        right = [short for short in found if self.expand(short) == iri]
        return min(right, key=lambda short: (len(short), short), default=None)


def _each_text(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    return [_each_text(one, change) for one in value] if isinstance(value, list) else value


def context_of(parts: Iterable[Mapping[str, Any] | None], source: list[Any], url: str) -> Context:
    """Return the active @context of the parts in their order, with the core @context after them.

    `parts`: the maps, remote ones already fetched; None forgets all before it. InvalidContext when one is wrong.
    """
    definer = _Definer()
    for part in parts:
        if part is None:
            definer = _Definer()
        else:
            definer.add(part)
        if len(definer.terms) > MAX_TERMS:
            raise InvalidContext(f"The @context has more than {MAX_TERMS} terms.")
    return Context(definer.terms | _core_terms(), source, url)


@cache
def _core_terms() -> dict[str, Term | None]:
    """Return the terms of the core @context, which mean the same after any other: only they define each other."""
    definer = _Definer()
    definer.add(core_context())
    return definer.terms


class _Definer:
    """Makes terms of maps, one map after the other (JSON-LD 1.1 API, 4.1 and 4.2)."""

    def __init__(self) -> None:
        self.terms: dict[str, Term | None] = {}
        self.vocab = ""

    def add(self, local: Mapping[str, Any]) -> None:
        """Define the terms of one map."""
        self._take_vocab(local)
        self.local = local
        self.done: dict[str, bool] = {}
        for name in local:
            if name not in _SETTINGS:
                self._define(name)

    def _take_vocab(self, local: Mapping[str, Any]) -> None:
        if "@vocab" not in local:
            return
        given = local["@vocab"]
        if not (given is None or isinstance(given, str)):
            raise InvalidContext("@vocab in the @context is not text.")
        self.local, self.done = {}, {}
        self.vocab = self._expanded(given) if given else ""

    def _define(self, name: str) -> None:
        if name in self.done:
            if not self.done[name]:
                raise InvalidContext(f"{name!r} in the @context is defined by itself.")
            return
        if name == "":
            raise InvalidContext("A term in the @context has no name.")
        self.done[name] = False
        if not _KEYWORD.fullmatch(name):  # words in the form of keywords are no terms
            self.terms[name] = self._term(name, self.local[name])
        self.done[name] = True

    def _term(self, name: str, given: Any) -> Term | None:
        simple = isinstance(given, str)
        if given is None or (isinstance(given, Mapping) and given.get("@id", "") is None):
            return None
        if not simple and not isinstance(given, Mapping):
            raise InvalidContext(f"{name!r} in the @context is neither text nor an object.")
        entry: Mapping[str, Any] = {"@id": given} if simple else given
        if "@context" in entry:
            raise InvalidContext(f"{name!r} in the @context has a scoped @context, which NGSI-LD does not allow.")
        if "@reverse" in entry:
            return None  # NGSI-LD has no reverse properties
        iri = self._iri(name, entry)
        prefix = entry.get("@prefix", simple and ":" not in name and "/" not in name and iri[-1:] in set(":/?#[]@"))
        return Term(iri, self._coercion(name, entry), _container(name, entry), prefix is True)

    def _iri(self, name: str, entry: Mapping[str, Any]) -> str:
        given = entry.get("@id", name)
        if not isinstance(given, str):
            raise InvalidContext(f"The @id of {name!r} in the @context is not text.")
        if given != name:
            iri = self._expanded(given)
        elif ":" in name[1:]:
            iri = self._expanded_compact(name)
        else:
            return (self.vocab or DEFAULT_VOCAB) + name
        if not (_KEYWORD.fullmatch(iri) or _ABSOLUTE.match(iri)):
            raise InvalidContext(f"{name!r} in the @context stands for {given!r}, which is no IRI.")
        return iri

    def _coercion(self, name: str, entry: Mapping[str, Any]) -> str:
        given = entry.get("@type", "")
        if not isinstance(given, str):
            raise InvalidContext(f"The @type of {name!r} in the @context is not text.")
        return self._expanded(given) if given else ""

    def _expanded(self, text: str) -> str:
        if _KEYWORD.fullmatch(text):
            return text
        if text in self.local:
            self._define(text)
        known = self.terms.get(text)
        if known is not None:
            return known.iri
        return self._expanded_compact(text) if ":" in text[1:] else self.vocab + text

    def _expanded_compact(self, text: str) -> str:
        prefix, _, name = text.partition(":")
        if prefix == "_" or name.startswith("//"):
            return text
        if prefix in self.local:
            self._define(prefix)
        known = self.terms.get(prefix)
        return known.iri + name if known is not None else text


def _container(name: str, entry: Mapping[str, Any]) -> str:
    given = entry.get("@container") or ""
    kinds = given if isinstance(given, list) else [given]
    if not all(isinstance(kind, str) for kind in kinds):
        raise InvalidContext(f"The @container of {name!r} in the @context is not text.")
    return " ".join(sorted(kinds))


CORE = context_of([], [CORE_URL], CORE_URL)
