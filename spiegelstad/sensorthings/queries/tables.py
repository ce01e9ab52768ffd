# ruff: noqa: S608  fragments of this room are put together; what comes from outside is a parameter
"""Where the data model lives in the tables: sources, columns, relations and the policy, as SQL with an alias `a`.

The parameters `tenant`, `open` and `departments` are those of the policy (`scope.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from spiegelstad.sensorthings.vocabulary import TRUTH

Sql = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Column:
    """How a property is read: one expression, or two for the start and end of a time."""

    start: Sql
    end: Sql | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A relation: what of the source leads there (`key`), and which targets `b` belong to a key."""

    key: Sql
    belongs: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Table:
    """A type in the tables. `id`: its columns in order."""

    source: Sql
    policy: Sql
    id: Callable[[str], tuple[str, ...]]
    columns: dict[str, Column]
    links: dict[str, Link]


def _plain(name: str) -> Column:
    return Column(lambda a: f"{a}.{name}")


def _open(a: str) -> str:
    return (
        f"({a}.tenant_id = %(tenant)s AND ({a}.classification = ANY(%(open)s)"
        f" OR {a}.classification = 'confidential' AND {a}.department = ANY(%(departments)s)))"
    )


def _id(a: str) -> tuple[str, ...]:
    return (f"{a}.id",)


def _by_id(a: str) -> str:
    return f"{a}.id"


def _is(column: str) -> Callable[[str, str], str]:
    return lambda b, key: f"{b}.{column} = {key}"


def _among(table: str, column: str, other: str) -> Callable[[str, str], str]:
    return lambda b, key: f"{b}.id IN (SELECT {column} FROM sensorthings_{table} WHERE {other} = {key})"


_DESCRIBED = {name: _plain(name) for name in ("name", "description", "properties")}
_ENCODED = {**_DESCRIBED, "encodingType": _plain("encoding_type")}
_MS = "date_trunc('milliseconds', {})"


def _of_series(what: str, table: str) -> Sql:
    return lambda a: f"(SELECT {what} FROM {table} o WHERE o.tenant_id = {a}.tenant_id AND o.series_id = {a}.series_id)"


_LAST_END = (
    "SELECT GREATEST(date_trunc('milliseconds', l.newest_at), n.phenomenon_end) FROM mirror_serieslatest l"
    " LEFT JOIN sensorthings_observationdetail n"
    " ON n.tenant_id = l.tenant_id AND n.series_id = l.series_id AND n.observed_at = l.newest_at"
)

_SERIES_OF_FEATURE = (  # else each of its observations is looked for among all there are
    "SELECT f.series_id FROM sensorthings_datastream f WHERE f.feature_id = {0}"
    " UNION SELECT f.series_id FROM sensorthings_observationdetail f"
    " WHERE f.tenant_id = %(tenant)s AND f.feature_id = {0}"
)

