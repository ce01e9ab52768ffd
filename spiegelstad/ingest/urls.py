"""Addresses of ingest."""

from django.urls import path

from spiegelstad.ingest import http_api
from spiegelstad.ingest.pages import desk

urlpatterns = [
    path("api/lorawan/<slug:slug>", http_api.lorawan, name="lorawan"),
    path("desk", desk.show_desk, name="desk"),
    path("desk/<slug:slug>", desk.show_source, name="desk-source"),
    path("desk/<slug:slug>/run", desk.run_now, name="desk-run"),
    path("desk/<slug:slug>/replay", desk.replay, name="desk-replay"),
    path("desk/<slug:slug>/rows/<uuid:row_id>", desk.correct_row, name="desk-row"),
]
