"""The main navigation: where it leads, and for whom."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from spiegelstad.base.errors import SpiegelstadError


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `staff` entries appear to people with a role beyond resident; every page still checks for itself.

    An entry with a `setting` appears in cities that have it in theirs.
    """

    path: str
    label: str | Promise
    staff: bool = False
    setting: str = ""


ITEMS = (
    Item("/", _("Dashboard")),
    Item("/indicators", _("Indicators")),
    Item("/explore", _("Explore")),
    Item("/data", _("Data")),
    Item("/sensors", _("Sensors")),
    Item("/register", _("Register")),
    Item("/region", _("Region"), setting="region"),
    Item("/desk", _("Desk"), staff=True),
    Item("/harvest", _("Other catalogues"), staff=True),
    Item("/jobs", _("Jobs"), staff=True),
    Item("/notifications", _("Notifications"), staff=True),
)

STAFF_ROLES = frozenset({"clerk", "steward", "analyst", "administrator"})


def is_staff(request: HttpRequest) -> bool:
    """Whether the request's actor has a role beyond resident; an error page may come before there is an actor."""
    try:
        actor = getattr(request, "actor", None)
        return actor is not None and bool(STAFF_ROLES & {str(role) for role in actor.roles})
    except SpiegelstadError:  # a host that is no city's, a key that is not known
        return False


def items(request: HttpRequest) -> list[tuple[Item, bool]]:
    """Return the entries for this reader, each with whether it is the present page's."""
    staff = is_staff(request)
    shown = [item for item in ITEMS if (staff or not item.staff) and (not item.setting or _has(request, item.setting))]
    return [(item, _is_current(item.path, request.path)) for item in shown]


def _has(request: HttpRequest, setting: str) -> bool:
    """Whether the city of this request has a setting; an error page may come before there is a city."""
    try:
        tenant = getattr(request, "tenant", None)
        return tenant is not None and bool(tenant.settings.get(setting))
    except SpiegelstadError:  # a host that is no city's
        return False


def _is_current(path: str, present: str) -> bool:
    if path == "/":
        return present == "/"
    return present == path or present.startswith(f"{path}/")
