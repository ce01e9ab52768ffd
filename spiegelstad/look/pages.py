"""The pages that belong to no room: errors, and the choice of language."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from spiegelstad.base.error_texts import said

Text = str | Promise
LANGUAGE_KEY = "language"


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem details (RFC 9457) for people: what is wrong, and what to do about it.

    `exact`: what the program says of it in English, where it can't say that in the reader's language.
    """

    status: int
    title: Text
    detail: Text = ""
    remedy: Text = ""
    request_id: str = ""
    exact: str = ""


MEANINGS: dict[int, Text] = {
    400: _("Something in the address, or in what you sent, is not right."),
    403: _("You may not see or do this. Perhaps you may with another account."),
    404: _("It is not here, not any more, or not open to you."),
    406: _("We do not have it in the form that was asked for."),
    409: _("It cannot be done now: something else must happen first, or happened already."),
    413: _("It is more than we can handle at once. Ask for less, or send less."),
    422: _("What you sent is not right."),
    429: _("This was done too often in a short time. Wait a while and try again."),
    500: _("The mistake is ours and has been written down."),
    503: _("It does not work just now. Please try again in a few minutes."),
}
"""What an error means to somebody who reads a page, by its status."""


def problem_of(status: int, title: str, detail: str, remedy: str) -> Problem:
    """Return what a page tells of an error in the reader's language; where it can't, with the English words below."""
    exact = " ".join(text for text in (detail, remedy) if not said(text))
    return Problem(status, gettext(title), said(detail) or MEANINGS.get(status, ""), said(remedy), exact=exact.strip())


def show_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return the error page."""
    return render(request, "look/problem.html", {"problem": problem}, status=problem.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return show_problem(request, Problem(400, _("This request cannot be understood")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return show_problem(request, Problem(403, _("You may not see or do this")))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    detail = _("The address may be mistyped, or what stood here has moved.")
    return show_problem(request, Problem(404, _("This page does not exist"), detail))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: it must work when nothing else does, so it asks nothing of the request or the database."""
    detail = _("The mistake is ours and has been written down.")
    problem = Problem(500, _("Something went wrong"), detail, _("Please try again in a while."))
    return HttpResponse(render_to_string("look/problem.html", {"problem": problem}), status=500)


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    detail = _("The form was open too long, or your browser keeps no cookies for this site.")
    return show_problem(
        request, Problem(403, _("This form can no longer be sent"), detail, _("Go back and try again."))
    )


@csrf_exempt
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language in the session, and go back.

    Exempt from the CSRF check because a token would give every reader a session for a button that does no harm.
    """
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        request.session[LANGUAGE_KEY] = chosen
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    return HttpResponseRedirect(back, status=303)
