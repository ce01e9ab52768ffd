"""How every operation answers: errors as clause 6.3.3 has them, the @context as clause 6.3.6 has it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote

import orjson
import psycopg
from django.core.exceptions import RequestDataTooBig
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from psycopg.errors import ProgramLimitExceeded

from spiegelstad.base.busy import DatabaseBusy
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.contexts import address_of
from spiegelstad.context.errors import (
    ERRORS,
    BadRequestData,
    BodyTooLarge,
    InternalError,
    InvalidRequest,
    MethodNotAllowed,
    ResourceNotFound,
)
from spiegelstad.context.http_api.media import GEO_JSON, JSON, LD_JSON, link_to
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.vocabulary import VERSION

ROOT = "/ngsi-ld/v1"
_OF_STATUS = {400: "BadRequestData", 404: "ResourceNotFound", 409: "AlreadyExists", 422: "OperationNotSupported"}
_WITHOUT_BODY = (411, 415)
logger = logging.getLogger("spiegelstad.context")
View = Callable[..., HttpResponse]


class NoContent(HttpResponse):
    """204, without Content-Length and Content-Type."""

    status_code = 204

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(headers=dict(headers or {}))
        del self.headers["Content-Type"]

    def has_header(self, header: str) -> bool:
        """Say that the length is known: Django's middleware asks before it adds one, which a 204 must not have."""
        return header.lower() == "content-length" or super().has_header(header)


def answers(view: View) -> View:
    """Turn errors into answers of NGSI-LD, and name the tenant in the answer when the request named one."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = view(request, *args, **kwargs)
        except Exception as error:
            response = problem(request, known_error(error))
        if (tenant := request.META.get("HTTP_NGSILD_TENANT")) is not None:
            response.headers["NGSILD-Tenant"] = tenant
        return response

    return wrapped


def by_method(**views: View) -> View:
    """Return one view of several, by method (`GET=…, POST=…`); 405 for the others.

    Its docstring says what all of them do, and its attribute `methods` which there are.
    """
    allowed = ", ".join(views)

    def chosen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view = views.get(request.method or "")
        if view is None:
            raise MethodNotAllowed(f"{request.method} cannot be done here.", remedy=f"Use {allowed}.", allow=allowed)
        return view(request, *args, **kwargs)

    chosen.__doc__ = " ".join(
        f"{method}: {(view.__doc__ or '').partition(chr(10))[0]}" for method, view in views.items()
    )
    vars(chosen)["methods"] = frozenset(views)
    return answers(chosen)


def known_error(error: Exception) -> SpiegelstadError:
    """Return the error that a reader is told of; what is a fault of ours is logged."""
    match error:
        case SpiegelstadError():
            if error.status >= 500:
                logger.error("%s: %s", type(error).__name__, error)
            return error
        case OperationalError() | InterfaceError() | psycopg.OperationalError():
            return _too_long() if isinstance(error.__cause__ or error, ProgramLimitExceeded) else DatabaseBusy()
        case DataError():
            logger.warning("refused by the database: %s", error)
            return BadRequestData("The request holds a value that cannot be kept.")
        case RequestDataTooBig():
            return BodyTooLarge("The body is too large.")
        case UnreadablePostError():
            return InvalidRequest("The body broke off.")
        case RecursionError():
            return BadRequestData("What was sent is nested too deeply.")
        case Http404():
            return ResourceNotFound("There is nothing at this address.")
    logger.error("an error of ours", exc_info=error)
    return InternalError("An error of ours; it has been logged.")


def _too_long() -> BadRequestData:
    """Return the error of a key that an index of the database cannot hold: to try again is of no use."""
    return BadRequestData(
        "An id, a name or a datasetId is too long to be kept.", remedy="Together they are some 2,500 bytes at most."
    )


def problem_details(error: SpiegelstadError) -> dict[str, Any]:
    """Return the body that tells of an error (clause 5.5.3); also what stands in the results of a batch."""
    extra = {key: value for key, value in error.extra.items() if key not in ("retry_after_s", "allow")}
    return {
        "type": getattr(error, "type_uri", None) or _type_of(error),
        "title": str(error.title),
        "status": error.status,
        "detail": f"{error.detail} {error.remedy}".strip(),
        **extra,
    }


def _type_of(error: SpiegelstadError) -> str:
    if name := _OF_STATUS.get(error.status) or ("InternalError" if error.status == 500 else ""):
        return ERRORS + name
    return f"urn:spiegelstad:problem:{error.kind}"  # the standard has no type of its own for it


def problem(request: HttpRequest, error: SpiegelstadError) -> HttpResponse:
    """Return the answer that tells of an error."""
    body = b"" if error.status in _WITHOUT_BODY else orjson.dumps(problem_details(error), default=str)
    response = HttpResponse(body, status=error.status, content_type=JSON)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="spiegelstad"'
    for extra, header in (("retry_after_s", "Retry-After"), ("allow", "Allow")):
        if extra in error.extra:
            response.headers[header] = str(error.extra[extra])
    return response


def respond(
    asked: NgsiRequest,
    payload: dict[str, Any] | list[Any] | bytes,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Answer in the accepted media type: with the @context in the body, or in a Link header beside it.

    `payload`: without @context; bytes are an object as JSON, as the database made it. A 207 is always plain JSON.
    """
    if status == 207:
        return _made(payload, JSON, status, headers)
    more = {**(headers or {}), **_version(asked.http)}
    in_body = asked.accept == LD_JSON or (asked.accept == GEO_JSON and _prefers_body(asked.http))
    if in_body:
        return _made(_with_context(payload, source_of(asked)), asked.accept, status, more)
    link = link_to(context_url(asked))
    return _made(payload, asked.accept, status, {**more, "Link": f"{link}, {more['Link']}" if "Link" in more else link})


def _version(request: HttpRequest) -> dict[str, str]:
    """Return the header that says which version this is, for whoever prefers one (clause 4.3.6.8)."""
    return {"Preference-Applied": f"ngsi-ld={VERSION}"} if "ngsi-ld=" in request.META.get("HTTP_PREFER", "") else {}


def _prefers_body(request: HttpRequest) -> bool:
    return "body=json" not in request.META.get("HTTP_PREFER", "").replace(" ", "")


def source_of(asked: NgsiRequest) -> Any:
    """Return what stands under @context in an answer: one address, or a list with the core @context last."""
    source = asked.context.source
    return source[0] if len(source) == 1 else source


def context_url(asked: NgsiRequest) -> str:
    """Return the whole address of the @context of a request; one that was in its body is kept here to be got."""
    url = address_of(by=asked.actor, context=asked.context)
    return asked.http.build_absolute_uri(url) if url.startswith("/") else url


def _with_context(payload: dict[str, Any] | list[Any] | bytes, source: Any) -> Any:
    if isinstance(payload, bytes):
        rest = payload[1:].lstrip()
        return b'{"@context":' + orjson.dumps(source) + (b"" if rest.startswith(b"}") else b",") + rest
    if isinstance(payload, list):
        return [{"@context": source, **item} if isinstance(item, dict) else item for item in payload]
    return {"@context": source, **payload}


def _made(payload: Any, media_type: str, status: int, headers: Mapping[str, str] | None) -> HttpResponse:
    raw = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    return HttpResponse(raw, status=status, content_type=media_type, headers=dict(headers or {}))


def created(*parts: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Answer 201 with the place of what was made: the parts of its path after the root."""
    place = "/".join((ROOT, *(quote(part, safe=":") for part in parts)))
    response = HttpResponse(status=201, headers={**(headers or {}), "Location": place})
    del response.headers["Content-Type"]
    return response
