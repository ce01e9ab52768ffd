"""The scope of an entity over time (clauses 4.5.6 and 4.18): in its history a Property like others, named SCOPE. Pure.

A scope is valid from its `observedAt` until another one comes, or until it is deleted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from spiegelstad.context.rules.documents import NULL, Document, Instance
from spiegelstad.context.rules.evolution import Addition
from spiegelstad.context.rules.histories import Point
from spiegelstad.context.rules.scopes import ScopeExpr, has_scopes

SCOPE: Final = "https://uri.etsi.org/ngsi-ld/scope"
"""What scopes are named among the attributes of a history; no attribute can have this name."""
Span = tuple[datetime, datetime]
"""A range of time: the first moment included, the second not."""


def scope_instance(scopes: Sequence[str], at: str) -> Instance:
    """Return the instance that says that these are the scopes from a stored time on; without any they were deleted."""
    times = {"observedAt": at, "createdAt": at, "modifiedAt": at}
    if not scopes:
        return {"type": "Property", "value": NULL, "deletedAt": at, **times}
    return {"type": "Property", "value": scopes[0] if len(scopes) == 1 else list(scopes), **times}


def scopes_of(instance: Instance) -> list[str]:
    """Return the scopes that an instance names; none when it says that they were deleted."""
    if "deletedAt" in instance:
        return []
    value = instance["value"]
    return [value] if isinstance(value, str) else list(value)


def scope_change(entity_id: str, before: Document | None, after: Document | None, at: str) -> Iterable[Addition]:
    """Return what a write adds to the history of the scope: nothing where it stays. `at`: when an entity went."""
    was, becomes = before.scopes if before else [], after.scopes if after else []
    if set(was) != set(becomes):
        yield Addition(entity_id, SCOPE, scope_instance(becomes, after.modified_at if after else at))


def spans(points: Sequence[Point], wanted: ScopeExpr, within: Span) -> list[Span]:
    """Return when the scopes were those that are asked for. `points`: the history of the scope, in order."""
    begin, end = within
    found: list[Span] = []
    moments = [*(max(at, begin) for at, _ in points), end]
    for (_, instance), (from_, to) in zip(points, pairwise(moments), strict=True):
        if from_ < to and has_scopes(scopes_of(instance), wanted):
            joins = bool(found) and found[-1][1] == from_
            found.append((found.pop()[0] if joins else from_, to))
    return found
