"""Making entities with all that is nested in them, changing them, deleting them with all that hangs on them."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.governance.public import Classification, record, require
from spiegelstad.governance.public import Thing as Subject
from spiegelstad.sensorthings.actions import context, observations, rows
from spiegelstad.sensorthings.actions.changes import note
from spiegelstad.sensorthings.actions.placing import note_again, note_places, place_thing, replace_places
from spiegelstad.sensorthings.errors import FedElsewhere, InvalidEntity
from spiegelstad.sensorthings.formats.reading import Given, check_places
from spiegelstad.sensorthings.models import Datastream, FeatureOfInterest, HistoricalLocation
from spiegelstad.sensorthings.rules.acts import WRITE_ENTITIES
from spiegelstad.sensorthings.rules.addresses import Id
from spiegelstad.sensorthings.rules.model import EntityType, target_of


def create_entity(*, by: Actor, given: Given) -> Id:
    """Make an entity, all or nothing, with what is nested in it; return its id.

    Raises InvalidEntity, and Forbidden for who may not write. Observations alone need `observations:write`.
    """
    if given.type.name == "Observation" and not given.nested:
        with transaction.atomic():
            return observations.create_observation(by=by, given=given)
    _require(by, given.type)
    with transaction.atomic():
        maker = _Maker(by)
        id_ = maker.make(given)
        context.tell(by.tenant_id, maker.things)
        _record(by, given.type, id_, made=maker.made)
    return id_


def _require(by: Actor, entity_type: EntityType, row: Any = None) -> None:
    guard = {"Datastream": "series", "HistoricalLocation": "thing"}.get(entity_type.name)
    closed = getattr(row, guard) if guard and row is not None else row
    classification = Classification(closed.classification) if closed is not None else Classification.PUBLIC
    department = closed.department if closed is not None else ""
    require(by, WRITE_ENTITIES, Subject(entity_type.name, "", by.tenant_id, classification, department))


def _record(by: Actor, entity_type: EntityType, id_: Id, **details: Any) -> None:
    record(by, WRITE_ENTITIES, Subject(entity_type.name, str(id_), by.tenant_id), details=details)


class _Maker:
    """Makes entities of one request, deep insert included."""

    def __init__(self, by: Actor) -> None:
        self._by = by
        self._at = now()
        self.made: dict[str, int] = {}
        self.things: list[int] = []

    def make(self, given: Given, guard: Any = None) -> Id:
        """Make one with what is nested: first those it needs, then itself, then those that need it.

        It is as closed as `guard`, a row with a classification.
        """
        self.made[given.type.name] = self.made.get(given.type.name, 0) + 1
        ones: dict[str, int] = {}
        for relation in given.type.relations.values():
            if not relation.many and (relation.name in given.links or relation.name in given.nested):
                ones[relation.name] = self._one(given, relation.name, ones)
        if given.type.name == "Observation":
            given.links = {name: [id_] for name, id_ in ones.items()}
            return observations.create_observation(by=self._by, given=given)
        row = rows.insert(self._by, given.type, given.values, ones, guard)
        note(self._by.tenant_id, given.type.name, [row.pk])
        self.things += {"Thing": [row.pk], "HistoricalLocation": [ones.get("Thing", 0)]}.get(given.type.name, [])
        for relation in sorted(given.type.relations.values(), key=lambda one: one.name != "Locations"):
            if relation.many:  # locations first: a series stands where its thing does
                self._many(given, relation.name, row)
        return int(row.pk)

    def _one(self, given: Given, name: str, before: Mapping[str, int]) -> int:
        links, nested = given.links.get(name, []), given.nested.get(name, [])
        if len(links) + len(nested) != 1:
            raise InvalidEntity(f"A {given.type.name} has one {name}.")
        if nested:
            is_seen = name == "FeatureOfInterest" and "Datastream" in before  # what a closed series sees is as closed
            stream = Datastream.objects.select_related("series").get(pk=before["Datastream"]) if is_seen else None
            return _number(self.make(nested[0], stream.series if stream else None))
        (found,) = rows.linked(self._by, target_of(given.type.relations[name]), [_number(links[0])])
        return found

    def _many(self, given: Given, name: str, row: Any) -> None:
        links, nested = given.links.get(name, []), given.nested.get(name, [])
        relation = given.type.relations[name]
        if not links and not nested:
            return
        target = target_of(relation)
        if target.relations[relation.back].many:
            ids = rows.linked(self._by, target, [_number(id_) for id_ in links])
            ids += [_number(self.make(child)) for child in nested]
            relate(self._by, given.type.name, row, name, ids)
            self.things += ids if target.name == "Thing" else []
            return
        if target.name == "Observation" and links:
            raise InvalidEntity("An observation cannot change its datastream.")
        if links:
            hang(self._by, target, relation.back, row.pk, [_number(id_) for id_ in links])
        if target.name == "Observation" and all(not child.nested for child in nested):
            for child in nested:
                child.links[relation.back] = [row.pk]
            self.made["Observation"] = self.made.get("Observation", 0) + len(nested)
            observations.create_observations(by=self._by, given=nested)
            return
        for child in nested:
            child.links[relation.back] = [row.pk]
            self.make(child)


def _number(id_: Id) -> int:
    if not isinstance(id_, int):
        raise InvalidEntity("Observations are not linked so.")
    return id_


def hang(by: Actor, target: EntityType, back: str, owner: int, ids: list[int]) -> None:
    """Let entities that are there belong to another owner."""
    for row in rows.find(by, target, ids).values():
        _require(by, target, row)
        rows.change(row, {rows.COLUMNS[back]: owner})
    if target.name == "Datastream":
        context.follow(by.tenant_id, Datastream.objects.filter(pk__in=ids))


def relate(by: Actor, type_name: str, row: Any, name: str, ids: list[int]) -> None:
    """Join entities that are many on both sides: things, locations and historical locations."""
    if (type_name, name) == ("Thing", "Locations"):
        place_thing(by.tenant_id, row.pk, ids, now())
    elif (type_name, name) == ("Location", "Things"):
        for thing in ids:
            place_thing(by.tenant_id, thing, [row.pk], now())
    elif type_name == "HistoricalLocation":
        replace_places(by.tenant_id, row, ids)
    else:
        for historical in HistoricalLocation.objects.filter(pk__in=ids):
            note_places(by.tenant_id, historical, [row.pk])


_FED = {"Datastream": {"name", "unitOfMeasurement", "observationType"}, "Location": {"location", "encodingType"}}


def update_entity(*, by: Actor, entity_type: EntityType, id_: Id, change: Given) -> None:
    """Change what is given of an entity: values, links. Raises FedElsewhere for what the city's sources define."""
    if isinstance(id_, tuple):
        with transaction.atomic():
            observations.update_observation(by=by, id_=id_, change=change)
        return
    row = rows.find(by, entity_type, [id_])[id_]
    _require(by, entity_type, row)
    if _is_fed(row) and _FED.get(entity_type.name, set()) & set(change.values):
        raise FedElsewhere("The city's own sources say this.", remedy="Change the definition of the source.")
    with transaction.atomic():
        values = dict(change.values)
        place = {"Location": "location", "FeatureOfInterest": "feature"}.get(entity_type.name, "")
        if {place, "encodingType"} & set(values) and place:
            values = {place: getattr(row, place), "encodingType": row.encoding_type, **values}
            check_places(values)
        columns = rows.columns_of(entity_type, values)
        for name, links in change.links.items():
            columns |= _relink(by, entity_type, row, name, [_number(link) for link in links])
        rows.change(row, columns)
        _follow(by.tenant_id, entity_type.name, row, columns)
        if change.values:
            note(by.tenant_id, entity_type.name, [id_], list(change.values))
        context.tell(by.tenant_id, context.things_at(entity_type.name, id_))
        _record(by, entity_type, id_, changed=sorted([*change.values, *change.links]))


