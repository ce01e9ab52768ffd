"""Addresses of SensorThings: one view reads what stands under the service root."""

from django.urls import path

from spiegelstad.sensorthings import http_api

urlpatterns = [
    path("sensorthings/v1.1", http_api.service, name="sensorthings_root"),
    path("sensorthings/v1.1/<path:path>", http_api.service, name="sensorthings"),
    path("sensorthings/v1.1/", http_api.service),
]
