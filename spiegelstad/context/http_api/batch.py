"""`/entityOperations`: many entities in one request (clauses 6.14 to 6.17 and 6.31)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.batches import (
    BatchResult,
    batch_create,
    batch_delete,
    batch_merge,
    batch_update,
    batch_upsert,
)
from spiegelstad.context.errors import BadRequestData, InvalidRequest
from spiegelstad.context.federation.batches import Batch, spread_batch
from spiegelstad.context.federation.writing import entity_error
from spiegelstad.context.formats.reading import CREATE, FRAGMENT, MERGE, Purpose, read_entity
from spiegelstad.context.http_api.answering import NoContent, by_method, respond
from spiegelstad.context.http_api.requests import MAX_BATCH_BYTES, NgsiRequest, read
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.documents import Document

MAX_ENTITIES = 10_000


def create(request: HttpRequest) -> HttpResponse:
    """POST /entityOperations/create (6.14.3.1)."""
    asked = _read(request, {"local"})
    batch = Batch("createBatch", "entityOperations/create", ("createEntity",), creates=True)
    return _created(asked, *_treated(asked, CREATE, batch, lambda found: batch_create(by=asked.actor, documents=found)))


def upsert(request: HttpRequest) -> HttpResponse:
    """POST /entityOperations/upsert (6.15.3.1)."""
    asked = _read(request, {"local", "options"})
    options = asked.options({"replace", "update"})
    if len(options) > 1:
        raise InvalidRequest("An upsert either replaces or updates.")
    update = "update" in options
    singles = ("createEntity", "updateEntity" if update else "replaceEntity")
    batch = Batch("upsertBatch", "entityOperations/upsert", singles, "update" if update else "", creates=True)
    result = _treated(asked, CREATE, batch, lambda found: batch_upsert(by=asked.actor, documents=found, update=update))
    return _created(asked, *result)


def update(request: HttpRequest) -> HttpResponse:
    """POST /entityOperations/update (6.16.3.1)."""
    asked = _read(request, {"local", "options"})
    overwrite = "noOverwrite" not in asked.options({"noOverwrite"})
    singles = ("updateEntity",) if overwrite else ("appendAttrs",)
    batch = Batch("updateBatch", "entityOperations/update", singles, "" if overwrite else "noOverwrite")

    def own(found: Sequence[Document]) -> BatchResult:
        return batch_update(by=asked.actor, documents=found, overwrite=overwrite)

    result = _treated(asked, FRAGMENT, batch, own)
    return _changed(asked, *result)


def merge(request: HttpRequest) -> HttpResponse:
    """POST /entityOperations/merge (6.31.3.1)."""
    asked = _read(request, {"local"})
    batch = Batch("mergeBatch", "entityOperations/merge", ("mergeEntity",))
    return _changed(asked, *_treated(asked, MERGE, batch, lambda found: batch_merge(by=asked.actor, documents=found)))


def delete(request: HttpRequest) -> HttpResponse:
    """POST /entityOperations/delete (6.17.3.1)."""
    asked = _read(request, {"local"})
    if not all(lexical.is_uri(id_) for id_ in asked.body):
        raise BadRequestData("The body is not an array of ids of entities.")
    batch = Batch("deleteBatch", "entityOperations/delete", ("deleteEntity",), whole=True)
    found = [Document(id_, []) for id_ in asked.body]

    def own(left: Sequence[Document]) -> BatchResult:
        return batch_delete(by=asked.actor, ids=[one.id for one in left])

    return _changed(asked, spread_batch(asked, batch, found, own), [])


Refused = list[tuple[str, SpiegelstadError]]
"""Entities that could not be read, by id, with why."""


def _read(request: HttpRequest, params: set[str]) -> NgsiRequest:
    asked = read(request, body=True, params=params, limit_bytes=MAX_BATCH_BYTES)
    asked.flag("local")
    if not isinstance(asked.body, list) or not asked.body:
        raise BadRequestData("The body is not an array with something in it.")
    if len(asked.body) > MAX_ENTITIES:
        raise BadRequestData(f"A batch has at most {MAX_ENTITIES} entities.", remedy="Send several.")
    return asked


def _treated(
    asked: NgsiRequest, purpose: Purpose, batch: Batch, act: Callable[[Sequence[Document]], BatchResult]
) -> tuple[BatchResult, Refused]:
    """Read the entities and do the act with those that could be read, here and at context sources."""
    if not all(isinstance(item, dict) for item in asked.body):
        raise BadRequestData("Not everything in the array is an entity, a JSON object.")
    found: list[Document] = []
    refused: Refused = []
    for item in asked.body:
        try:
            found.append(_document(asked, item, purpose))
        except SpiegelstadError as error:
            refused.append((_id_of(item), error))
    return spread_batch(asked, batch, found, act), refused


def _document(asked: NgsiRequest, item: dict[str, Any], purpose: Purpose) -> Document:
    context = asked.context_of(item)
    return read_entity(item, context, purpose=purpose, entity_id="" if purpose.whole else _named(item))


def _named(item: dict[str, Any]) -> str:
    return lexical.uri(item.get("id", item.get("@id")), "The id of the entity")


def _id_of(item: dict[str, Any]) -> str:
    given = item.get("id", item.get("@id"))
    return given if isinstance(given, str) else ""


def _created(asked: NgsiRequest, result: BatchResult, refused: Refused) -> HttpResponse:
    """Answer 201 with the ids of what was created, 204 when nothing was, 207 when something went wrong."""
    if refused or result.errors:
        return _mixed(asked, result, refused)
    return respond(asked, _plain(result.created), status=201) if result.created else NoContent()


def _changed(asked: NgsiRequest, result: BatchResult, refused: Refused) -> HttpResponse:
    return _mixed(asked, result, refused) if refused or result.errors else NoContent()


def _mixed(asked: NgsiRequest, result: BatchResult, refused: Refused) -> HttpResponse:
    errors = [entity_error(id_, error) for id_, error in [*refused, *result.errors]]
    return respond(asked, {"success": result.success, "errors": errors}, status=207)


def _plain(ids: list[str]) -> list[Any]:
    return list(dict.fromkeys(ids))


urlpatterns = [
    re_path(r"^entityOperations/create/?$", by_method(POST=create)),
    re_path(r"^entityOperations/upsert/?$", by_method(POST=upsert)),
    re_path(r"^entityOperations/update/?$", by_method(POST=update)),
    re_path(r"^entityOperations/merge/?$", by_method(POST=merge)),
    re_path(r"^entityOperations/delete/?$", by_method(POST=delete)),
]