def _follow(tenant_id: str, name: str, row: Any, columns: Mapping[str, Any]) -> None:
    """Let what hangs on a row follow its change; `row` is as it was before."""
    if name == "Datastream":
        context.follow(tenant_id, Datastream.objects.filter(pk=row.pk))
    if name == "ObservedProperty" and "name" in columns:
        context.follow(tenant_id, Datastream.objects.filter(observed_property=row.pk))
    if name == "HistoricalLocation":
        note_again(tenant_id, row.pk)
    if name == "Location" and columns.get("location", row.location) != row.location:
        FeatureOfInterest.objects.filter(location=row).update(location=None)  # observations from now on are elsewhere


def _relink(by: Actor, entity_type: EntityType, row: Any, name: str, ids: list[int]) -> dict[str, int]:
    """Follow the links of a change; return the columns of those to one."""
    relation = entity_type.relations[name]
    target = target_of(relation)
    if relation.many and target.name == "Observation":
        raise InvalidEntity("An observation cannot change its datastream.")
    rows.linked(by, target, ids)
    if not relation.many:
        if len(ids) != 1:
            raise InvalidEntity(f"A {entity_type.name} has one {name}.")
        return {rows.COLUMNS[name]: ids[0]}
    if target.relations[relation.back].many:
        relate(by, entity_type.name, row, name, ids)
    else:
        hang(by, target, relation.back, row.pk, ids)
    return {}


def _is_fed(row: Any) -> bool:
    return not row.made_here if isinstance(row, Datastream) else getattr(row, "adopted_from", None) is not None


def delete_entity(*, by: Actor, entity_type: EntityType, id_: Id) -> None:
    """Delete an entity and what cannot be without it (OGC 18-088, table of integrity constraints)."""
    if isinstance(id_, tuple):
        with transaction.atomic():
            observations.delete_observation(by=by, id_=id_)
        return
    row = rows.find(by, entity_type, [id_])[id_]
    _require(by, entity_type, row)
    with transaction.atomic():
        moved = context.things_at("Location", row.pk) if entity_type.name == "Location" else []
        _delete(by, entity_type.name, row)
        context.tell(by.tenant_id, moved, left=True)
        _record(by, entity_type, id_, deleted=True)


_STREAMS = {"Thing": "thing", "Sensor": "sensor", "ObservedProperty": "observed_property"}


def _delete(by: Actor, name: str, row: Any) -> None:
    if _is_fed(row):
        raise FedElsewhere("The city's own sources define this.", remedy="Take it out of the source.")
    if name in _STREAMS:
        for stream in Datastream.objects.filter(**{_STREAMS[name]: row}):
            _delete(by, "Datastream", stream)
    if name == "Datastream":
        observations.forget_datastream(by.tenant_id, row.pk)
    if name == "FeatureOfInterest":
        observations.forget_feature(by.tenant_id, row.pk)
    if name == "Location":
        HistoricalLocation.objects.filter(historicalplace__location=row).delete()
    if name == "Thing":
        context.forget(by.tenant_id, row.entity_id)
    row.delete()
