"""Observations: rows of the mirror, and a row of details for those that say more than a number at a moment.

Who writes here locks first the datastreams (so that two never take the same microsecond), then, in the mirror, series.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.fields import Box
from spiegelstad.governance.public import Classification, Thing, record, require
from spiegelstad.mirror.public import delete_values, forget_values
from spiegelstad.sensorthings.actions import storing
from spiegelstad.sensorthings.actions.changes import note
from spiegelstad.sensorthings.actions.storing import Stream
from spiegelstad.sensorthings.errors import InvalidEntity, NoSuchEntity
from spiegelstad.sensorthings.formats.reading import Given
from spiegelstad.sensorthings.models import Datastream, FeatureOfInterest, ObservationDetail
from spiegelstad.sensorthings.rules.acts import WRITE_OBSERVATIONS
from spiegelstad.sensorthings.rules.addresses import Id
from spiegelstad.sensorthings.rules.observing import Observed, observed, split_result
from spiegelstad.sensorthings.rules.times import Period, microseconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MAX_OF_FEATURE = 100_000


def create_observation(*, by: Actor, given: Given) -> Id:
    """Store one observation; return its id."""
    return create_observations(by=by, given=[given])[0]


def create_observations(*, by: Actor, given: Sequence[Given]) -> list[Id]:
    """Store observations, all or none; return their ids. Raises InvalidEntity for the first that cannot be taken."""
    outcomes = try_observations(by=by, given=given)
    for outcome in outcomes:
        if isinstance(outcome, str):
            raise InvalidEntity(outcome)
    return [outcome for outcome in outcomes if not isinstance(outcome, str)]


def try_observations(*, by: Actor, given: Sequence[Given]) -> list[Id | str]:
    """Store those observations that can be taken; return for each its id, or the reason why not.

    An observation that says what one there says already is that one: what is sent again changes nothing.
    """
    numbers = [_number(item, "Datastream") for item in given]
    streams = storing.open_streams(by.tenant_id, [number for number in numbers if number is not None])
    for stream in streams.values():
        _require(by, stream)
    features = _features(by, given)
    moment, found = now(), list[Observed | str]()
    for item, number in zip(given, numbers, strict=True):
        stream_or_none = streams.get(number or 0)
        feature = _number(item, "FeatureOfInterest")
        if stream_or_none is None:
            found.append(f"There is no Datastream with the id {number}.")
        elif feature is not None and feature not in features:
            found.append(f"There is no FeatureOfInterest with the id {feature}.")
        else:
            there = (
                storing.feature_there(by.tenant_id, stream_or_none) if feature is None else (feature, features[feature])
            )
            feature = storing.feature_beside(stream_or_none, *there)
            found.append(observed(stream_or_none.series, stream_or_none.observation_type, item.values, feature, moment))
    storing.keep_changes(streams.values())
    return storing.store(by.tenant_id, found, streams)


def _number(given: Given, relation: str) -> int | None:
    links = given.links.get(relation, [])
    if len(links) > 1 or (links and not isinstance(links[0], int)):
        raise InvalidEntity(f"An Observation has one {relation}.")
    return int(links[0]) if links and isinstance(links[0], int) else None


def _features(by: Actor, given: Sequence[Given]) -> dict[int, Box | None]:
    """Return the features that are named, with their bounds."""
    named = {number for item in given if (number := _number(item, "FeatureOfInterest")) is not None}
    if not named:
        return {}
    return dict(FeatureOfInterest.objects.filter(tenant_id=by.tenant_id, pk__in=named).values_list("pk", "box"))


def _require(by: Actor, stream: Stream) -> None:
    thing = Thing(
        "Datastream", str(stream.series), by.tenant_id, Classification(stream.classification), stream.department
    )
    require(by, WRITE_OBSERVATIONS, thing)


def _stream(by: Actor, series: int) -> Stream:
    found = storing.open_streams(by.tenant_id, [series]).get(series)
    if found is None:
        raise NoSuchEntity("There is no such Observation.")
    _require(by, found)
    return found


def update_observation(*, by: Actor, id_: tuple[int, int], change: Given) -> None:
    """Change an observation; its id stays, even when its time changes."""
    stream = _stream(by, id_[0])
    if change.links.get("Datastream", [id_[0]]) != [id_[0]]:
        raise InvalidEntity("An observation cannot change its datastream.", remedy="Delete it and make another.")
    old = _one(by, id_)
    new = _changed(old, change, stream)
    if "FeatureOfInterest" in change.links:
        feature, features = _number(change, "FeatureOfInterest"), _features(by, [change])
        if feature is None or feature not in features:
            raise InvalidEntity(f"There is no FeatureOfInterest with the id {feature}.")
        beside = storing.feature_beside(stream, feature, features[feature])
        storing.keep_changes([stream])
        new = replace(new, detail=replace(new.detail, feature_id=beside))
    if new.at != old.at:
        new = replace(new, detail=replace(new.detail, named_at=old.detail.named_at or old.at))
        new = storing.at_free_moment(by.tenant_id, new)
        _forget(by.tenant_id, stream.series, [old.at])
    storing.overwrite(by.tenant_id, new, stream)
    note(by.tenant_id, "Observation", [(stream.series, microseconds(new.at))], list(change.values))
    details = {"before": {"at": old.at, "value": old.value}, "after": {"at": new.at, "value": new.value}}
    record(by, WRITE_OBSERVATIONS, Thing("Observation", f"{id_[0]}-{id_[1]}", by.tenant_id), details=details)


def _one(by: Actor, id_: tuple[int, int]) -> Observed:
    found = storing.one(by.tenant_id, id_[0], _EPOCH + id_[1] * _MICROSECOND)
    if found is None:
        raise NoSuchEntity("There is no such Observation.")
    return found


def _changed(old: Observed, change: Given, stream: Stream) -> Observed:
    values: dict[str, Any] = change.values
    fresh = observed(stream.series, stream.observation_type, {"result": None, **values}, None, now())
    detail = old.detail
    taken: dict[str, Any] = {}
    if values.get("phenomenonTime") is not None:
        taken["phenomenon_end"] = fresh.detail.phenomenon_end
    for name, columns in _OF.items():
        if name in values:
            taken |= {column: getattr(fresh.detail, column) for column in columns}
    new = replace(old, detail=replace(detail, **taken))
    if "result" in values:
        value, counts, _ = split_result(values["result"], stream.observation_type)
        new = replace(new, value=value, counts=counts)
    moved: Period | None = values.get("phenomenonTime")
    if moved is None:
        return new
    same = moved.start == old.at.replace(microsecond=old.at.microsecond // 1000 * 1000)
    return new if same else replace(new, at=moved.start)


_OF = {
    "result": ("result", "result_is_set"),
    "resultTime": ("result_time",),
    "resultQuality": ("result_quality",),
    "validTime": ("valid_from", "valid_to"),
    "parameters": ("parameters",),
}


def delete_observation(*, by: Actor, id_: tuple[int, int]) -> None:
    """Delete an observation; rollups and latest value follow."""
    stream = _stream(by, id_[0])
    old = _one(by, id_)
    _forget(by.tenant_id, stream.series, [old.at])
    thing = Thing("Observation", f"{id_[0]}-{id_[1]}", by.tenant_id)
    record(by, WRITE_OBSERVATIONS, thing, details={"deleted": {"at": old.at, "value": old.value}})


def _forget(tenant_id: str, series: int, moments: list[datetime]) -> None:
    delete_values(tenant_id, series, moments)
    storing.forget_details(tenant_id, [(series, at) for at in moments])


def forget_datastream(tenant_id: str, series: int) -> None:
    """Delete all observations of a datastream; its series stays in the mirror, empty."""
    forget_values(tenant_id, series)
    ObservationDetail.objects.filter(tenant_id=tenant_id, series_id=series).delete()


def forget_feature(tenant_id: str, feature: int) -> None:
    """Delete the observations of a feature."""
    params = {"tenant": tenant_id, "feature": feature}
    found = sql.rows(sql.load(storing.HERE, "observations_of_feature"), params)
    if len(found) > MAX_OF_FEATURE:
        raise InvalidEntity(f"The feature has more than {MAX_OF_FEATURE:,} observations.", remedy="Delete those first.")
    by_series: dict[int, list[datetime]] = {}
    for series, at in found:
        by_series.setdefault(series, []).append(at)
    for series, moments in sorted(by_series.items()):
        _forget(tenant_id, series, moments)
    Datastream.objects.filter(tenant_id=tenant_id, feature_id=feature).update(feature=None)
