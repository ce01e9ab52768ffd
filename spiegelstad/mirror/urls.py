"""Addresses of the mirror's machine interface."""

from django.urls import path, register_converter

from spiegelstad.mirror import http_api


class Resolutions:
    """The grains of a history, as they stand in an address."""

    regex = "raw|hourly|daily"

    def to_python(self, value: str) -> str:
        """Return it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(Resolutions, "resolution")

urlpatterns = [
    path("api/observations", http_api.observations, name="api_observations"),
    path("api/latest", http_api.latest, name="api_latest"),
    path("api/series", http_api.all_series, name="api_series"),
    path("api/series/<path:key>/<resolution:resolution>", http_api.history, name="api_history"),
]
