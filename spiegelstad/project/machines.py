"""The short way for NGSI-LD, SensorThings and programs that read rows or features, which need nothing that pages need.

Measured: the middleware of pages, Django's signals and the pool's questions cost three times as much as retrieving an
entity. What these requests get stands here. One that is not plainly right (its host, http instead of https) takes the
long way, which refuses it. `Machines` is the short way, for tests as well; `Handler` leaves out the signals round it.
"""

import select
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import DEFAULT_DB_ALIAS, connections
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.http.response import HttpResponseBase
from django.urls import URLResolver
from django.urls.resolvers import RegexPattern
from django.utils.cache import patch_vary_headers

from spiegelstad.base.counting import CountUses
from spiegelstad.project.middleware import Problems, WhoAsks
from spiegelstad.project.problems import is_rows

GetResponse = Callable[[HttpRequest], HttpResponseBase]
_RESOLVERS = {
    "/ngsi-ld/v1/": URLResolver(RegexPattern(r"^/ngsi-ld/v1/"), "spiegelstad.context.http_api.urls"),
    "/sensorthings/v1.1": URLResolver(RegexPattern(r"^/"), "spiegelstad.sensorthings.urls"),
}
_ROWS = URLResolver(RegexPattern(r"^/"), "spiegelstad.tabular.urls")
_FEATURES = URLResolver(RegexPattern(r"^/"), "spiegelstad.ogc.urls")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Content-Language": settings.LANGUAGE_CODE,
    **(
        {"Strict-Transport-Security": f"max-age={settings.SECURE_HSTS_SECONDS}"} if settings.SECURE_SSL_REDIRECT else {}
    ),
    "Vary": "Authorization",
}
_STORED = {name.lower(): (name, value) for name, value in _HEADERS.items()}  # checked once, as Django keeps them


def Machines(get_response: GetResponse) -> GetResponse:  # noqa: N802  named as the middleware it is
    """Answer what takes the short way. Inside RequestId, round everything else."""
    problems = Problems(WhoAsks(CountUses(_viewed)))

    def answer(request: HttpRequest) -> HttpResponseBase:
        try:
            return problems(request)
        except Exception as error:
            if (told := problems.process_exception(request, error)) is None:
                raise
            return told

    answered: Any = convert_exception_to_response(answer)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if _resolver(request.META) is None or not _is_right(request):
            return get_response(request)
        response: HttpResponseBase = answered(request)
        vary = response.headers.get("Vary")
        response.headers._store.update(_STORED)
        if vary:
            response.headers["Vary"] = vary
            patch_vary_headers(response, ("Authorization",))
        if isinstance(response, HttpResponse) and not response.has_header("Content-Length"):
            response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _resolver(environ: Mapping[str, Any]) -> URLResolver | None:
    path = environ.get("PATH_INFO", "")
    if path.startswith("/data/"):
        return _ROWS if is_rows(path) and _is_for_program(environ) else None
    if path.startswith("/ogc/"):
        return _FEATURES if _is_for_program(environ) else None
    return next((resolver for start, resolver in _RESOLVERS.items() if path.startswith(start)), None)


def _is_for_program(environ: Mapping[str, Any]) -> bool:
    """Whether rows are asked by a program: nobody is signed in, and no page can be the answer, nor tell what is wrong.

    What only looks like it takes the long way, where everything is right.
    """
    if environ.get("HTTP_COOKIE"):
        return False
    path, query, accept = (environ.get(name, "") for name in ("PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT"))
    asked = unquote(f"{path} {accept} &{query}")
    return not any(sign in asked for sign in ("htm", "text/", "&lang="))


def _is_right(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return not settings.SECURE_SSL_REDIRECT or request.is_secure()


class _Request(WSGIRequest):
    """A request whose host is checked once for all that name it."""

    def get_host(self) -> str:
        """Return the host, as Django does."""
        host = self.META.get("HTTP_HOST", "")
        return host if _is_ours(host, tuple(settings.ALLOWED_HOSTS)) else super().get_host()


@lru_cache(maxsize=256)
def _is_ours(host: str, allowed: tuple[str, ...]) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _viewed(request: HttpRequest) -> HttpResponseBase:
    resolver = _resolver(request.META)
    assert resolver is not None
    match = request.resolver_match = resolver.resolve(request.path_info)
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response


class Handler(WSGIHandler):
    """Django's handler; on the short way a thread keeps its connection with the database between requests."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:  # type: ignore[override]
        """Answer a request of the server."""
        if _resolver(environ) is None or environ.get("SCRIPT_NAME"):
            return super().__call__(environ, start_response)
        _give_up_dead_connection()
        response: HttpResponseBase = self._middleware_chain(_Request(environ))  # type: ignore[attr-defined]
        start_response(f"{response.status_code} {response.reason_phrase}", list(response.headers._store.values()))
        return [response.content] if isinstance(response, HttpResponse) else response


def _give_up_dead_connection() -> None:
    """Close the thread's connection when the server has ended it, or an error has left it unsure.

    A server that went away leaves its end of the socket to be read: to see that asks nothing of the database.
    """
    database = connections[DEFAULT_DB_ALIAS]
    raw = database.connection
    if raw is None:
        return
    if database.errors_occurred or raw.closed or select.select([raw.fileno()], [], [], 0)[0]:
        database.close()
