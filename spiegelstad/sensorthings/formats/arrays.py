"""CreateObservations: observations of several datastreams as rows of components (OGC 18-088, clause 12.1)."""

from typing import Any

from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.sensorthings.errors import InvalidEntity
from spiegelstad.sensorthings.formats.reading import Given, read_entity
from spiegelstad.sensorthings.rules.model import TYPES

MAX_ROWS = 100_000
_COMPONENTS = frozenset({*TYPES["Observation"].properties, "FeatureOfInterest/id"})


def read_arrays(body: Any) -> list[Given | str]:
    """Return each row as an observation, or the reason why it is none; raises InvalidEntity for the whole."""
    if not isinstance(body, list):
        raise InvalidEntity("CreateObservations takes a list with an object for each datastream.")
    found: list[Given | str] = []
    for group in body:
        found += _group(group)
        if len(found) > MAX_ROWS:
            raise InvalidEntity(f"CreateObservations takes at most {MAX_ROWS:,} rows.")
    return found


def _group(group: Any) -> list[Given | str]:
    if not isinstance(group, dict) or not isinstance(group.get("dataArray"), list):
        raise InvalidEntity("Each part has a Datastream, components and a dataArray.")
    components = group.get("components")
    if not isinstance(components, list) or any(
        not isinstance(one, str) or one not in _COMPONENTS for one in components
    ):
        raise InvalidEntity(f"components are some of {', '.join(sorted(_COMPONENTS))}.")
    if len(set(components)) != len(components):
        raise InvalidEntity("A component is named twice.")
    return [_row(row, components, group.get("Datastream")) for row in group["dataArray"]]


def _row(row: Any, components: list[str], datastream: Any) -> Given | str:
    if not isinstance(row, list) or len(row) != len(components):
        return "The row has not as many values as there are components."
    entity: dict[str, Any] = dict(zip(components, row, strict=True))
    feature = entity.pop("FeatureOfInterest/id", None)
    if feature is not None:
        entity["FeatureOfInterest"] = {"@iot.id": feature}
    try:
        given = read_entity({**entity, "Datastream": datastream}, TYPES["Observation"])
    except SpiegelstadError as error:
        return error.detail
    return "A Datastream is named by its @iot.id." if given.nested else given
