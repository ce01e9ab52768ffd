"""The history of attributes, from rows and from series, as one. Which entities may be read has been decided before."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.context.queries.series_of import SeriesOf, attribute_series
from spiegelstad.context.rules.documents import Instance, time_of, time_text
from spiegelstad.context.rules.evolution import observation_id, shown_number
from spiegelstad.context.rules.histories import History, Point
from spiegelstad.context.rules.scope_history import SCOPE, Span
from spiegelstad.context.rules.temporal import ALWAYS, TemporalQuery
from spiegelstad.mirror.public import Range, observed, observed_at, observed_within

_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)
_Recorded = dict[tuple[int, datetime], tuple[datetime, datetime]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which instances: of which attributes (IRIs; None: all) and datasets ("" for the default; None: all), and how many

    of each attribute, from the oldest on or from the `newest` back.

    `standing`: with the scope that stood already when the time began; `spans`: by id, entities of which only these
    parts of the time are wanted.
    """

    query: TemporalQuery = ALWAYS
    attributes: frozenset[str] | None = None
    datasets: frozenset[str] | None = None
    closed: frozenset[str] = frozenset()
    limit: int = 1_000
    newest: bool = False
    standing: bool = False
    spans: Mapping[str, Sequence[Span]] = field(default_factory=dict)

    def wants(self, one: SeriesOf) -> bool:
        """Say whether these are numbers of an attribute that is asked for."""
        return (
            one.attribute not in self.closed
            and (self.attributes is None or one.attribute in self.attributes)
            and (self.datasets is None or one.dataset in self.datasets)
        )

    def within(self) -> tuple[datetime | None, datetime | None]:
        """Return the range of times asked for; None: no end."""
        query = self.query
        return (
            time_of(query.from_at) if query.from_at else None,
            time_of(query.to_at) if query.to_at else None,
        )

    def ends(self) -> tuple[datetime, datetime]:
        """Return the range of times asked for: the first included, the second not; ends there always are."""
        from_, to = self.within()
        return from_ or _FIRST, to or _LAST


def histories(
    actor: Actor, entity_ids: Collection[str], wanted: Wanted, without: Collection[tuple[str, str]] = ()
) -> dict[str, History]:
    """Return the history of each of these entities that has any in that time.

    `without`: pairs of entity and attribute that are not wanted; they have no rows.
    """
    if wanted.spans:
        return _in_spans(actor, entity_ids, wanted, without)
    found: defaultdict[str, defaultdict[str, list[Point]]] = defaultdict(lambda: defaultdict(list))
    for entity_id, attribute, point in _rows(actor, entity_ids, wanted):
        found[entity_id][attribute].append(point)
    every = [one for one in attribute_series(actor, entity_ids) if wanted.wants(one)]
    series = [one for one in every if (one.entity_id, one.attribute) not in without]
    for one, point in _observations(actor.tenant_id, series, wanted):
        found[one.entity_id][one.attribute].append(point)
    return {
        entity_id: {attribute: _ordered(points, wanted) for attribute, points in sorted(history.items())}
        for entity_id, history in found.items()
    }


def _in_spans(
    actor: Actor, entity_ids: Collection[str], wanted: Wanted, without: Collection[tuple[str, str]]
) -> dict[str, History]:
    """Return histories of which only parts are wanted: span by span, of the other entities as always."""
    whole = replace(wanted, spans={})
    others = [id_ for id_ in entity_ids if id_ not in wanted.spans]
    found = histories(actor, others, whole, without) if others else {}
    for id_ in wanted.spans.keys() & set(entity_ids):
        history: defaultdict[str, list[Point]] = defaultdict(list)
        for begin, end in wanted.spans[id_]:
            query = TemporalQuery("between", time_text(begin), time_text(end), wanted.query.timeproperty)
            stood = wanted.standing and begin == wanted.ends()[0]
            part = histories(actor, [id_], replace(whole, query=query, standing=stood), without)
            for attribute, points in part.get(id_, {}).items():
                history[attribute] += points
        if history:
            found[id_] = {attribute: _ordered(points, wanted) for attribute, points in sorted(history.items())}
    return found


def with_history(actor: Actor, entity_ids: Collection[str], wanted: Wanted) -> set[str]:
    """Return which of these entities have an instance that is asked for."""
    with sql.prepared() as cursor:
        cursor.execute(_statement("attributes_with_instances"), _params(actor.tenant_id, entity_ids, wanted))
        found = {entity_id for entity_id, _ in cursor}
    series = [one for one in attribute_series(actor, entity_ids) if wanted.wants(one) and one.entity_id not in found]
    if wanted.query.timeproperty == "observedAt" or not wanted.query.timerel:
        with_values = observed_within(actor.tenant_id, [one.series for one in series], Range(*wanted.within()))
        return found | {one.entity_id for one in series if one.series in with_values}
    return found | {one.entity_id for one, _ in _observations(actor.tenant_id, series, wanted)}