TABLES: dict[str, Table] = {
    "Thing": Table(
        lambda a: f"sensorthings_thing {a}",
        _open,
        _id,
        _DESCRIBED,
        {
            "Datastreams": Link(_by_id, _is("thing_id")),
            "HistoricalLocations": Link(_by_id, _is("thing_id")),
            "Locations": Link(_by_id, _among("thinglocation", "location_id", "thing_id")),
        },
    ),
    "Location": Table(
        lambda a: f"sensorthings_location {a}",
        _open,
        _id,
        {**_ENCODED, "location": _plain("location")},
        {
            "HistoricalLocations": Link(_by_id, _among("historicalplace", "historical_location_id", "location_id")),
            "Things": Link(_by_id, _among("thinglocation", "thing_id", "location_id")),
        },
    ),
    "HistoricalLocation": Table(
        lambda a: f"(sensorthings_historicallocation {a} JOIN sensorthings_thing {a}t ON {a}t.id = {a}.thing_id)",
        lambda a: _open(f"{a}t"),
        _id,
        {"time": Column(lambda a: f"{a}.time", lambda a: f"{a}.time")},
        {
            "Locations": Link(_by_id, _among("historicalplace", "location_id", "historical_location_id")),
            "Thing": Link(lambda a: f"{a}.thing_id", _is("id")),
        },
    ),
    "Sensor": Table(
        lambda a: f"sensorthings_sensor {a}",
        _open,
        _id,
        {**_ENCODED, "metadata": _plain("metadata")},
        {"Datastreams": Link(_by_id, _is("sensor_id"))},
    ),
    "ObservedProperty": Table(
        lambda a: f"sensorthings_observedproperty {a}",
        _open,
        _id,
        {**_DESCRIBED, "definition": _plain("definition")},
        {"Datastreams": Link(_by_id, _is("observed_property_id"))},
    ),
    "Datastream": Table(
        lambda a: f"(sensorthings_datastream {a} JOIN mirror_series {a}s ON {a}s.id = {a}.series_id)",
        lambda a: f"{_open(f'{a}s')}",
        lambda a: (f"{a}.series_id",),
        {
            **_DESCRIBED,
            "unitOfMeasurement": _plain("unit_of_measurement"),
            "observationType": _plain("observation_type"),
            "observedArea": _plain("observed_area"),
            "phenomenonTime": Column(
                _of_series(_MS.format("min(o.observed_at)"), "mirror_observation"),
                lambda a: f"({_LAST_END} WHERE l.tenant_id = {a}.tenant_id AND l.series_id = {a}.series_id)",
            ),
            "resultTime": Column(
                _of_series("min(o.result_time)", "sensorthings_observationdetail"),
                _of_series("max(o.result_time)", "sensorthings_observationdetail"),
            ),
        },
        {
            "ObservedProperty": Link(lambda a: f"{a}.observed_property_id", _is("id")),
            "Observations": Link(lambda a: f"{a}.series_id", _is("series_id")),
            "Sensor": Link(lambda a: f"{a}.sensor_id", _is("id")),
            "Thing": Link(lambda a: f"{a}.thing_id", _is("id")),
        },
    ),
    "Observation": Table(
        lambda a: (
            f"(mirror_observation {a} JOIN sensorthings_datastream {a}d ON {a}d.series_id = {a}.series_id"
            f" JOIN mirror_series {a}s ON {a}s.id = {a}.series_id"
            f" LEFT JOIN sensorthings_observationdetail {a}x ON {a}x.tenant_id = {a}.tenant_id"
            f" AND {a}x.series_id = {a}.series_id AND {a}x.observed_at = {a}.observed_at)"
        ),
        lambda a: f"{a}.tenant_id = %(tenant)s AND {_open(f'{a}s')}",
        lambda a: (f"{a}.series_id", f"COALESCE({a}x.named_at, {a}.observed_at)"),
        {
            "phenomenonTime": Column(
                lambda a: _MS.format(f"{a}.observed_at"),
                lambda a: f"COALESCE({a}x.phenomenon_end, {_MS.format(f'{a}.observed_at')})",
            ),
            "result": Column(
                lambda a: (
                    f"COALESCE({a}x.result, CASE WHEN {a}d.observation_type = '{TRUTH}' THEN to_jsonb({a}.value <> 0)"
                    f" ELSE to_jsonb({a}.value) END)"
                )
            ),
            "resultTime": Column(lambda a: f"{a}x.result_time", lambda a: f"{a}x.result_time"),
            "resultQuality": Column(lambda a: f"{a}x.result_quality"),
            "validTime": Column(lambda a: f"{a}x.valid_from", lambda a: f"{a}x.valid_to"),
            "parameters": Column(lambda a: f"{a}x.parameters"),
        },
        {
            "Datastream": Link(lambda a: f"{a}.series_id", _is("series_id")),
            "FeatureOfInterest": Link(lambda a: f"COALESCE({a}x.feature_id, {a}d.feature_id)", _is("id")),
        },
    ),
    "FeatureOfInterest": Table(
        lambda a: f"sensorthings_featureofinterest {a}",
        _open,
        _id,
        {**_ENCODED, "feature": _plain("feature")},
        {
            "Observations": Link(
                _by_id,
                lambda b, key: (
                    f"({b}x.feature_id = {key} OR {b}x.feature_id IS NULL AND {b}d.feature_id = {key})"
                    f" AND {b}.series_id = ANY(ARRAY({_SERIES_OF_FEATURE.format(key)}))"
                ),
            )
        },
    ),
}


def number_of_result(a: str) -> str:
    """Return the result of an observation as a number, null when it is none."""
    return (
        f"CASE WHEN {a}x.result IS NULL AND {a}d.observation_type <> '{TRUTH}' THEN {a}.value"
        f" WHEN jsonb_typeof({a}x.result) = 'number' THEN {a}x.result::text::float8 END"
    )
