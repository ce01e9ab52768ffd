"""The pages of the register: near an address, by kind, in pages; one device; few queries."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spiegelstad.base.clock import now
from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.places.testing import make_addresses, make_squares
from spiegelstad.sensors import public as sensors
from spiegelstad.sensors.testing import make_device

MOST_QUERIES = 15


@pytest.fixture
def city(tenant):
    """Thirty counters in a row to the west of Kerkstraat, the nearest last; one of them measures air."""
    make_squares(tenant)
    make_addresses(tenant, [("Kerkstraat", "1", "9000"), ("Kerkstraat", "3", "9000"), ("Kerkplein", "1", "9000")])
    make_series(tenant, *(f"s{number}" for number in range(30)), expected_every_s=3600)
    make_observations(tenant, [(f"s{number}", now() - dt.timedelta(minutes=5), 100.0 + number) for number in range(29)])
    for number in range(30):
        place = {"lon": 3.61 + 0.002 * number, "lat": 51.05}
        kind = sensors.Kind.AIR if number == 7 else sensors.Kind.BICYCLES
        make_device(tenant, f"paal-{number:02}", kind=kind, series=(f"s{number}",), **place)
    return tenant


def read(client, path, expected=200):
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get(path, headers={"host": "localhost"})
    assert response.status_code == expected
    assert len(queries) <= MOST_QUERIES, [query["sql"][:120] for query in queries]
    return response.content.decode()


def keys_in_order(text):
    table = text[text.index('id="list-title"') :].partition("</table>")[0]
    return [part.partition('"')[0] for part in table.split('href="/sensors/')[1:]]


def test_register_shows_all_in_pages(client, city):
    text = read(client, "/sensors")
    assert keys_in_order(text) == [f"paal-{number:02}" for number in range(25)]
    assert "30 toestellen." in text and text.count('class="sensor-dot"') == 30
    assert keys_in_order(read(client, "/sensors?page=2")) == [f"paal-{number:02}" for number in range(25, 30)]


def test_register_tells_what_is_nearest(client, city):
    text = read(client, "/sensors?q=kerkstraat+1")
    assert keys_in_order(text)[:3] == ["paal-29", "paal-28", "paal-27"]
    assert "Kerkstraat 1, 9000 Gent" in text and "2,2 km" in text


def test_register_finds_by_name_where_there_is_no_such_street(client, city):
    assert keys_in_order(read(client, "/sensors?q=paal-03")) == ["paal-03"]
    assert "Geen toestel" in read(client, "/sensors?q=xyzzy")


def test_register_filters_by_what_is_measured(client, city):
    assert keys_in_order(read(client, "/sensors?kind=air")) == ["paal-07"]
    assert len(keys_in_order(read(client, "/sensors?kind=magic&page=abc"))) == 25


def test_register_tells_a_steward_what_is_silent(client, city, people):
    assert "Stille toestellen" not in read(client, "/sensors")
    client.force_login(get_user_model().objects.get(pk=people.steward.id.removeprefix("person:")))
    text = read(client, "/sensors")
    assert "Stille toestellen van je diensten" in text
    assert text[text.index("silent-title") :].partition("</table>")[0].count('href="/sensors/') == 1


def test_empty_register_says_so(client, tenant):
    assert "Nog geen toestellen" in read(client, "/sensors")


def test_device_tells_everything(client, tenant):
    make_series(tenant, "no2:1", property="no2", unit="GQ", expected_every_s=3600, entity_id="urn:ngsi-ld:Device:1")
    days = [now() - dt.timedelta(days=back, minutes=5) for back in range(5, -1, -1)]
    make_observations(tenant, [("no2:1", day, 20.0) for day in days])
    make_device(
        tenant, "lk01", kind=sensors.Kind.AIR, entity_id="urn:ngsi-ld:Device:1", department="milieu",
        purpose="environment-monitoring", recognises_people=True, safeguards={"nl": "Het beeld wordt gewist."},
        stored_at={"nl": "In de kelder"}, since=dt.date(2020, 5, 1),
    )  # fmt: skip
    text = read(client, "/sensors/lk01")
    for words in (
        "Lucht en geluid meten", "Het beeld wordt gewist.", "In de kelder", "1 mei 2020", "20,0 µg/m³", "op tijd",
        "/api/series/no2:1/daily", "http://localhost/sensors/lk01", 'role="img"', "<table",
    ):  # fmt: skip
        assert words in text, words
    assert "data-chart" in text


def test_device_without_anything_has_a_page(client, tenant):
    make_device(tenant, "kaal", department="", purpose="", is_active=False)
    assert "niet in gebruik" in read(client, "/sensors/kaal")


def test_unknown_device_is_not_found(client, tenant):
    read(client, "/sensors/nergens", expected=404)
