"""POST, PATCH, PUT, DELETE and CreateObservations (OGC 18-088, clauses 10 and 12)."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from spiegelstad.accounts.public import ActorKind, CityRequest
from spiegelstad.base.clock import now
from spiegelstad.governance.public import Thing, require
from spiegelstad.sensorthings.actions.entities import create_entity, delete_entity, update_entity
from spiegelstad.sensorthings.actions.observations import try_observations
from spiegelstad.sensorthings.actions.rows import find
from spiegelstad.sensorthings.errors import InvalidEntity, NoSuchEntity
from spiegelstad.sensorthings.formats.arrays import read_arrays
from spiegelstad.sensorthings.formats.reading import Given, read_change, read_entity
from spiegelstad.sensorthings.http_requests import answer, body_of, root_of
from spiegelstad.sensorthings.queries.reading import Reader
from spiegelstad.sensorthings.queries.scope import Scope
from spiegelstad.sensorthings.rules.acts import WRITE_ENTITIES
from spiegelstad.sensorthings.rules.addresses import Address, Id, Step, path_of
from spiegelstad.sensorthings.rules.expressions import ID
from spiegelstad.sensorthings.rules.model import TYPES, EntityType
from spiegelstad.sensorthings.rules.options import Options


def methods(request: CityRequest, address: Address) -> dict[str, Callable[[], HttpResponse]]:
    """Return what can be written at an address: a set takes POST, an entity the others."""
    if address.is_set:
        return {"POST": lambda: _create(request, address)}
    return {
        "PATCH": lambda: _update(request, address, whole=False),
        "PUT": lambda: _update(request, address, whole=True),
        "DELETE": lambda: _delete(request, address),
    }


def _known(request: CityRequest) -> None:
    """Tell who is not known to say who they are, before anything is read of what they send."""
    if request.actor.kind is ActorKind.ANONYMOUS:
        require(request.actor, WRITE_ENTITIES, Thing("sensorthings", "", request.actor.tenant_id))


def _create(request: CityRequest, address: Address) -> HttpResponse:
    _known(request)
    step, back = address.steps[-1], ""
    if step.relation:
        back = address.steps[-2].type.relations[step.relation].back
    given = read_entity(body_of(request), step.type, leaving_out=back)
    if back:
        owner = _id_of(request, address.steps[:-1])
        if not step.type.relations[back].many:
            given.links[back] = [owner]
            given.nested.pop(back, None)
        else:
            given.links[back] = [*given.links.get(back, []), owner]
    try:
        id_ = create_entity(by=request.actor, given=given)
    except InvalidEntity:
        if back and isinstance(owner, int):
            find(request.actor, address.steps[-2].type, [owner])  # NoSuchEntity, when that is why
        raise
    return _created(request, step.type, id_)


def _created(request: CityRequest, entity_type: EntityType, id_: Id) -> HttpResponse:
    location = f"{root_of(request)}/{path_of(entity_type, id_)}"
    if "return=minimal" in request.headers.get("Prefer", ""):
        response = HttpResponse(status=201, headers={"Preference-Applied": "return=minimal"})
    else:
        response = answer(request, _shown(request, entity_type, id_), status=201)
    response.headers["Location"] = location
    return response


def _shown(request: CityRequest, entity_type: EntityType, id_: Id) -> Any:
    """Return the entity as its maker may see it, or its id alone when its classification hides it from a key."""
    address = Address((Step("", entity_type, id_, True),))
    try:
        return Reader(Scope(request.actor, now()), root_of(request)).one(address, Options(top=1))[1]
    except NoSuchEntity:
        return {}


def _id_of(request: CityRequest, steps: tuple[Step, ...]) -> Id:
    """Return the id of the one entity that a path means; raises NoSuchEntity."""
    if len(steps) == 1 and steps[0].id is not None:
        return steps[0].id
    only_id = Options(top=1, select=frozenset({ID}))
    return Reader(Scope(request.actor, now()), root_of(request)).one(Address(steps), only_id)[0]


def _update(request: CityRequest, address: Address, *, whole: bool) -> HttpResponse:
    _known(request)
    change = read_change(body_of(request), address.type, whole=whole)
    id_ = _id_of(request, address.steps)
    update_entity(by=request.actor, entity_type=address.type, id_=id_, change=change)
    return answer(request, _shown(request, address.type, id_))


def _delete(request: CityRequest, address: Address) -> HttpResponse:
    _known(request)
    delete_entity(by=request.actor, entity_type=address.type, id_=_id_of(request, address.steps))
    return HttpResponse(status=200)


def create_observations(request: CityRequest) -> HttpResponse:
    """Take arrays of observations: 201 with, in order, the address of each, or `error` when it was not taken."""
    _known(request)
    rows = read_arrays(body_of(request))
    with transaction.atomic():
        made = iter(try_observations(by=request.actor, given=[row for row in rows if isinstance(row, Given)]))
        outcomes = [next(made) if isinstance(row, Given) else row for row in rows]
    root, type_ = root_of(request), TYPES["Observation"]
    told = ["error" if isinstance(one, str) else f"{root}/{path_of(type_, one)}" for one in outcomes]
    return answer(request, told, status=201)
