"""Clause 6.3.10: a history that is too long for one answer comes in parts, with 206 and Content-Range."""

from datetime import UTC, datetime, timedelta

import pytest

from spiegelstad.context.rules.temporal_page import MOST_OF_ONE

ID = "urn:ngsi-ld:Sensor:1"
PATH = f"temporal/entities/{ID}"
START = datetime(2024, 1, 1, tzinfo=UTC)


def at(minute):
    return (START + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%SZ")


LENGTH = MOST_OF_ONE + 500


@pytest.fixture(autouse=True)
def evolution(broker):
    level = {"type": "Property", "values": [[n, at(n)] for n in range(LENGTH)]}
    state = {"type": "Property", "values": [[f"s{n}", at(n)] for n in range(0, LENGTH, 100)]}
    answer = broker.post("temporal/entities", {"id": ID, "type": "Sensor", "level": level, "state": state})
    assert answer.status_code == 201


def page(broker, **params):
    answer = broker.get(PATH, params={"format": "temporalValues", **params})
    return answer.status_code, answer.headers.get("Content-Range"), answer.json()


def test_6_3_10_forwards_from_the_oldest_all_attributes_to_the_same_moment(reader):
    status, range_, found = page(reader)
    last = at(MOST_OF_ONE - 1)
    assert (status, range_) == (206, f"date-time {at(0)}-{last}/*")
    assert found["level"]["values"][-1] == [MOST_OF_ONE - 1, last]
    assert found["state"]["values"][-1] == ["s900", at(900)]


def test_6_3_10_forwards_from_where_the_query_begins(reader):
    status, range_, found = page(reader, timerel="after", timeAt=at(100))
    assert (status, range_) == (206, f"date-time {at(100)}-{at(MOST_OF_ONE + 99)}/*")
    status, range_, rest = page(reader, timerel="after", timeAt=at(MOST_OF_ONE + 99))
    assert (status, range_) == (200, None)
    assert rest["level"]["values"][0] == found["level"]["values"][-1]
    assert rest["level"]["values"][-1] == [LENGTH - 1, at(LENGTH - 1)]


def test_6_3_10_backwards_with_last_n(reader):
    status, range_, found = page(reader, lastN=str(LENGTH))
    assert (status, range_) == (206, f"date-time {at(LENGTH - 1)}-{at(LENGTH - MOST_OF_ONE)}/{LENGTH}")
    assert found["level"]["values"][0] == [LENGTH - 1, at(LENGTH - 1)]
    status, range_, _ = page(reader, lastN=str(LENGTH), timerel="before", timeAt=at(LENGTH - 1))
    assert (status, range_) == (206, f"date-time {at(LENGTH - 1)}-{at(LENGTH - 1 - MOST_OF_ONE)}/{LENGTH}")


def test_6_3_10_what_fits_is_whole(reader):
    assert page(reader, lastN="10")[:2] == (200, None)
    assert page(reader, timerel="before", timeAt=at(MOST_OF_ONE))[:2] == (200, None)
    params = {"format": "aggregatedValues", "aggrMethods": "totalCount", "attrs": "level"}
    answer = reader.get(PATH, params=params)
    assert answer.status_code == 200
    assert answer.json()["level"]["totalCount"][0][0] == LENGTH
