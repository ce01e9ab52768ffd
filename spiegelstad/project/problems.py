"""Errors as answers: problem JSON (RFC 9457) for machines, a page for people."""

import re
import sys

import orjson
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from spiegelstad.accounts import public as accounts
from spiegelstad.base.errors import InvalidInput, NotFound, SpiegelstadError, Unavailable
from spiegelstad.look import pages


class DatabaseAway(Unavailable):
    """The database starts again, or cannot be reached."""


DATA_PATHS = ("/ogc", "/sparql", "/id/")
_ROWS = re.compile(r"/data/([\w-]+/(versions/\d+/)?rows\b|openapi\.json$)")


def is_rows(path: str) -> bool:
    """Whether this is an address of rows, or of the description of them."""
    return _ROWS.match(path) is not None


def is_data(path: str) -> bool:
    """Whether this is an address of data for people and programs alike: who does not ask for a page is a program."""
    return path.startswith(DATA_PATHS) or is_rows(path)


def sends_key(request: HttpRequest) -> bool:
    """Whether the reader is a machine that names itself by a key."""
    return accounts.sends_key(request.headers.get("Authorization", ""))


def wants_json(request: HttpRequest) -> bool:
    """Whether the reader is a machine, by its key, the path or what it accepts."""
    if sends_key(request):
        return True
    if is_data(request.path) and "text/html" not in request.headers.get("Accept", ""):
        return True
    return request.path.startswith(("/api/", "/ngsi-ld/", "/sensorthings/")) or request.get_preferred_type(
        ["text/html", "application/json", "application/problem+json"]
    ) not in {"text/html", None}


def problem_response(request: HttpRequest, error: SpiegelstadError) -> HttpResponse:
    """Return the answer that tells this reader about `error`."""
    if wants_json(request):
        response = _problem_json(request, error)
    elif error.status == 401:
        query = urlencode({"next": request.get_full_path()})
        response = HttpResponse(status=303, headers={"Location": f"{reverse('account_login')}?{query}"})
    else:
        problem = pages.problem_of(error.status, error.title, error.detail, error.remedy)
        response = pages.show_problem(request, problem)
    if seconds := error.extra.get("retry_after_s"):
        response.headers["Retry-After"] = str(seconds)
    return response


def _problem_json(request: HttpRequest, error: SpiegelstadError) -> HttpResponse:
    body = {
        "type": f"urn:spiegelstad:problem:{error.kind}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        **({"remedy": error.remedy} if error.remedy else {}),
        "instance": request.path,
        **error.extra,
    }
    response = HttpResponse(
        orjson.dumps(body, default=str), status=error.status, content_type="application/problem+json"
    )
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="spiegelstad"'
    return response


def _away_page() -> HttpResponse:
    """Ask nothing of the request: its session is in the database."""
    detail, remedy = _("The database does not answer just now."), _("Please try again in a few seconds.")
    problem = pages.Problem(503, _("Not available for now"), detail, remedy)
    return HttpResponse(render_to_string("look/problem.html", {"problem": problem}), status=503)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    if wants_json(request):
        return _problem_json(request, InvalidInput("The request cannot be read."))
    return pages.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    if wants_json(request):
        return _problem_json(request, NotFound("There is nothing at this address."))
    return pages.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; 503 when it is the database that is away, so that machines know to come back."""
    if isinstance(sys.exc_info()[1], (OperationalError, InterfaceError)):
        away = DatabaseAway("The database does not answer just now.", remedy="Try again in a few seconds.")
        response = _problem_json(request, away) if wants_json(request) else _away_page()
        response.headers["Retry-After"] = "3"
        return response
    if wants_json(request):
        return _problem_json(request, SpiegelstadError("An error of ours; it has been logged."))
    return pages.server_error(request)
