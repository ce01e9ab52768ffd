"""What the histories of attributes add up to (clause 4.5.19): from the rollups of the mirror where a series holds all.

What a series does not hold alone (texts, instances with sub-attributes, several units) is read and added up here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np

from spiegelstad.accounts.public import Actor
from spiegelstad.context.errors import TooComplexQuery
from spiegelstad.context.queries.histories import Wanted, histories, with_rows
from spiegelstad.context.queries.series_of import SeriesOf, attribute_series
from spiegelstad.context.rules.aggregation import aggregate
from spiegelstad.context.rules.evolution import shown_number
from spiegelstad.context.rules.histories import Added, Point, Sums
from spiegelstad.context.rules.temporal import Aggregation, Grid, grid, microseconds
from spiegelstad.mirror.public import Aggregates, Periods, Range, Sum, TooManyPeriods, aggregated, observed

MOST_ADDED_UP = 100_000
"""Instances of one attribute that are added up one by one."""
_SUMS: dict[str, Sum] = {
    "totalCount": "count",
    "distinctCount": "distinct",
    "sum": "sum",
    "avg": "mean",
    "min": "minimum",
    "max": "maximum",
    "stddev": "deviation",
    "sumsq": "squares",
}


def aggregates(actor: Actor, entity_ids: Sequence[str], wanted: Wanted, asked: Aggregation) -> dict[str, Sums]:
    """Return what each of these entities adds up to, in the time asked. Periods without instances are left out."""
    found: defaultdict[str, defaultdict[str, list[Added]]] = defaultdict(lambda: defaultdict(list))
    series = [one for one in attribute_series(actor, entity_ids) if wanted.wants(one)]
    by_moment = wanted.query.timeproperty == "observedAt"
    mixed = with_rows(actor.tenant_id, entity_ids, wanted) if by_moment else set()
    alone = [one for one in _alone(series, mixed) if one.entity_id not in wanted.spans] if by_moment else []
    for one, added in _of_series(actor.tenant_id, alone, wanted, asked):
        found[one.entity_id][one.attribute].append(added)
    if mixed or len(alone) < len(series) or not by_moment:
        done = {(one.entity_id, one.attribute) for one in alone}
        for (entity_id, attribute), points in _others(actor, entity_ids, wanted, done):
            found[entity_id][attribute] += added_up(points, wanted, asked)
    return {entity_id: dict(sorted(sums.items())) for entity_id, sums in found.items()}


def _alone(series: list[SeriesOf], mixed: set[tuple[str, str]]) -> list[SeriesOf]:
    """Return the series that hold all there is of an attribute in their dataset; `mixed`: attributes with rows too."""
    datasets = Counter((one.entity_id, one.attribute, one.dataset) for one in series)
    several = {key[:2] for key, count in datasets.items() if count > 1}
    return [one for one in series if (one.entity_id, one.attribute) not in mixed | several]


def _of_series(
    tenant_id: str, series: list[SeriesOf], wanted: Wanted, asked: Aggregation
) -> Iterable[tuple[SeriesOf, Added]]:
    if not series:
        return
    from_, to = wanted.within()
    within = Range(from_, to)
    ids = [one.series for one in series]
    ends = _ends(tenant_id, ids, within, asked)
    cuts = {id_: grid(wanted.query, asked.period, *found) for id_, found in ends.items()}
    sums = {_SUMS[method] for method in asked.methods}
    by_id = {one.series: one for one in series}
    for cut, together in _same_grids(cuts):
        periods = Periods(cut.anchor, cut.step, cut.bounds)
        try:
            found = aggregated(tenant_id, together, within, periods, sums)
        except TooManyPeriods as error:
            raise TooComplexQuery(error.detail, remedy=error.remedy) from None
        for one in found:
            yield by_id[one.series], _shown(one, by_id[one.series].dataset, asked, cut, to or ends[one.series][1])


def _ends(tenant_id: str, ids: list[int], within: Range, asked: Aggregation) -> dict[int, tuple[datetime, datetime]]:
    """Return the times of the first and last observation of each series that has any, where a grid needs them."""
    if within.from_ and within.to:
        return dict.fromkeys(ids, (within.from_, within.to))
    first = {id_: at for id_, at, _ in observed(tenant_id, ids, within, limit=1, newest=False)}
    last = {id_: at for id_, at, _ in observed(tenant_id, ids, within, limit=1, newest=True)}
    return {id_: (at, last[id_]) for id_, at in first.items()}


def _same_grids(cuts: dict[int, Grid]) -> Iterable[tuple[Grid, list[int]]]:
    together: defaultdict[Grid, list[int]] = defaultdict(list)
    for id_, cut in cuts.items():
        together[cut].append(id_)
    return together.items()


def _shown(found: Aggregates, dataset: str, asked: Aggregation, cut: Grid, last: datetime) -> Added:
    is_whole = cut.step is None and cut.bounds is None
    begins = np.array([microseconds(cut.anchor)]) if is_whole else found.begins
    values = {method: found.sums[_SUMS[method]] for method in asked.methods}
    return Added("Property", dataset, begins, cut.ends_of(begins, last), values)


def _others(
    actor: Actor, entity_ids: Sequence[str], wanted: Wanted, done: set[tuple[str, str]]
) -> Iterable[tuple[tuple[str, str], list[Point]]]:
    """Return the histories that no series holds alone."""
    read = histories(actor, entity_ids, replace(wanted, limit=MOST_ADDED_UP + 1, newest=False), without=done)
    for entity_id, history in read.items():
        for attribute, points in history.items():
            if len(points) > MOST_ADDED_UP:
                raise TooComplexQuery(
                    f"An attribute has more than {MOST_ADDED_UP:,} instances in that time to add up.",
                    remedy="Ask for a shorter time.",
                )
            yield (entity_id, attribute), points


def added_up(points: Sequence[Point], wanted: Wanted, asked: Aggregation) -> list[Added]:
    """Return what the instances of one attribute add up to, by dataset and type."""
    by_dataset: defaultdict[tuple[str, str], list[Point]] = defaultdict(list)
    for at, instance in points:
        if "deletedAt" not in instance and wanted.query.timeproperty in instance:
            by_dataset[instance.get("datasetId", ""), instance["type"]].append((at, instance))
    found = []
    for (dataset, kind), several in sorted(by_dataset.items()):
        times = [at for at, _ in several]
        cut = grid(wanted.query, asked.period, min(times), max(times))
        last = wanted.within()[1] or max(times)
        values = aggregate(several, asked.methods, cut)
        begins = sorted({begin for periods in values.values() for begin in periods})
        shown = {method: [_shown_value(periods.get(begin)) for begin in begins] for method, periods in values.items()}
        moments = np.array([microseconds(begin) for begin in begins], np.int64)
        found.append(Added(kind, dataset, moments, cut.ends_of(moments, last), shown))
    return found


def _shown_value(value: Any) -> Any:
    return shown_number(value) if isinstance(value, float) else value
