"""Addresses of the room; health and metrics are answered earlier, in `requests`."""

from django.urls import path

from spiegelstad.web import pages

urlpatterns = [
    path("jobs", pages.jobs, name="jobs"),
    path("jobs/<int:job_id>/again", pages.run_again, name="run-job-again"),
]
