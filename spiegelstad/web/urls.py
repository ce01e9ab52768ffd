"""Addresses of the room."""

from django.urls import path

from spiegelstad.web import http_api

urlpatterns = [
    path("health/live", http_api.live, name="live"),
    path("health/ready", http_api.ready, name="ready"),
    path("metrics", http_api.prometheus, name="metrics"),
]
