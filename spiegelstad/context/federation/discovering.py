"""Which types and attributes there are, here and at sources (clauses 5.7.5 to 5.7.11).

A source tells only of what it is registered for. Entities that several hold are counted by each: the standard allows
estimates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from spiegelstad.context.federation.asking import Answer, Call, ask
from spiegelstad.context.federation.sources import Source, sources_for
from spiegelstad.context.federation.versions import warnings_header
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.queries.discovery import AttributeInfo, Described, TypeInfo
from spiegelstad.context.rules.matching import Wanted, covers
from spiegelstad.context.rules.policy import closed_attributes

_TYPES = {False: "retrieveEntityTypes", True: "retrieveEntityTypeDetails"}
_ATTRIBUTES = {False: "retrieveAttrTypes", True: "retrieveAttrTypeDetails"}


@dataclass(slots=True)
class Asking:
    """What sources say to one question of discovery; `headers` tell, afterwards, who did not answer."""

    asked: NgsiRequest
    headers: dict[str, str] = field(default_factory=dict)

    def types(self, own: Sequence[str]) -> list[str]:
        """Return the types that there are anywhere."""
        return self._names(own, "types", "typeList", lambda source, iri: self._open(source, iri, None))

    def attributes(self, own: Sequence[str]) -> list[str]:
        """Return the attributes that there are anywhere."""
        return self._names(own, "attributes", "attributeList", lambda source, iri: self._open(source, None, iri))

    def types_with_attributes(self, own: Sequence[Described]) -> list[Described]:
        """Return the types that there are anywhere, with their attributes."""
        return self._described(own, "types", "typeName", "attributeNames", self._open)

    def attributes_with_types(self, own: Sequence[Described]) -> list[Described]:
        """Return the attributes that there are anywhere, with the types that have them."""
        return self._described(
            own, "attributes", "attributeName", "typeNames", lambda source, one, other: self._open(source, other, one)
        )

    def type_info(self, iri: str, own: TypeInfo | None) -> TypeInfo | None:
        """Return what is known of a type anywhere."""
        wanted = Wanted(types=(frozenset({iri}),))
        count, kinds = (own.count, {name: set(several) for name, several in own.attributes.items()}) if own else (0, {})
        for source, body in self._bodies("retrieveEntityTypeInfo", wanted, "types", iri):
            if self._open(source, iri, None):
                count += _number(body.get("entityCount"))
                for one in _objects(body.get("attributeDetails")):
                    name = _expanded(source, one.get("attributeName"))
                    if name and self._open(source, iri, name):
                        kinds.setdefault(name, set()).update(_texts(one.get("attributeTypes")))
        if not count:
            return None
        return TypeInfo(iri, count, {name: sorted(several) for name, several in sorted(kinds.items())})

    def attribute_info(self, iri: str, own: AttributeInfo | None) -> AttributeInfo | None:
        """Return what is known of an attribute anywhere."""
        known = own or AttributeInfo(iri, 0, [], [])
        count, kinds, types = known.count, set(known.kinds), set(known.types)
        for source, body in self._bodies(
            "retrieveAttrTypeInfo", Wanted(attributes=frozenset({iri})), "attributes", iri
        ):
            names = [_expanded(source, one) for one in _texts(body.get("typeNames"))]
            of_source = [one for one in names if self._open(source, one, iri)]
            if of_source:
                count += _number(body.get("attributeCount"))
                kinds.update(_texts(body.get("attributeTypes")))
                types.update(of_source)
        return AttributeInfo(iri, count, sorted(kinds), sorted(types)) if count or own else None

    def _names(self, own: Sequence[str], path: str, member: str, is_open: Callable[[Source, str], bool]) -> list[str]:
        found = set(own)
        for source, body in self._bodies((_TYPES if path == "types" else _ATTRIBUTES)[False], Wanted(), path):
            names = (_expanded(source, one) for one in _texts(body.get(member)))
            found.update(iri for iri in names if is_open(source, iri))
        return sorted(found)

    def _described(
        self,
        own: Sequence[Described],
        path: str,
        member: str,
        others: str,
        is_open: Callable[[Source, str, str | None], bool],
    ) -> list[Described]:
        found = {one.iri: set(one.names) for one in own}
        operation = (_TYPES if path == "types" else _ATTRIBUTES)[True]
        for source, body in self._lists(operation, path):
            for one in _objects(body):
                iri = _expanded(source, one.get(member))
                if iri and is_open(source, iri, None):
                    names = (_expanded(source, name) for name in _texts(one.get(others)))
                    found.setdefault(iri, set()).update(name for name in names if is_open(source, iri, name))
        return [Described(iri, sorted(names)) for iri, names in sorted(found.items())]

    def _open(self, source: Source, type_: str | None, attribute: str | None) -> bool:
        """Say whether a source may tell of this here: it is registered for it, and it is not closed."""
        closed = closed_attributes(self.asked.actor, self.asked.tenant.settings)
        return type_ not in closed and attribute not in closed and covers(source.row.document, type_, attribute)

    def _bodies(
        self, operation: str, wanted: Wanted, path: str, iri: str = ""
    ) -> Iterator[tuple[Source, Mapping[str, Any]]]:
        for answer in self._answers(operation, wanted, path, iri, {}):
            if isinstance(answer.body, dict) and not answer.failure:
                yield answer.source, answer.body

    def _lists(self, operation: str, path: str) -> Iterator[tuple[Source, Any]]:
        for answer in self._answers(operation, Wanted(), path, "", {"details": "true"}):
            if not answer.failure:
                yield answer.source, answer.body

    def _answers(
        self, operation: str, wanted: Wanted, path: str, iri: str, params: Mapping[str, str]
    ) -> Iterable[Answer]:
        sources = [one for one in sources_for(self.asked, [wanted]) if one.offers(operation)]
        if not sources:
            return []
        answers = ask([_call(one, path, iri, params) for one in sources])
        self.headers = warnings_header([one.warning for one in answers])
        return answers


def _call(source: Source, path: str, iri: str, params: Mapping[str, str]) -> Call:
    return Call(source, "GET", f"{path}/{quote(source.context.compact(iri), safe='')}" if iri else path, dict(params))


def _expanded(source: Source, name: Any) -> str:
    return source.context.expand(name) if isinstance(name, str) and name else ""


def _objects(given: Any) -> list[Mapping[str, Any]]:
    return [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []


def _texts(given: Any) -> list[str]:
    return [one for one in given if isinstance(one, str)] if isinstance(given, list) else []


def _number(given: Any) -> int:
    return given if isinstance(given, int) and given > 0 else 0
