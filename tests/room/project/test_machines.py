"""The short way of NGSI-LD and SensorThings: what it costs, and that it refuses and recovers as the long way does."""

import io
from datetime import timedelta

import orjson
import psycopg
import pytest
from django.db import connection

from spiegelstad.accounts.testing import make_key, make_tenant
from spiegelstad.base.clock import now
from spiegelstad.context.testing import make_entity
from spiegelstad.project.machines import Handler

ENTITY = "/ngsi-ld/v1/entities/urn:ngsi-ld:Car:1"


@pytest.fixture
def key(db):
    make_tenant("teststad")
    make_entity("teststad", id="urn:ngsi-ld:Car:1", type="Car", speed={"type": "Property", "value": 30})
    return make_key("teststad", ["context:write"])[0]


def served(handler, method="GET", body=b"", **headers):
    """Ask as the server does; return status, headers and body."""
    told = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": ENTITY,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        **headers,
    }
    answer = b"".join(handler(environ, lambda status, given, *_: told.extend([status, dict(given)])))
    return *told, answer


def test_retrieving_an_entity_is_one_statement(client, key, statements, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get(ENTITY, headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200 and orjson.loads(answer.content)["speed"]["value"] == 30
    assert len(statements) == 1, statements


@pytest.mark.django_db(transaction=True)
def test_updating_an_attribute_again_is_four_statements(client, key, statements):
    sent = {"Authorization": f"Bearer {key}"}
    for second in (1, 2):  # the first makes the series
        statements.clear()
        body = {"value": 30 + second, "observedAt": f"{now() - timedelta(seconds=10 - second):%Y-%m-%dT%H:%M:%SZ}"}
        answer = client.patch(f"{ENTITY}/attrs/speed", body, content_type="application/json", headers=sent)
        assert answer.status_code == 204
    found = [one for one in statements if "SAVEPOINT" not in one]
    assert len(found) == 4, "who asks, the row under lock, the row and its event, the observation: " + "\n".join(found)


@pytest.mark.parametrize(("host", "status"), [("testserver", 200), ("evil.example", 400), ("a b", 400)])
def test_only_for_hosts_of_ours(client, key, host, status):
    assert client.get(ENTITY, headers={"Host": host}).status_code == status


def test_http_is_redirected_where_https_is_asked(key, settings):
    settings.SECURE_SSL_REDIRECT = True
    status, headers, _ = served(Handler())
    assert status == "301 Moved Permanently" and headers["Location"].startswith("https://")
    assert served(Handler(), **{"wsgi.url_scheme": "https"})[0] == "200 OK"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_database_ended_is_replaced(key):
    handler = Handler()
    assert served(handler)[0] == "200 OK"
    pid = connection.connection.info.backend_pid
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    status, headers, body = served(handler)
    assert status == "200 OK" and orjson.loads(body)["id"] == "urn:ngsi-ld:Car:1"
    assert headers["X-Content-Type-Options"] == "nosniff" and "Authorization" in headers["Vary"]
    assert connection.connection.info.backend_pid != pid


@pytest.mark.django_db(transaction=True)
def test_a_thread_keeps_its_connection(key):
    handler = Handler()
    served(handler)
    pid = connection.connection.info.backend_pid
    served(handler)
    assert connection.connection.info.backend_pid == pid
