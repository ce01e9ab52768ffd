"""The page of failed jobs."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spiegelstad.accounts.public import Actor
from spiegelstad.web import actions, queries


class ActedRequest(HttpRequest):
    """A request after the middleware has put the actor on it."""

    actor: Actor


@require_safe
def jobs(request: ActedRequest) -> HttpResponse:
    """Show the jobs that failed for good, with why, and a button that runs each again."""
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked) else 1
    found, of_all = queries.failed_jobs(request.actor, page=number)
    if not found and number > 1:  # those were run again meanwhile
        return redirect("jobs")
    paginator = Paginator(range(of_all), queries.PAGE)
    return render(request, "web/jobs.html", {"jobs": found, "of_all": of_all, "page": paginator.get_page(number)})


@require_POST
def run_again(request: ActedRequest, job_id: int) -> HttpResponse:
    """Run one again and return to the list."""
    actions.run_job_again(by=request.actor, job_id=job_id)
    messages.success(request, _("Job %(number)s runs again.") % {"number": job_id})
    return redirect("jobs")
