"""Which context source registrations answer a question about sources (clause 5.10.2). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely

from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.geo import GeoQuery, shape_of
from spiegelstad.context.rules.matching import Wanted, matching_information
from spiegelstad.context.rules.q import QExpr
from spiegelstad.context.rules.reference import holds
from spiegelstad.context.rules.registrations import GEO_MEMBERS, INTERVALS, bounds_of
from spiegelstad.context.rules.scopes import ScopeExpr, has_scopes
from spiegelstad.context.rules.temporal import ALWAYS, TemporalQuery
from spiegelstad.context.rules.terms import CORE

_GEO_NAMES = {CORE.expand(name): name for name in GEO_MEMBERS}


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """What is asked of registrations. `wanted`: one for each selector of entities; `csf`: a query on their members.

    Without `temporal` only those are meant that answer for the present; with `without_interval` those that tell no
    interval are meant as well.
    """

    wanted: tuple[Wanted, ...] = (Wanted(),)
    geo: GeoQuery | None = None
    scope_q: ScopeExpr | None = None
    csf: QExpr | None = None
    temporal: TemporalQuery | None = None
    without_interval: bool = False


ANY_TIME = SourceQuery(temporal=ALWAYS, without_interval=True)
"""What histories are about, whatever their time."""


def found_registration(document: Mapping[str, Any], query: SourceQuery) -> dict[str, Any] | None:
    """Return a registration with the matching part of its information; None when it does not answer the question."""
    information = [info for wanted in query.wanted for info in matching_information(document, wanted)]
    if information and answers_for(document, query):
        return {**document, "information": [info for info in document["information"] if info in information]}
    return None


def answers_for(document: Mapping[str, Any], query: SourceQuery) -> bool:
    """Say whether a source answers for this place, scope and time, and has these members."""
    return (
        _at_the_time(document, query.temporal, query.without_interval)
        and (query.geo is None or _at_the_place(document, query.geo))
        and (query.scope_q is None or has_scopes(_listed(document.get("scope", [])), query.scope_q))
        and (query.csf is None or holds(_as_entity(document), query.csf))
    )


def _listed(given: Any) -> list[str]:
    return given if isinstance(given, list) else [given]


def _at_the_time(document: Mapping[str, Any], query: TemporalQuery | None, without_interval: bool) -> bool:
    tells_none = not any(name in document for name in INTERVALS)
    if query is None or (tells_none and without_interval):
        return tells_none
    interval = document.get("observationInterval" if query.timeproperty == "observedAt" else "managementInterval")
    if interval is None:
        return False
    start, end = bounds_of(interval)
    if query.timerel == "between":
        return (not end or query.time_at <= end) and start <= query.end_time_at
    return not query.timerel or (start <= query.time_at and (not end or query.time_at <= end))


def _at_the_place(document: Mapping[str, Any], query: GeoQuery) -> bool:
    """Say whether a source may know of matching places: one that tells no place may."""
    place = document.get(_GEO_NAMES.get(query.attribute, ""))
    if place is None or query.relation in ("min", "disjoint"):
        return True
    return query.holds(place) if query.relation == "max" else bool(shapely.intersects(shape_of(place), query.shape))


def _as_entity(document: Mapping[str, Any]) -> Document:
    """Return the members of a registration as attributes, so that a query can be asked of them."""
    attributes = {
        CORE.expand(name): {"": {"type": "Property", "value": _value_of(value)}} for name, value in document.items()
    }
    return Document("", [], attributes=attributes)


def _value_of(value: Any) -> Any:
    return value["value"] if isinstance(value, dict) and value.get("type") == "Property" and "value" in value else value
