"""Addresses of the room."""

from django.urls import path

from spiegelstad.web import http_api, pages

urlpatterns = [
    # Named here like all others; `requests` answers these three before any other middleware sees them.
    path("health/live", http_api.live, name="live"),
    path("health/ready", http_api.ready, name="ready"),
    path("metrics", http_api.prometheus, name="metrics"),
    path("jobs", pages.jobs, name="jobs"),
    path("jobs/<int:job_id>/again", pages.run_again, name="run-job-again"),
]
