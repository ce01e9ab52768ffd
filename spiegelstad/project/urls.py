"""All addresses."""

from importlib.util import find_spec

from django.apps import apps
from django.urls import include, path

handler400 = "spiegelstad.project.problems.bad_request"
handler403 = "spiegelstad.look.pages.forbidden"
handler404 = "spiegelstad.project.problems.not_found"
handler500 = "spiegelstad.project.problems.server_error"

ROOMS = ("indicators", "catalogue", "ingest", "mirror", "places", "governance", "look", "web")

urlpatterns = [
    *(
        path("", include(f"spiegelstad.{room}.urls"))
        for room in ROOMS
        if apps.is_installed(f"spiegelstad.{room}") and find_spec(f"spiegelstad.{room}.urls")
    ),
    path("accounts/", include("allauth.urls")),
]
