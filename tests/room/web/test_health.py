"""Health, metrics and the number of each request."""

import logging
import re

import orjson
import psycopg
import pytest
from django.db import OperationalError, connection
from django.urls import get_resolver

from spiegelstad.base import logs, sql
from spiegelstad.web import queries


@pytest.fixture
def database_away(db):
    """A database that answers nobody, whoever asks."""

    def refuse(*args, **kwargs):
        raise psycopg.OperationalError("connection refused")

    def refuse_django(*args, **kwargs):
        raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg, "connect", refuse)
        patch.setattr(connection, "cursor", refuse_django)
        patch.setattr(sql, "texts", refuse_django)
        yield


def test_live_asks_nothing_of_the_database(client, database_away):
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "live"})


def test_ready_is_200_with_the_database(client, db):
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_health_and_metrics_ask_for_no_host_name_and_no_https(client, db, settings):
    """A load balancer comes to the port itself; so does the supervisor, to see whether a start has succeeded."""
    settings.ALLOWED_HOSTS = ["gent.example"]
    settings.SECURE_SSL_REDIRECT = True
    for path in ("/health/live", "/health/ready", "/metrics"):
        assert client.get(path, HTTP_HOST="10.0.0.7").status_code == 200
    assert client.get("/accounts/login/", HTTP_HOST="10.0.0.7").status_code == 400


def test_ready_is_503_without_the_database(client, database_away):
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The database does not answer."]
    assert int(answer.headers["Retry-After"]) > 0


def test_ready_is_503_without_tables(client, db, monkeypatch):
    empty = {**connection.get_connection_params(), "dbname": "postgres"}
    monkeypatch.setattr(connection, "get_connection_params", lambda: empty)
    assert queries.readiness_problems() == ["The tables are not there yet."]


def test_api_answers_503_with_a_time_to_come_back_when_the_database_is_away(client, database_away):
    client.raise_request_exception = False
    answer = client.get("/api/places/area-types", HTTP_ACCEPT="application/json")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3"
    assert answer.json()["type"] == "urn:spiegelstad:problem:database-away"


def test_page_answers_503_when_the_database_is_away(client, database_away):
    client.raise_request_exception = False
    client.cookies["session"] = "x" * 32
    answer = client.get("/jobs", HTTP_ACCEPT="text/html")
    assert answer.status_code == 503
    assert "De databank antwoordt even niet" in answer.content.decode()


def test_metrics_name_routes_and_never_addresses(client, db):
    client.get("/health/live")
    client.get("/nowhere/jan.peeters@example.be")
    text = client.get("/metrics").content.decode()
    assert 'route="/health/live"' in text
    assert "peeters" not in text
    assert "spiegelstad_database_up 1.0" in text


def test_metrics_say_when_the_database_is_away(client, database_away):
    assert "spiegelstad_database_up 0.0" in client.get("/metrics").content.decode()


def test_methods_that_visitors_invent_are_counted_together(client, db):
    for number in range(3):
        client.generic(f"INVENTED{number}", "/health/live")
    text = client.get("/metrics").content.decode()
    assert "INVENTED" not in text
    assert 'method="other"' in text


def test_request_number_is_kept_or_made(client):
    assert client.get("/health/live", HTTP_X_REQUEST_ID="proxy-12345678").headers["X-Request-ID"] == "proxy-12345678"
    for unfit in ("short", "x" * 65, 'a"b\n{injected}', ""):
        made = client.get("/health/live", HTTP_X_REQUEST_ID=unfit).headers["X-Request-ID"]
        assert re.fullmatch(r"[0-9a-f]{32}", made)


class Listener(logging.Handler):
    def __init__(self):
        super().__init__()
        self.formatter = logs.JsonLines("web")
        self.lines = []

    def emit(self, record):
        self.lines.append(orjson.loads(self.format(record)))


@pytest.fixture
def log_lines():
    listener, logger = Listener(), logging.getLogger("spiegelstad.requests")
    logger.addHandler(listener)
    yield listener.lines
    logger.removeHandler(listener)


def test_log_line_has_number_route_status_and_time_but_no_query(client, db, log_lines):
    client.get("/health/live?email=jan.peeters@example.be", HTTP_X_REQUEST_ID="number-0001")
    (line,) = log_lines
    assert line["request_id"] == "number-0001"
    assert (line["route"], line["status"], line["level"]) == ("/health/live", 200, "INFO")
    assert line["duration_ms"] >= 0
    assert "peeters" not in orjson.dumps(line).decode()


def test_log_hides_addresses_that_only_their_reader_should_know(client, db, log_lines):
    patterns = get_resolver().reverse_dict.getlist("account_reset_password_from_key")
    assert patterns, "allauth still has this page"
    client.get("/accounts/password/reset/key/3-secretpart/")
    (line,) = log_lines
    assert "secretpart" not in orjson.dumps(line).decode()


def test_log_of_a_database_error_quotes_no_values(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE people (email text PRIMARY KEY)")
        cursor.execute("INSERT INTO people VALUES ('jan.peeters@example.be')")
        with pytest.raises(Exception, match="duplicate key") as caught:
            cursor.execute("INSERT INTO people VALUES ('jan.peeters@example.be')")
    assert "peeters" in str(caught.value), "the error itself does quote it"
    text = orjson.dumps(logs.described(caught.value)).decode()
    assert "peeters" not in text
    assert "duplicate key" in text
