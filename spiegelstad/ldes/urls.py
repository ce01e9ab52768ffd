"""Addresses of event streams."""

from django.urls import path

from spiegelstad.ldes import http_api, pages
from spiegelstad.ldes.vocabulary import Kind

_TILE = "place/<int:zoom>/<int:x>/<int:y>"
_NODES = (
    ("", http_api.description),
    ("/time", http_api.time_root),
    ("/time/<slug:branch>", http_api.time_branch),
    ("/time/<slug:branch>/<int:number>", http_api.time_page),
    ("/place", http_api.place_root),
    ("/place/nowhere", http_api.nowhere),
    ("/place/nowhere/<int:number>", http_api.nowhere_page),
    (f"/{_TILE}", http_api.tile),
    (f"/{_TILE}/<int:number>", http_api.tile_page),
)

urlpatterns = [
    path("streams", pages.show_streams, name="streams"),
    *(path(f"streams/{kind}/<str:name>{rest}", view, {"kind": kind}) for kind in Kind for rest, view in _NODES),
]
