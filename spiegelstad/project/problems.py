"""Errors as answers: problem JSON (RFC 9457) for machines, a page for people."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from spiegelstad.base.errors import InvalidInput, NotFound, SpiegelstadError
from spiegelstad.look import pages


def wants_json(request: HttpRequest) -> bool:
    """Whether the reader is a machine, by the path or by what it accepts."""
    return request.path.startswith("/api/") or request.get_preferred_type(
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
        problem = pages.Problem(error.status, error.title, error.detail, error.remedy)
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
    """Django's handler500."""
    if wants_json(request):
        return _problem_json(request, SpiegelstadError("An error of ours; it has been logged."))
    return pages.server_error(request)
