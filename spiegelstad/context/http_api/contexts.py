"""`/jsonldContexts`: hosting, listing, serving and forgetting @contexts (clauses 5.13, 6.29 and 6.30)."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.context.actions.context_store import CACHED, KINDS, write_hits
from spiegelstad.context.actions.contexts import add_context, delete_context, reload_context
from spiegelstad.context.errors import BadRequestData, OperationNotSupported, ResourceNotFound
from spiegelstad.context.http_api.answering import NoContent, by_method, created
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.models import JsonldContext
from spiegelstad.context.queries.contexts import stored_context, stored_contexts
from spiegelstad.context.rules.documents import time_text


def _add(request: HttpRequest) -> HttpResponse:
    """Host an @context (6.29.3.1)."""
    asked = read(request, body=True, params=(), keeps_context=True)
    if not isinstance(asked.body, dict) or "@context" not in asked.body:
        raise BadRequestData("The body is not an object with an @context.")
    return created("jsonldContexts", add_context(by=asked.actor, body=asked.body["@context"]))


def _list(request: HttpRequest) -> HttpResponse:
    """List the stored @contexts (6.29.3.2)."""
    asked = read(request, params=("details", "kind"))
    kind = asked.params.get("kind", "")
    if "kind" in asked.params and kind not in KINDS:
        raise BadRequestData(f"There is no kind {kind!r}.", remedy=f"Use one of {', '.join(KINDS)}.")
    details = asked.flag("details")
    write_hits()
    shown = _details if details else _address
    return _answer(asked, [shown(request, held) for held in stored_contexts(asked.actor, kind)])


def _serve(request: HttpRequest, local_id: str) -> HttpResponse:
    """Serve a stored @context or tell about it (6.30.3.1)."""
    asked = read(request, params=("details",))
    details = asked.flag("details")
    write_hits()
    held = stored_context(asked.actor, local_id)
    if held is None:
        raise ResourceNotFound(f"There is no @context {local_id!r} here.")
    if details:
        return _answer(asked, _details(request, held))
    if held.kind == CACHED:
        raise OperationNotSupported("This is a copy of an @context elsewhere.", remedy=f"Get it at {held.url}.")
    return _answer(asked, {"@context": held.body})


def _delete(request: HttpRequest, local_id: str) -> HttpResponse:
    """Forget or reload a stored @context (6.30.3.2)."""
    asked = read(request, params=("reload",))
    (reload_context if asked.flag("reload") else delete_context)(by=asked.actor, local_id=local_id)
    return NoContent()


def _answer(asked: NgsiRequest, payload: Any) -> HttpResponse:
    """Answer without an @context beside the payload: it is one, or tells of some."""
    return HttpResponse(orjson.dumps(payload), content_type=asked.accept)


def _address(request: HttpRequest, held: JsonldContext) -> str:
    return request.build_absolute_uri(held.url) if held.url.startswith("/") else held.url


def _details(request: HttpRequest, held: JsonldContext) -> dict[str, Any]:
    """Return what 5.13.3.5 lists; `timestamp` is what ETSI's own description calls `createdAt`."""
    created_at = time_text(held.created_at)
    return {
        "URL": _address(request, held),
        "localId": held.local_id,
        "kind": held.kind,
        "createdAt": created_at,
        "timestamp": created_at,
        **({"expiresAt": time_text(held.expires_at)} if held.expires_at else {}),
        **({"lastUsage": time_text(held.last_usage_at)} if held.last_usage_at else {}),
        "numberOfHits": held.hits,
    }


urlpatterns = [
    re_path(r"^jsonldContexts/?$", by_method(POST=_add, GET=_list)),
    re_path(r"^jsonldContexts/(?P<local_id>.+)$", by_method(GET=_serve, DELETE=_delete)),
]
