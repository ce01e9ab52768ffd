"""The page of notifications that could not be delivered."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spiegelstad.accounts.public import CityRequest
from spiegelstad.context.actions.notifications import send_again as send_it_again
from spiegelstad.context.queries import notifications as queries


@require_safe
def notifications(request: CityRequest) -> HttpResponse:
    """Show what was given up, with why, and a button that sends each again; and whose receiver fails just now."""
    asked = request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 and int(asked) else 1
    found, of_all = queries.dead_letters(request.actor, page=number)
    if not found and number > 1:  # those were sent again meanwhile
        return redirect("notifications")
    page = Paginator(range(of_all), queries.PAGE).get_page(number)
    shown = {"letters": found, "of_all": of_all, "page": page, "failing": queries.failing(request.actor)}
    return render(request, "context/notifications.html", shown)


@require_POST
def send_again(request: CityRequest, number: int) -> HttpResponse:
    """Send one again and return to the list."""
    send_it_again(by=request.actor, number=number)
    messages.success(request, _("Notification %(number)s is sent again.") % {"number": number})
    return redirect("notifications")
