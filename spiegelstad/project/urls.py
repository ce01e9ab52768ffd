"""All addresses."""

from django.urls import include, path

handler400 = "spiegelstad.project.problems.bad_request"
handler403 = "spiegelstad.look.pages.forbidden"
handler404 = "spiegelstad.project.problems.not_found"
handler500 = "spiegelstad.project.problems.server_error"

ROOMS = (
    "stewardship",
    "tabular",
    "ogc",
    "ldes",
    "sparql",
    "harvest",
    "broker",
    "sensors",
    "sensorthings",
    "indicators",
    "catalogue",
    "ingest",
    "context",
    "mirror",
    "places",
    "governance",
    "look",
    "web",
)

urlpatterns = [
    *(path("", include(f"spiegelstad.{room}.urls")) for room in ROOMS),
    path("accounts/", include("allauth.urls")),
]
