"""What every page's frame needs: navigation, languages, the city's name. A Django context processor."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.localised import in_language
from spiegelstad.look import navigation


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's variables; makes no query beyond the city and the actor, which pages need anyway."""
    return {
        "navigation": navigation.items(request),
        "languages": [get_language_info(code) for code, _name in settings.LANGUAGES],
        "city_name": _city_name(request),
        "here": request.get_full_path(),
        "time_zone": settings.TIME_ZONE,
    }


def _city_name(request: HttpRequest) -> str:
    """Return the city's name; nothing on the error page of a host that is no city's."""
    try:
        tenant = getattr(request, "tenant", None)
        return in_language(tenant.name) if tenant else ""
    except SpiegelstadError:
        return ""
