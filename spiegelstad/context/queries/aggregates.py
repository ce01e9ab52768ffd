"""What the histories of attributes add up to (clause 4.5.19): from the rollups of the mirror where a series holds all.

What a series does not hold alone (texts, instances with sub-attributes, several units) is read and added up here.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.context.errors import TooComplexQuery
from spiegelstad.context.queries.histories import Wanted, histories, with_rows
from spiegelstad.context.queries.series_of import SeriesOf, attribute_series
from spiegelstad.context.rules.aggregation import Periods as Values
from spiegelstad.context.rules.aggregation import aggregate
from spiegelstad.context.rules.evolution import shown_number
from spiegelstad.context.rules.histories import Added, Point, Sums
from spiegelstad.context.rules.temporal import Aggregation, Grid, grid
from spiegelstad.mirror.public import Aggregate, Periods, Range, TooManyPeriods, aggregated, observed

MOST_ADDED_UP = 100_000
"""Instances of one attribute that are added up one by one."""
_ONLY_RAW = frozenset({"distinctCount", "stddev", "sumsq"})


def aggregates(actor: Actor, entity_ids: Sequence[str], wanted: Wanted, asked: Aggregation) -> dict[str, Sums]:
    """Return what each of these entities adds up to, in the time asked. Periods without instances are left out."""
    found: defaultdict[str, defaultdict[str, list[Added]]] = defaultdict(lambda: defaultdict(list))
    series = [one for one in attribute_series(actor, entity_ids) if wanted.wants(one)]
    alone = _alone(actor, series, entity_ids, wanted)
    for one, added in _of_series(actor.tenant_id, alone, wanted, asked):
        found[one.entity_id][one.attribute].append(added)
    done = {(one.entity_id, one.attribute) for one in alone}
    for (entity_id, attribute), points in _others(actor, entity_ids, wanted, done):
        found[entity_id][attribute] += _added_up(points, wanted, asked)
    return {entity_id: dict(sorted(sums.items())) for entity_id, sums in found.items()}


def _alone(actor: Actor, series: list[SeriesOf], entity_ids: Sequence[str], wanted: Wanted) -> list[SeriesOf]:
    """Return the series that hold all there is of an attribute in their dataset, when series are asked by moment."""
    if wanted.query.timeproperty != "observedAt":
        return []
    mixed = with_rows(actor.tenant_id, entity_ids, wanted)
    datasets: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for one in series:
        datasets[one.entity_id, one.attribute, one.dataset] += 1
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
    raw = not _ONLY_RAW.isdisjoint(asked.methods)
    by_series: defaultdict[int, list[Aggregate]] = defaultdict(list)
    for cut, together in _same_grids(cuts):
        periods = Periods(cut.anchor, cut.step, cut.bounds)
        try:
            found = aggregated(tenant_id, together, within, periods, raw=raw)
        except TooManyPeriods as error:
            raise TooComplexQuery(error.detail, remedy=error.remedy) from None
        for one in found:
            by_series[one.series].append(one)
    for one_of in series:
        if sums := by_series[one_of.series]:
            cut, last = cuts[one_of.series], to or ends[one_of.series][1]
            yield one_of, Added("Property", one_of.dataset, _by_method(sums, asked.methods, cut, last))


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


_VALUES: dict[str, Callable[[Aggregate], Any]] = {
    "totalCount": attrgetter("count"),
    "distinctCount": attrgetter("distinct"),
    "sum": lambda one: shown_number(one.sum),
    "avg": lambda one: shown_number(one.sum / one.count),
    "min": lambda one: shown_number(one.minimum),
    "max": lambda one: shown_number(one.maximum),
    "stddev": lambda one: shown_number(one.deviation or 0.0),
    "sumsq": lambda one: shown_number(one.squares or 0.0),
}


def _by_method(
    sums: Sequence[Aggregate], methods: Sequence[str], cut: Grid, last: datetime
) -> dict[str, list[tuple[Any, datetime, datetime]]]:
    if cut.step or cut.bounds:
        ends = [(one.begins_at, cut.end_of(one.begins_at, last)) for one in sums]
    else:
        ends = [(cut.anchor, last)]
    return {
        method: [(value, *end) for value, end in zip(map(_VALUES[method], sums), ends, strict=True)]
        for method in methods
    }


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


def _added_up(points: Sequence[Point], wanted: Wanted, asked: Aggregation) -> list[Added]:
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
        found.append(Added(kind, dataset, {method: _periods(of, cut, last) for method, of in values.items()}))
    return found


def _periods(values: Values, cut: Grid, last: datetime) -> list[tuple[Any, datetime, datetime]]:
    return [
        (shown_number(value) if isinstance(value, float) else value, begin, cut.end_of(begin, last))
        for begin, value in values.items()
    ]
