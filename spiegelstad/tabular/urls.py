"""Addresses of tabular."""

from django.urls import path

from spiegelstad.tabular import http_api

_OF_VERSION = "data/<slug:slug>/versions/<int:number>/rows"

urlpatterns = [
    path("data/openapi.json", http_api.description, name="openapi"),
    path("data/<slug:slug>/rows", http_api.rows, name="rows"),
    path("data/<slug:slug>/rows.<str:extension>", http_api.rows, name="rows-as"),
    path("data/<slug:slug>/rows/<path:key>", http_api.row, name="row"),
    path(_OF_VERSION, http_api.rows, name="rows-of-version"),
    path(f"{_OF_VERSION}.<str:extension>", http_api.rows, name="rows-of-version-as"),
]
