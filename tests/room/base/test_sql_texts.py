"""`sql.texts`: statements of texts, prepared and run by one call of libpq."""

import psycopg
import pytest
from django.db import DataError, OperationalError, connection

from spiegelstad.base import sql

pytestmark = pytest.mark.django_db(transaction=True)
_BOTH = "SELECT %(one)s || %(two)s, %(one)s::int > 1, '%%', NULL"


def test_texts_go_in_and_come_out():
    assert sql.texts(_BOTH, {"one": "2", "two": "é", "other": "x"}) == [["2é".encode(), b"t", b"%", None]]
    assert sql.texts(_BOTH, {"one": None, "two": "b"}) == [[None, None, b"%", None]]
    assert sql.texts("SELECT WHERE %(one)s = ''", {"one": "x"}) == []


def test_a_text_with_nul_is_refused_and_not_cut_off():
    with pytest.raises(DataError):
        sql.texts(_BOTH, {"one": "1\0", "two": ""})


def test_an_error_is_told_as_django_tells_it_and_the_connection_goes_on():
    with pytest.raises(DataError):
        sql.texts(_BOTH, {"one": "no number", "two": ""})
    assert sql.texts(_BOTH, {"one": "1", "two": ""})[0][1] == b"f"


def test_it_is_prepared_once_and_again_after_psycopg_forgot_all():
    for _ in range(2):
        assert sql.texts(_BOTH, {"one": "1", "two": "2"})[0][0] == b"12"
    with sql.prepared() as cursor:
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1 || $2,%'"
        assert cursor.execute(prepared).fetchone() == (1,)
        cursor.execute("BEGIN")
        cursor.execute("ROLLBACK")  # after which psycopg deallocates all that is prepared
        assert cursor.execute(prepared).fetchone() == (0,)
    assert sql.texts(_BOTH, {"one": "1", "two": "3"})[0][0] == b"13"


def test_a_connection_that_ended_is_an_operational_error():
    sql.texts(_BOTH, {"one": "1", "two": "2"})
    info = connection.connection.info
    with psycopg.connect(info.dsn, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [info.backend_pid])
    with pytest.raises(OperationalError):
        sql.texts(_BOTH, {"one": "1", "two": "2"})
    connection.close()
