"""`/subscriptions` (clauses 6.10 and 6.11) and `/csourceSubscriptions` (clauses 6.12 and 6.13), and what is below."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, re_path

from spiegelstad.context.actions.contexts import kept_context
from spiegelstad.context.actions.subscriptions import create_subscription, delete_subscription, update_subscription
from spiegelstad.context.errors import BadRequestData, LdContextNotAvailable
from spiegelstad.context.federation.subscribing import pass_on
from spiegelstad.context.federation.versions import warnings_header
from spiegelstad.context.formats.subscriptions import shown_subscription
from spiegelstad.context.http_api.answering import ROOT, NoContent, by_method, context_url, created, respond
from spiegelstad.context.http_api.paging import list_headers, page_asked
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.models import About, Subscription
from spiegelstad.context.queries import subscriptions as queries
from spiegelstad.context.rules import lexical
from spiegelstad.context.rules.terms import CORE

_OPTIONS = frozenset({"sysAttrs"})


@dataclass(frozen=True, slots=True)
class _Views:
    """The views of subscriptions about one kind of thing. `place`: their path; `own`: parameters that all of them know.

    Registrations have no `local`: nobody passes on what is asked of them.
    """

    about: About
    place: str
    own: frozenset[str]

    def create(self, request: HttpRequest) -> HttpResponse:
        """Make a subscription (clauses 6.10.3.1 and 6.12.3.1)."""
        asked = read(request, body=True, params=self.own)
        given = dict(_object(asked.body))
        if asked.flag("local"):
            given.setdefault("localOnly", True)
        uri = create_subscription(
            by=asked.actor,
            given=given,
            context=asked.context,
            context_url=context_url(asked),
            tenant_named="NGSILD-Tenant" in request.headers,
            about=self.about,
            root=request.build_absolute_uri(ROOT),
            via=request.headers.get("Via", ""),
        )
        return created(self.place, uri, headers=self._pass_on(asked, uri))

    def list_all(self, request: HttpRequest) -> HttpResponse:
        """List subscriptions (clauses 6.10.3.2 and 6.12.3.2)."""
        asked = read(request, params=self.own | {"limit", "offset", "count", "options", "sysAttrs"})
        limit, offset = page_asked(asked)
        found, count = queries.page(asked.actor, self.about, limit=limit + 1, offset=offset, count=asked.flag("count"))
        headers = list_headers(asked, limit, offset, more=len(found) > limit, count=count)
        return respond(asked, [_shown(asked, row) for row in found[:limit]], headers=headers)

    def retrieve(self, request: HttpRequest, uri: str) -> HttpResponse:
        """Show one subscription (clauses 6.11.3.1 and 6.13.3.1)."""
        asked = read(request, params=self.own | {"options", "sysAttrs"})
        return respond(asked, _shown(asked, queries.one(asked.actor, _checked(uri), self.about)))

    def update(self, request: HttpRequest, uri: str) -> HttpResponse:
        """Change a subscription (clauses 6.11.3.2 and 6.13.3.2)."""
        asked = read(request, body=True, params=self.own)
        update_subscription(
            by=asked.actor,
            uri=_checked(uri),
            fragment=_object(asked.body),
            context=asked.context,
            context_url=context_url(asked),
            is_own_context=asked.context is not CORE,
            about=self.about,
        )
        return NoContent(self._pass_on(asked, uri))

    def delete(self, request: HttpRequest, uri: str) -> HttpResponse:
        """End a subscription (clauses 6.11.3.3 and 6.13.3.3)."""
        asked = read(request, params=self.own)
        delete_subscription(by=asked.actor, uri=_checked(uri), about=self.about)
        if self.about == About.ENTITIES:
            pass_on(asked.tenant_id, [])
        return NoContent()

    def _pass_on(self, asked: NgsiRequest, uri: str) -> dict[str, str]:
        """Let sources have a subscription; one that does not take it now is asked again later, and named in headers."""
        if self.about != About.ENTITIES:
            return {}
        return warnings_header(pass_on(asked.tenant_id, [queries.one(asked.actor, uri).pk]))


def _object(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise BadRequestData("The body is one subscription: an object.")
    if not body:
        raise BadRequestData("The body is empty.")
    return body


def _checked(uri: str) -> str:
    return lexical.uri(uri, "The id of a subscription")


def _shown(asked: NgsiRequest, row: Subscription) -> dict[str, Any]:
    try:
        made_in = kept_context(by=asked.actor, given=row.context["source"])
    except LdContextNotAvailable:
        made_in = asked.context  # the names are shown as they were written
    sys_attrs = "sysAttrs" in asked.options(_OPTIONS) or asked.flag("sysAttrs")
    return shown_subscription(row, made_in, asked.context, sys_attrs=sys_attrs)


def _patterns(views: _Views) -> list[URLPattern]:
    one = by_method(GET=views.retrieve, PATCH=views.update, DELETE=views.delete)
    return [
        re_path(rf"^{views.place}/?$", by_method(GET=views.list_all, POST=views.create)),
        re_path(rf"^{views.place}/(?P<uri>.+?)/?$", one),
    ]


urlpatterns = [
    *_patterns(_Views(About.ENTITIES, "subscriptions", frozenset({"local"}))),
    *_patterns(_Views(About.REGISTRATIONS, "csourceSubscriptions", frozenset())),
]
