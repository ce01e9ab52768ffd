"""Which instances a temporal query selects (clauses 4.11 and 5.7.3.4): slow and obvious, the truth for the database."""

from collections.abc import Collection, Iterable

from spiegelstad.context.rules.documents import Instance
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
