"""`/subscriptions` and `/subscriptions/{id}` (clauses 6.10 and 6.11)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.context.actions.contexts import load_context
from spiegelstad.context.actions.subscriptions import create_subscription, delete_subscription, update_subscription
from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.subscriptions import shown_subscription
from spiegelstad.context.http_api.answering import NoContent, by_method, context_url, created, respond
from spiegelstad.context.http_api.paging import list_headers, page_asked
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.models import Subscription
from spiegelstad.context.queries import subscriptions as queries
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.terms import CORE

_LOCAL = "local"
_OPTIONS = frozenset({"sysAttrs"})


def create(request: HttpRequest) -> HttpResponse:
    """Make a subscription (clause 6.10.3.1)."""
    asked = read(request, body=True, params={_LOCAL})
    given = dict(_object(asked.body))
    if asked.flag(_LOCAL):
        given.setdefault("localOnly", True)
    uri = create_subscription(
        by=asked.actor,
        given=given,
        context=asked.context,
        context_url=context_url(asked),
        tenant_named="NGSILD-Tenant" in request.headers,
    )
    return created("subscriptions", uri)


def list_all(request: HttpRequest) -> HttpResponse:
    """List subscriptions (clause 6.10.3.2)."""
    asked = read(request, params={"limit", "offset", "count", "options", "sysAttrs", _LOCAL})
    limit, offset = page_asked(asked)
    found, count = queries.page(asked.actor, limit=limit + 1, offset=offset, count=asked.flag("count"))
    headers = list_headers(asked, limit, offset, more=len(found) > limit, count=count)
    return respond(asked, [_shown(asked, row) for row in found[:limit]], headers=headers)


def retrieve(request: HttpRequest, uri: str) -> HttpResponse:
    """Show one subscription (clause 6.11.3.1)."""
    asked = read(request, params={"options", "sysAttrs", _LOCAL})
    return respond(asked, _shown(asked, queries.one(asked.actor, _checked(uri))))


def update(request: HttpRequest, uri: str) -> HttpResponse:
    """Change a subscription (clause 6.11.3.2)."""
    asked = read(request, body=True, params={_LOCAL})
    update_subscription(
        by=asked.actor,
        uri=_checked(uri),
        fragment=_object(asked.body),
        context=asked.context,
        context_url=context_url(asked),
        is_own_context=asked.context is not CORE,
    )
    return NoContent()


def delete(request: HttpRequest, uri: str) -> HttpResponse:
    """End a subscription (clause 6.11.3.3)."""
    asked = read(request, params={_LOCAL})
    delete_subscription(by=asked.actor, uri=_checked(uri))
    return NoContent()


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequestData("The body is one subscription: an object.")
    if not body:
        raise BadRequestData("The body is empty.")
    return body


def _checked(uri: str) -> str:
    return lexical.uri(uri, "The id of a subscription")


def _shown(asked: NgsiRequest, row: Subscription) -> dict[str, Any]:
    made_in = load_context(by=asked.actor, given=row.context["source"])
    sys_attrs = "sysAttrs" in asked.options(_OPTIONS) or asked.flag("sysAttrs")
    return shown_subscription(row, made_in, asked.context, sys_attrs=sys_attrs)


urlpatterns = [
    re_path(r"^subscriptions/?$", by_method(GET=list_all, POST=create)),
    re_path(r"^subscriptions/(?P<uri>.+?)/?$", by_method(GET=retrieve, PATCH=update, DELETE=delete)),
]