def with_rows(tenant_id: str, entity_ids: Collection[str], wanted: Wanted) -> set[tuple[str, str]]:
    """Return the pairs of entity and attribute that have instances in rows among what is asked for."""
    with sql.prepared() as cursor:
        cursor.execute(_statement("attributes_with_instances"), _params(tenant_id, entity_ids, wanted))
        return set(cursor.fetchall())


def _ordered(points: list[Point], wanted: Wanted) -> list[Point]:
    return sorted(points, key=_place, reverse=wanted.newest)[: wanted.limit]


def _place(point: Point) -> tuple[datetime, str, str, str]:
    at, instance = point
    return at, instance.get("observedAt", ""), instance.get("datasetId", ""), instance["instanceId"]


def _params(tenant_id: str, entity_ids: Collection[str], wanted: Wanted) -> dict[str, Any]:
    from_, to = wanted.ends()
    return {
        "tenant": tenant_id,
        "entities": list(entity_ids),
        "attributes": None if wanted.attributes is None else sorted(wanted.attributes),
        "datasets": None if wanted.datasets is None else sorted(wanted.datasets),
        "closed": sorted(wanted.closed),
        "property": wanted.query.timeproperty,
        "all": not wanted.query.timerel,
        "from": from_,
        "to": to,
        "limit": wanted.limit,
        "newest": wanted.newest,
        "standing": SCOPE if wanted.standing else "",
    }


def _rows(actor: Actor, entity_ids: Collection[str], wanted: Wanted) -> Iterable[tuple[str, str, Point]]:
    with sql.prepared() as cursor:
        cursor.execute(_statement("read_instances"), _params(actor.tenant_id, entity_ids, wanted))
        for entity_id, attribute, at, instance_id, created_at, modified_at, raw in cursor:
            instance = orjson.loads(raw)
            instance |= {"createdAt": time_text(created_at), "modifiedAt": time_text(modified_at)}
            yield entity_id, attribute, (at, {**instance, "instanceId": instance_id})


def _observations(tenant_id: str, series: Sequence[SeriesOf], wanted: Wanted) -> Iterable[tuple[SeriesOf, Point]]:
    by_id = {one.series: one for one in series}
    if not by_id or wanted.query.timeproperty == "deletedAt":
        return
    if wanted.query.timeproperty == "observedAt" or not wanted.query.timerel:
        found, recorded = _by_moment(tenant_id, list(by_id), wanted)
    else:
        found, recorded = _by_record(tenant_id, list(by_id), wanted)
    for id_, at, value in found:
        created, modified = recorded.get((id_, at), (at, at))
        instance = _instance(by_id[id_], at, value, created, modified)
        by = {"createdAt": created, "modifiedAt": modified}.get(wanted.query.timeproperty, at)
        yield by_id[id_], (by, instance)


def _by_moment(
    tenant_id: str, series: list[int], wanted: Wanted
) -> tuple[list[tuple[int, datetime, float]], _Recorded]:
    found = observed(tenant_id, series, Range(*wanted.within()), limit=wanted.limit, newest=wanted.newest)
    if not found:
        return [], {}
    moments = [at for _, at, _ in found]
    return found, _recorded(tenant_id, series, min(moments), max(moments), included=True)


def _by_record(
    tenant_id: str, series: list[int], wanted: Wanted
) -> tuple[list[tuple[int, datetime, float]], _Recorded]:
    """Return observations by when they were recorded: that was at their moment, but for those that came late."""
    from_, to = wanted.ends()
    recorded = _recorded(tenant_id, series, from_, to)
    place = 0 if wanted.query.timeproperty == "createdAt" else 1
    late = [key for key, times in recorded.items() if from_ <= times[place] < to]
    limit = wanted.limit + len(recorded)
    soon = observed(tenant_id, series, Range(*wanted.within()), limit=limit, newest=wanted.newest)
    return [one for one in soon if one[:2] not in recorded] + observed_at(tenant_id, late), recorded


def _recorded(tenant_id: str, series: list[int], from_: datetime, to: datetime, *, included: bool = False) -> _Recorded:
    params = {"tenant": tenant_id, "series": series, "from": from_, "to": to if not included else _after(to)}
    with sql.prepared() as cursor:
        cursor.execute(_statement("late_observations"), params)
        return {(id_, at): (created, modified) for id_, at, created, modified in cursor}


def _after(at: datetime) -> datetime:
    return at + datetime.resolution


def _instance(one: SeriesOf, at: datetime, value: float, created: datetime, modified: datetime) -> Instance:
    instance: Instance = {"type": "Property", "value": shown_number(value), "observedAt": time_text(at)}
    if one.unit_code:
        instance["unitCode"] = one.unit_code
    if one.dataset:
        instance["datasetId"] = one.dataset
    instance["createdAt"], instance["modifiedAt"] = time_text(created), time_text(modified)
    instance["instanceId"] = observation_id(one.series, at)
    return instance


@cache
def _statement(name: str) -> Any:
    return sql.load(Path(__file__).parent, name)
