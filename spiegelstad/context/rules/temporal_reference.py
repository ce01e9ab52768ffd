"""Which instances a temporal query selects (clauses 4.11 and 5.7.3.4): slow and obvious, the truth for the database."""

from collections.abc import Collection, Iterable, Sequence

from spiegelstad.context.rules.documents import Instance
from spiegelstad.context.rules.scope_history import scopes_of
from spiegelstad.context.rules.scopes import ScopeExpr, has_scopes
from spiegelstad.context.rules.temporal import TemporalQuery


def selected(
    instances: Iterable[Instance],
    query: TemporalQuery,
    datasets: Collection[str] | None = None,
    last_n: int | None = None,
) -> list[Instance]:
    """Return the instances of one attribute that match: forwards in time, or the last `last_n` backwards.

    Those without the time asked about stand where they were modified, when no time is asked.
    """
    found = [
        one
        for one in instances
        if query.covers(one.get(query.timeproperty)) and (datasets is None or one.get("datasetId", "") in datasets)
    ]
    found.sort(key=lambda one: (one.get(query.timeproperty, one["modifiedAt"]), one.get("observedAt", "")))
    return found if last_n is None else found[::-1][:last_n]


def scopes_selected(instances: Sequence[Instance], query: TemporalQuery, last_n: int | None = None) -> list[Instance]:
    """Return the instances of the scope that match, with the one that stood when the time began (clause 4.18)."""
    found = selected(instances, query)
    stood = _last([one for one in instances if query.from_at and one["observedAt"] <= query.from_at])
    if stood is not None and "deletedAt" not in stood and stood not in found:
        found = [stood, *found]
    return found if last_n is None else found[::-1][:last_n]


def was_in(instances: Sequence[Instance], wanted: ScopeExpr, at: str) -> bool:
    """Say whether an entity was of these scopes at that time; `instances`: the history of its scope."""
    last = _last([one for one in instances if one["observedAt"] <= at])
    return last is not None and has_scopes(scopes_of(last), wanted)


def _last(instances: Sequence[Instance]) -> Instance | None:
    return max(instances, key=lambda one: one["observedAt"], default=None)
