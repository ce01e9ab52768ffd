"""Middleware: what pages need and machine interfaces skip, who asks, and errors as pages or problem JSON.

Measured: five page middlewares cost a third of a fast request, so paths for machines go around them.
"""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from spiegelstad.accounts import public as accounts
from spiegelstad.base.errors import InvalidInput, SpiegelstadError
from spiegelstad.look.pages import LANGUAGE_KEY
from spiegelstad.project.problems import problem_response, sends_key

MACHINE_PATHS = ("/api/", "/ngsi-ld/", "/sensorthings/", "/streams/", "/health/", "/metrics", "/static/")


class UnreadableAddress(InvalidInput):
    """An address that no database could look up."""


class NestedTooDeeply(InvalidInput):
    """Input whose parts hold parts hold parts: a library that reads it gave up."""


class WrongMethod(SpiegelstadError):
    """An address that exists, for other methods."""

    status = HTTPStatus.METHOD_NOT_ALLOWED
    title = "This cannot be done here"


GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger("spiegelstad.web")


def is_machine(request: HttpRequest) -> bool:
    """Whether this is a machine, which has no session: by the path, or by the key that it sends along."""
    return is_for_machines(request) or (sends_key(request) and not request.path.startswith("/accounts/"))


def is_for_machines(request: HttpRequest) -> bool:
    """Whether this path is an interface for machines alone."""
    return request.path.startswith(MACHINE_PATHS)


def for_pages(inner: type[Any], unless: Callable[[HttpRequest], bool] = is_machine) -> type[Any]:
    """Return a middleware that does what `inner` does, for pages only."""

    class PagesOnly:
        def __init__(self, get_response: GetResponse) -> None:
            self.get_response = get_response
            self.inner = inner(get_response)

        def __call__(self, request: HttpRequest) -> HttpResponseBase:
            chosen: GetResponse = self.get_response if unless(request) else self.inner
            return chosen(request)

        def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
            hook = None if unless(request) else getattr(self.inner, "process_view", None)
            return hook(request, *view) if hook else None

    return PagesOnly


Sessions = for_pages(SessionMiddleware)
Csrf = for_pages(CsrfViewMiddleware)
Authentication = for_pages(AuthenticationMiddleware)
Messages = for_pages(MessageMiddleware)
ContentSecurityPolicy = for_pages(CSPMiddleware, unless=is_for_machines)


def Language(get_response: GetResponse) -> GetResponse:  # noqa: N802  named as the middleware it is
    """Choose the language: from the session, else the city's first; Dutch before what a browser happens to say."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        chosen = request.GET.get("lang") or (None if is_machine(request) else request.session.get(LANGUAGE_KEY))
        if chosen not in dict(settings.LANGUAGES):
            chosen = settings.LANGUAGE_CODE
        with translation.override(chosen):
            response = get_response(request)
            response.headers.setdefault("Content-Language", chosen)
            patch_vary_headers(response, ["Authorization" if is_machine(request) else "Cookie"])
        return response

    return middleware


_DATA = (
    *("/data", "/catalog", "/api/", "/ogc", "/streams", "/sparql", "/id/", "/ngsi-ld/", "/sensorthings/"),
    *("/register", "/indicators/", "/figures/", "/explore.", "/map/"),
)
_ASKED_BY_POST = ("/sparql", "/api/3/action/", "/api/action/")
_READS, _READS_BY_POST = ("GET", "HEAD"), ("GET", "HEAD", "POST")
_MAY_SEND = "Accept, Content-Type, Data-Purpose, If-None-Match, Link, NGSILD-Tenant"


def OtherSites(get_response: GetResponse) -> GetResponse:  # noqa: N802
    """Let programs on pages of other sites read data as everyone may (CORS). Round all that answers, errors too.

    They read as nobody: a browser shows them no answer that cookies were sent for, since credentials are never
    allowed, and sends no key, since `Authorization` is not among the headers allowed. Pages are not for them.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(_DATA):
            return get_response(request)
        methods = _READS_BY_POST if request.path.startswith(_ASKED_BY_POST) else _READS
        if request.method == "OPTIONS" and request.headers.get("Access-Control-Request-Method") in methods:
            allowed = {"Origin": "*", "Methods": ", ".join(methods), "Headers": _MAY_SEND}
            headers = {f"Access-Control-Allow-{name}": value for name, value in allowed.items()}
            return HttpResponse(status=204, headers={**headers, "Access-Control-Max-Age": "86400"})
        response = get_response(request)
        if request.method in methods and not response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = "*"
        return response

    return middleware


def _host(request: HttpRequest) -> str:
    return request.get_host().rsplit(":", 1)[0]


def _actor(request: HttpRequest) -> accounts.Actor:
    header = request.headers.get("Authorization", "")
    if is_machine(request) and accounts.sends_key(header):
        return accounts.who_asks(header).actor
    if settings.OPEN_CONTEXT and request.path.startswith("/sensorthings/"):
        return accounts.Actor.open(request.headers.get("NGSILD-Tenant", request.tenant.id))  # type: ignore[attr-defined]
    if is_machine(request) or not hasattr(request, "user"):  # on the short way nobody is signed in
        return accounts.who_asks("", host=_host(request)).actor
    tenant_id: str = request.tenant.id  # type: ignore[attr-defined]
    if request.user.is_authenticated:
        return accounts.actor_of_user(request.user, tenant_id)
    return accounts.Actor.anonymous(tenant_id)


def WhoAsks(get_response: GetResponse) -> GetResponse:  # noqa: N802
    """Put the city and the actor of each request into `request`; found when first asked for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.tenant = SimpleLazyObject(lambda: accounts.tenant_of_host(_host(request)))  # type: ignore[attr-defined]
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


class Problems:
    """Turn errors into pages for people and problem JSON (RFC 9457) for machines, in one place."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return problem_response(request, UnreadableAddress("The address holds a NUL, which no text can hold."))
        response = self.get_response(request)
        if (
            response.status_code != HTTPStatus.METHOD_NOT_ALLOWED
            or response.headers["Content-Type"] == "application/json"
        ):
            return response  # /ngsi-ld/ has said it in the words of its standard
        allowed = response.headers["Allow"]
        refusal = problem_response(
            request, WrongMethod(f"{request.method} cannot be done here.", remedy=f"Use {allowed}.")
        )
        refusal.headers["Allow"] = allowed
        return refusal

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Answer our own errors; others go to Django, are logged and become a plain 500."""
        if isinstance(error, RecursionError):
            logger.exception("nested too deeply, by the sender or by us")
            error = NestedTooDeeply("What was sent is nested too deeply.")
        if not isinstance(error, SpiegelstadError):
            return None
        if error.status >= 500:
            logger.error("%s: %s", type(error).__name__, error)
        return problem_response(request, error)
