"""Addresses of indicators."""

from django.urls import path

from spiegelstad.indicators.pages import dashboard, downloads, explore, figure, indicator, layers, profile

urlpatterns = [
    path("", dashboard.show_dashboard, name="dashboard"),
    path("indicators", indicator.list_indicators, name="indicators"),
    path("indicators/<slug:slug>", indicator.show_indicator, name="indicator"),
    path("indicators/<slug:slug>.<str:extension>", downloads.download_indicator, name="indicator-download"),
    path("areas/<slug:area_type>/<str:code>", profile.show_profile, name="profile"),
    path("map/<slug:kind>.geojson", layers.show_layer, name="map-layer"),
    path("explore", explore.show_explore, name="explore"),
    path("explore.<str:extension>", explore.download_explore, name="explore-download"),
    path("figures/<uuid:figure_id>", figure.show_figure, name="figure"),
    path("figures/<uuid:figure_id>.json", figure.figure_json, name="figure-json"),
    path("figures/<uuid:figure_id>.jsonld", figure.figure_jsonld, name="figure-jsonld"),
]
