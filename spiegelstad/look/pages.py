"""The pages that belong to no room: errors that Django raises itself."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem details (RFC 9457) for people: what is wrong, and what to do about it."""

    status: int
    title: Text
    detail: Text = ""
    remedy: Text = ""
    request_id: str = ""


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
    """Django's handler500: it must work when nothing else does, so it makes no query."""
    detail = _("The mistake is ours and has been written down.")
    return show_problem(request, Problem(500, _("Something went wrong"), detail, _("Please try again in a while.")))


def refused_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    detail = _("The form was open too long, or your browser keeps no cookies for this site.")
    return show_problem(request, Problem(403, _("This form can no longer be sent"), detail, _("Go back and try again.")))
