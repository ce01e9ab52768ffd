"""Rows as the documents of the standard (OGC 18-088, clause 8.2 and 9.2)."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from spiegelstad.sensorthings.rules.addresses import Id, path_of, write_id
from spiegelstad.sensorthings.rules.expressions import ID
from spiegelstad.sensorthings.rules.model import EntityType, Kind, Property
from spiegelstad.sensorthings.rules.options import SELF, Options
from spiegelstad.sensorthings.rules.times import microseconds, write_period

Document = dict[str, Any]


def id_from(columns: Sequence[Any]) -> Id:
    """Return the id that the columns of a row hold."""
    if len(columns) == 1:
        return int(columns[0])
    return int(columns[0]), microseconds(columns[1])


def written(property_: Property, start: Any, end: Any = None) -> Any:
    """Return the value of a property as it stands in a document; `start` and `end` as the database gives them."""
    if start is None:
        return None
    if property_.kind is Kind.TIME:
        return write_period(start, start if end is None else end)
    if property_.kind is Kind.TEXT:
        return start
    return orjson.Fragment(start)


def document(root: str, entity_type: EntityType, id_: Id, values: Mapping[str, Any], options: Options) -> Document:
    """Return an entity with its control information and navigation links; expanded relations come later."""
    here = f"{root}/{path_of(entity_type, id_)}"
    found: Document = {}
    if options.shows(ID):
        found[ID] = write_id(id_)
    if options.shows(SELF):
        found[SELF] = here
    found.update(values)
    for name in entity_type.relations:
        if name not in options.expand and options.shows(name):
            found[f"{name}@iot.navigationLink"] = f"{here}/{name}"
    return found


COMPONENTS = ("id", "phenomenonTime", "result", "resultTime", "resultQuality", "validTime", "parameters")


def data_array(root: str, documents: Sequence[tuple[Id, Document]], options: Options) -> list[Document]:
    """Return observations as rows of components, one group for each datastream (clause 12.2)."""
    shown = [name for name in COMPONENTS if options.shows(ID if name == "id" else name)]
    groups: dict[int, list[list[Any]]] = {}
    for id_, found in documents:
        assert isinstance(id_, tuple)
        row = [found.get(ID if name == "id" else name) for name in shown]
        groups.setdefault(id_[0], []).append(row)
    return [
        {
            "Datastream@iot.navigationLink": f"{root}/Datastreams({series})",
            "components": shown,
            "dataArray@iot.count": len(rows),
            "dataArray": rows,
        }
        for series, rows in groups.items()
    ]
