"""What every page's frame needs: navigation, languages, the city's name. A Django context processor."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language_info

from spiegelstad.base.localised import in_language
from spiegelstad.look import navigation


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the frame's variables; makes no query of its own."""
    tenant = getattr(request, "tenant", None)
    return {
        "navigation": navigation.items(request),
        "languages": [get_language_info(code) for code, _name in settings.LANGUAGES],
        "city_name": in_language(tenant.name) if tenant else "",
        "here": request.get_full_path(),
    }
