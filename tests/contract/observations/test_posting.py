"""POST /api/observations: formats, limits, answers, policy, back-pressure."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg_pool
import pytest
from django.db import OperationalError
from django.test import Client

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_key
from spiegelstad.base import sql
from spiegelstad.mirror import http_api
from spiegelstad.mirror.actions import batches
from spiegelstad.mirror.public import refused_rows
from spiegelstad.mirror.testing import make_series

NOON = "2026-03-01T12:00:00Z"


@pytest.fixture
def key(tenant: str) -> str:
    make_series(tenant, "bike:1", "bike:2")
    return make_key(tenant, ["observations:write"])[0]


def post(key: str | None, body: bytes | str, kind: str = "application/x-ndjson", **headers: str) -> Any:
    headers = {**headers, **({"Authorization": f"Bearer {key}"} if key else {})}
    data = body.encode() if isinstance(body, str) else body
    return Client(raise_request_exception=False).post("/api/observations", data, content_type=kind, headers=headers)


def line(**changes: object) -> str:
    return json.dumps({"series": "bike:1", "observed_at": NOON, "value": 3, **changes})


def stored(tenant: str) -> list[tuple[Any, ...]]:
    return sql.rows(
        "SELECT key, observed_at, value, quality FROM mirror_observation o JOIN mirror_series s ON s.id = o.series_id"
        " WHERE o.tenant_id = %s ORDER BY 1, 2",
        [tenant],
    )


def test_posting_json_lines_stores_them(tenant: str, key: str) -> None:
    body = "\n".join([line(), "", line(observed_at="2026-03-01T13:05:00+01:00", value=4.5, quality=1, unit="C62")])
    answer = post(key, body)
    assert answer.status_code == 200
    assert answer.json() == {"received": 2, "inserted": 2, "corrected": 0, "unchanged": 0, "refused": 0, "errors": []}
    assert stored(tenant) == [
        ("bike:1", datetime(2026, 3, 1, 12, tzinfo=UTC), 3.0, 0),
        ("bike:1", datetime(2026, 3, 1, 12, 5, tzinfo=UTC), 4.5, 1),
    ]
    assert post(key, body).json()["unchanged"] == 2


def test_posting_csv_stores_it(tenant: str, key: str) -> None:
    body = f"\ufeffvalue,series,observed_at,quality\r\n7,bike:2,{NOON},\r\n-1.5,bike:1,{NOON},2\r\n"
    answer = post(key, body, "text/csv; charset=utf-8")
    assert answer.status_code == 200, answer.content
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert stored(tenant) == [("bike:1", noon, -1.5, 2), ("bike:2", noon, 7.0, 0)]


def test_posting_gzip_stores_it(tenant: str, key: str) -> None:
    assert post(key, gzip.compress(line().encode()), **{"Content-Encoding": "gzip"}).json()["inserted"] == 1


def test_posting_gzip_of_several_members_stores_all(tenant: str, key: str) -> None:
    later = line(observed_at="2026-03-01T13:00:00Z")
    packed = gzip.compress(line().encode() + b"\n") + gzip.compress(later.encode())
    assert post(key, packed, **{"Content-Encoding": "gzip"}).json()["inserted"] == 2


BAD_LINES = {
    "not json": "Invalid JSON",
    "[]": "object",
    line(series="nowhere"): "'nowhere' is not known",
    line(value="3"): "value",
    line(value=None): "value",
    line(value=True): "value",
    '{"series": "bike:1", "observed_at": "2026-03-01T12:00:00Z", "value": NaN}': "value",
    line(observed_at="2026-03-01T12:00:00"): "timezone",
    line(observed_at="yesterday"): "observed_at",
    line(observed_at="1899-12-31T23:59:59Z"): "before 1900",
    line(observed_at="2199-01-01T00:00:00Z"): "in the future",
    line(quality=4): "quality",
    line(unit="CEL"): "unit",
    line(valeu=3): "valeu",
    line(series="a\0b"): "is not known",
}


@pytest.mark.parametrize("bad", BAD_LINES)
def test_posting_a_bad_row_takes_the_others_and_keeps_it(tenant: str, key: str, bad: str) -> None:
    answer = post(key, f"{line()}\n{bad}\n{line(series='bike:2')}\n")
    assert answer.status_code == 207
    told = answer.json()
    assert (told["received"], told["inserted"], told["refused"]) == (3, 2, 1)
    assert told["errors"][0]["line"] == 2
    assert BAD_LINES[bad] in told["errors"][0]["reason"]
    steward = Actor.system(tenant, "test")
    kept = refused_rows(steward)
    assert [(row.reason, row.times) for row in kept] == [(told["errors"][0]["reason"], 1)]
    post(key, bad)
    assert [row.times for row in refused_rows(steward)] == [2]


def test_posting_bad_csv_rows_names_each(tenant: str, key: str) -> None:
    answer = post(key, f"series,observed_at,value\nbike:1,{NOON},x\nbike:1,{NOON},1,2\nbike:1,,3\n", "text/csv")
    assert answer.status_code == 207
    assert [error["line"] for error in answer.json()["errors"]] == [2, 3, 4]
    assert stored(tenant) == []


def test_posting_tells_the_first_errors_and_counts_all(tenant: str, key: str) -> None:
    told = post(key, "x\n" * 300).json()
    assert (told["refused"], len(told["errors"])) == (300, http_api.MAX_ERRORS_SHOWN)


@pytest.mark.parametrize(
    ("body", "kind", "headers", "status"),
    [
        ("{}", "application/json", {}, 415),
        ("{}", "application/x-ndjson", {"Content-Encoding": "br"}, 415),
        (b"not gzip", "application/x-ndjson", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "application/x-ndjson", {"Content-Encoding": "gzip"}, 400),
        (gzip.compress(b"\n" * 200_000, mtime=0), "application/x-ndjson", {"Content-Encoding": "gzip"}, 413),
        (gzip.compress(bytes(40_000_000), mtime=0), "text/csv", {"Content-Encoding": "gzip"}, 400),
        ("x" * 70_000 * 2, "application/x-ndjson", {}, 400),
        ("series,value\n", "text/csv", {}, 400),
        ("series,observed_at,value,colour\n", "text/csv", {}, 400),
        ("\n", "text/csv", {}, 400),
        ('series,observed_at,value\n"bike', "text/csv", {}, 400),
    ],
)
def test_posting_what_cannot_be_read_is_a_problem(
    key: str, body: bytes | str, kind: str, headers: dict[str, str], status: int
) -> None:
    answer = post(key, body, kind, **headers)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_posting_too_many_rows_or_bytes_is_413(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_api, "MAX_BATCH_ROWS", 2)
    assert post(key, "\n".join([line()] * 3)).status_code == 413
    monkeypatch.setattr(http_api, "MAX_REQUEST_BYTES", 100)
    assert post(key, line(series="b" * 100)).status_code == 413
    assert post(key, gzip.compress(b" " * 1000), **{"Content-Encoding": "gzip"}).status_code == 413
    assert post(key, gzip.compress(b"\n" * 1000), **{"Content-Encoding": "gzip"}).status_code == 413


def test_posting_needs_the_scope(tenant: str, key: str) -> None:
    assert post(None, line()).status_code == 401
    assert post("sps_" + "0" * 32 + "_" + "a" * 43, line()).status_code == 401
    reader, _ = make_key(tenant, ["data:read"])
    answer = post(reader, line())
    assert answer.status_code == 403
    assert "observations:write" in answer.json()["detail"]
    assert stored(tenant) == []


def test_posting_writes_in_the_city_of_the_key(tenant: str, other_tenant: str, key: str) -> None:
    foreign, _ = make_key(other_tenant, ["observations:write"])
    answer = post(foreign, line())
    assert "is not known here" in answer.json()["errors"][0]["reason"]
    assert stored(tenant) == []
    assert refused_rows(Actor.system(tenant, "test")) == []


def test_posting_is_refused_when_refused_rows_are_full(tenant: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_REFUSED_ROWS", 1)
    assert post(key, "bad").status_code == 207
    answer = post(key, f"{line()}\nworse")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "3600"
    batches.forget_refused_rows(by=Actor.system(tenant, "test"), older_than_days=0, reason="looked at")
    assert post(key, f"{line()}\nworse").status_code == 207


@pytest.fixture
def no_slot(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    taken = 0
    while http_api._slots.acquire(blocking=False):
        taken += 1
    assert taken == http_api.BATCHES_AT_ONCE
    yield
    http_api._slots.release(taken)


def test_posting_when_all_places_are_taken_is_429(key: str, no_slot: None) -> None:
    answer = post(key, line())
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_posting_when_the_pool_is_exhausted_is_503(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(**_: object) -> None:
        raise OperationalError("couldn't get a connection after 10.00 sec") from psycopg_pool.PoolTimeout()

    monkeypatch.setattr(http_api, "receive_batch", exhausted)
    answer = post(key, line())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_posting_gives_its_place_back_after_an_error(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(http_api.BATCHES_AT_ONCE + 1):
        assert post(key, "x" * 140_000).status_code == 400
    assert post(key, line()).status_code == 200


def test_refused_rows_are_for_stewards_of_the_city(people: "People", tenant: str, key: str) -> None:  # noqa: F821
    from spiegelstad.governance.public import NotAllowed

    post(key, "bad")
    assert len(refused_rows(people.steward)) == 1
    assert refused_rows(people.foreigner) == []
    for actor in (people.resident, people.analyst):
        with pytest.raises(NotAllowed):
            refused_rows(actor)
