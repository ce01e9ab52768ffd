"""A city of the demo region from its land to the values of its sensors, and the region that knows its broker."""

import orjson
import pytest
from django.test import Client

from spiegelstad.accounts.public import Actor
from spiegelstad.context.models import Registration
from spiegelstad.demo.city import Reading, readings_at
from spiegelstad.demo.files import key_file
from spiegelstad.demo.region import live
from spiegelstad.demo.region.cast import CITIES, REGION
from spiegelstad.demo.region.ground import ground_of
from spiegelstad.demo.region.preparing import prepare_member
from spiegelstad.governance.models import AuditEntry
from spiegelstad.places import public as places
from spiegelstad.sensors import public as sensors

CITY = CITIES[0]
NOON = 1_795_348_800  # 22 November 2026, 12:00 UTC


@pytest.fixture
def var(db, tmp_path, settings):
    settings.VAR = tmp_path
    return tmp_path


@pytest.fixture
def city(var):
    prepare_member(CITY.tenant, {})
    return Actor.system(CITY.tenant, "tests")


def post(var, path, body):
    key = key_file(var, CITY.tenant).read_text(encoding="utf-8")
    headers = {"Authorization": f"Bearer {key}", "Host": f"{CITY.tenant}.localhost"}
    answer = Client().post(f"/ngsi-ld/v1/{path}", orjson.dumps(body), content_type="application/json", headers=headers)
    assert answer.status_code in (201, 204), answer.content
    return answer


def measured(seconds):
    ground = ground_of(CITY)
    series = live.series_of(ground.sensors)
    readings = readings_at(ground.sensors, live.np.asarray(seconds), seed=CITY.seed, interval_s=900)
    return live.sound(readings, series), series


def test_city_has_land_and_registered_sensors_that_measure(city, var):
    assert {one.slug for one in places.area_types(city)} == {"municipality", "wijk"}
    assert len(places.areas(city, "wijk")) == 4
    devices = sensors.devices(city)
    assert len(devices) == 12 and all(one.is_active and one.purpose and one.since for one in devices)

    readings, series = measured([NOON - 900, NOON])
    for evolution in live.evolutions(CITY, readings, series):
        post(var, "temporal/entities", evolution)
    post(var, "entityOperations/upsert?options=update", live.present(CITY, readings, series))
    heard = [one.newest.value for one in sensors.devices(city) if one.newest is not None]
    assert len(heard) == len({one.series.split(":")[0] for one in readings}) >= 11  # one may be silent

    answer = Client().get(f"/ngsi-ld/v1/entities?type={','.join(live.TYPES)}", headers={"Host": "glanshaven.localhost"})
    with_values = [
        one for one in answer.json() if "location" in one and any("observedAt" in str(v) for v in one.values())
    ]
    assert len(with_values) == len(heard)


def test_preparing_a_city_again_changes_nothing(city):
    before = AuditEntry.objects.count()
    prepare_member(CITY.tenant, {})
    assert AuditEntry.objects.count() == before


def test_region_registers_the_brokers_of_its_cities_where_they_are_now(var):
    prepare_member(REGION, {one.tenant: f"http://127.0.0.1:{8_001 + number}" for number, one in enumerate(CITIES)})
    prepare_member(REGION, {one.tenant: f"http://127.0.0.1:{9_001 + number}" for number, one in enumerate(CITIES)})
    rows = Registration.objects.filter(tenant_id=REGION).order_by("uri")
    assert [(row.document["registrationName"], row.document["endpoint"]) for row in rows] == [
        ("Echovoort", "http://127.0.0.1:9002"),
        ("Glanshaven", "http://127.0.0.1:9001"),
    ]
    assert {one.name for one in places.areas(Actor.anonymous(REGION), "municipality")} == {"Echovoort", "Glanshaven"}


def test_what_no_sensor_can_measure_is_not_sent():
    series = live.series_of(ground_of(CITY).sensors)
    key = next(key for key in series if key.endswith("no2"))
    given = [Reading(key, NOON, value) for value in (-999.0, 12.0, 9_999.0)]
    assert [one.value for one in live.sound(given, series)] == [12.0]
