"""Retrieve an entity of which sources hold parts (clause 5.7.1.4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from spiegelstad.context.federation.asking import Call, ask
from spiegelstad.context.federation.sources import Source, sources_for
from spiegelstad.context.federation.versions import combined, moment_now, versions_of
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.matching import Part, Wanted
from spiegelstad.context.rules.types import TypeExpr


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The entity, None when nobody has it, and what its reader is told of sources that failed."""

    document: Document | None
    warnings: Sequence[str] = ()


def retrieved(
    asked: NgsiRequest,
    entity_id: str,
    own: Document | None,
    *,
    types: TypeExpr | None = None,
    attributes: Collection[str] | None = None,
    closed: frozenset[str] = frozenset(),
) -> Retrieved:
    """Return an entity out of what we hold (`own`) and what sources hold. `attributes`: those asked for (IRIs)."""
    wanted = Wanted(types, (entity_id,), attributes=frozenset(attributes or ()))
    sources = [one for one in sources_for(asked, [wanted]) if one.offers("retrieveEntity")]
    if not sources:
        return Retrieved(own)
    answers = ask([_call(one, entity_id, typed=types is not None) for one in sources])
    found, warnings = [], [one.warning for one in answers]
    for answer in answers:
        if not answer.failure:
            versions, warning = versions_of(asked, answer, closed)
            found += [one for one in versions if one.document.id == entity_id]
            warnings.append(warning)
    return Retrieved(combined(own, found, moment_now()), warnings)


def _call(source: Source, entity_id: str, *, typed: bool) -> Call:
    params = {"options": "sysAttrs"}
    if all(part.attributes for part in source.parts):
        names = frozenset[str]().union(*(part.attributes for part in source.parts))
        params["attrs"] = ",".join(sorted(source.context.compact(iri) for iri in names))
    types = [one for part in source.parts for one in part.types or ()]
    if types and typed:
        params["type"] = types_text(source, tuple(dict.fromkeys(types)))
    return Call(source, "GET", f"entities/{quote(entity_id, safe=':')}", params)


def types_text(source: Source, types: TypeExpr) -> str:
    """Write a selection of types in the names of a source."""
    shown = [sorted(source.context.compact(iri) for iri in one) for one in types if one]
    return ",".join(f"({';'.join(one)})" if len(one) > 1 else one[0] for one in shown)


def selector_params(source: Source, part: Part) -> dict[str, str]:
    """Return the parameters that name the entities of a part, in the names of its source."""
    params = {"type": types_text(source, part.types)} if part.types else {}
    if part.ids:
        params["id"] = ",".join(part.ids)
    elif part.id_pattern is not None:
        params["idPattern"] = part.id_pattern.given
    return params
