"""Asking a city's store, and reading one entity as linked data."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import Quad

from spiegelstad.accounts.public import Actor
from spiegelstad.base.apart import Ended, Late, pool_of
from spiegelstad.base.errors import InvalidInput, NotFound, SpiegelstadError, TooLarge, Unavailable
from spiegelstad.catalogue import public as catalogue
from spiegelstad.context import public as context
from spiegelstad.sparql import store
from spiegelstad.sparql.building import policy_of
from spiegelstad.sparql.formats.entities import quads_of
from spiegelstad.sparql.vocabulary import (
    BASE,
    MAX_MEMORY_MB,
    MAX_QUERY_CHARACTERS,
    MAX_RESULT_BYTES,
    MAX_SECONDS,
    PREFIXES,
)

_MODULE = "spiegelstad.sparql.apart.worker"


class BadSparql(InvalidInput):
    """The query cannot be run; `detail` says why."""

    title = "The query cannot run"


class SparqlTooHeavy(TooLarge):
    """The query takes more time, memory or room than it may."""

    title = "The query asks too much"


class NotBuiltYet(Unavailable):
    """The store is being built: for the first time, or because what is open has changed."""

    title = "Being built"


class NoSuchEntity(NotFound):
    """There is no such entity, or not for this actor."""

    title = "No such entity"


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and how its answer is written: `results` for SELECT and ASK, `rdf` for CONSTRUCT and DESCRIBE."""

    query: str
    results: str = "json"
    rdf: str = "turtle"
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """`kind` is `solutions`, `boolean` or `triples`."""

    kind: str
    body: bytes


def ask(tenant_id: str, asked: Asked, base: str) -> Answered:
    """Run a SPARQL 1.1 query over what is open in a city; `base`: its address, with a slash at the end.

    Raises BadSparql, SparqlTooHeavy or NotBuiltYet.
    """
    if len(asked.query) > MAX_QUERY_CHARACTERS:
        raise BadSparql(f"The query is longer than {MAX_QUERY_CHARACTERS} characters.")
    request = {
        "do": "query",
        "store": str(store.folder_of(tenant_id) / _generation(tenant_id)),
        "query": asked.query.replace(base, BASE),
        "prefixes": {**PREFIXES, "": BASE},
        "default_graphs": [iri.replace(base, BASE) for iri in asked.default_graphs],
        "named_graphs": [iri.replace(base, BASE) for iri in asked.named_graphs],
        "results": asked.results,
        "rdf": asked.rdf,
        "max_bytes": MAX_RESULT_BYTES,
        "memory_mb": MAX_MEMORY_MB,
    }
    pool = pool_of(_MODULE)
    with pool.slot():
        worker = pool.take()
        try:
            answer, body = worker.ask(request, MAX_SECONDS)
        except Late:
            raise _failure("slow", "") from None
        except Ended:
            raise _failure("memory", "") from None
        pool.give_back(worker)
    if not answer["ok"]:
        raise _failure(answer["error"], answer["message"])
    return Answered(answer["kind"], body.replace(BASE.encode(), base.encode()))


def _generation(tenant_id: str) -> str:
    """Return the snapshot to ask. When something in it was closed since, there is none until it is built again."""
    place = store.current(tenant_id)
    remedy = "Try again in a minute."
    if place is None:
        raise NotBuiltYet("The linked data of this city is being made.", remedy=remedy)
    is_open = catalogue.are_all_readable(Actor.anonymous(tenant_id), list(place.datasets))
    if place.policy != policy_of(tenant_id) or not is_open:
        raise NotBuiltYet("What is open has changed, and the linked data is being made anew.", remedy=remedy)
    return place.generation


def _failure(kind: str, message: str) -> SpiegelstadError:
    match kind:
        case "slow":
            return SparqlTooHeavy(f"The query was stopped after {MAX_SECONDS:g} seconds.", remedy="Ask for less.")
        case "memory":
            return SparqlTooHeavy("The query was stopped at its limit of memory.", remedy="Ask for less at a time.")
        case "large":
            size = MAX_RESULT_BYTES // 1024 // 1024
            return SparqlTooHeavy(f"The result is larger than {size} MB.", remedy="Add a LIMIT and an OFFSET.")
        case "service":
            return BadSparql("This endpoint asks no other one.", remedy="Leave SERVICE out.")
        case "store":
            return NotBuiltYet("The linked data was made anew just now.", remedy="Try again.")
        case _:
            return BadSparql(f"The query is not correct: {message}.")


def entity_quads(actor: Actor, entity_id: str) -> list[Quad]:
    """Return one entity as the actor may read it, now; or raise `NoSuchEntity`."""
    found = context.documents(actor, [entity_id])
    if not found:
        raise NoSuchEntity(f"There is no entity {entity_id!r}.")
    return list(quads_of(found[0]))
