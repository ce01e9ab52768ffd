"""Addresses of harvest."""

from django.urls import path

from spiegelstad.harvest import pages

urlpatterns = [
    path("harvest", pages.show_sources, name="harvest"),
    path("harvest/<slug:slug>", pages.show_source, name="harvest-source"),
    path("harvest/<slug:slug>/run", pages.run_now, name="harvest-run"),
    path("harvest/<slug:slug>/report.csv", pages.download_report, name="harvest-report"),
]
