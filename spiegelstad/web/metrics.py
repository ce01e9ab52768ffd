"""What Prometheus reads: requests by route, jobs by state, and whether the database answers."""

from collections.abc import Iterator
from functools import cache

from django.db import DatabaseError
from prometheus_client import REGISTRY, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from spiegelstad.context import public as context
from spiegelstad.web import queries

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_requests = Histogram(
    "spiegelstad_request_seconds",
    "Time to answer requests, by route (the pattern, never the address itself).",
    ["method", "route", "status"],
    buckets=BUCKETS_S,
)


def note_request(method: str, route: str, status: int, duration_s: float) -> None:
    """Count one request. Methods that HTTP does not know are counted together: the client chooses them."""
    _counter(method if method in METHODS else "other", route, status).observe(duration_s)


@cache
def _counter(method: str, route: str, status: int) -> Histogram:
    return _requests.labels(method, route, str(status))


class _Database(Collector):
    """What has to be asked of the database, at the moment of reading."""

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # without asking the database when the collector is registered

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("spiegelstad_database_up", "Whether the database answers.")
        jobs = GaugeMetricFamily("spiegelstad_jobs", "Jobs by state.", labels=["state"])
        told = GaugeMetricFamily("spiegelstad_notifications", "Notifications not delivered yet.", labels=["state"])
        try:
            for state, number in queries.count_jobs().items():
                jobs.add_metric([state], number)
            for state, number in context.count_notifications().items():
                told.add_metric([state], number)
            up.add_metric([], 1)
        except DatabaseError:
            up.add_metric([], 0)
        yield up
        yield jobs
        yield told


REGISTRY.register(_Database())


def exposition() -> bytes:
    """All metrics in Prometheus' text format."""
    return generate_latest(REGISTRY)
