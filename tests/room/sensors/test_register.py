"""The register: who may declare a device, what may be active, and which devices are silent."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection, transaction

from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.testing import make_key
from spiegelstad.base.clock import now
from spiegelstad.context import public as context
from spiegelstad.governance.public import Classification, NotAllowed, SignInNeeded
from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.sensors import models
from spiegelstad.sensors import public as sensors
from spiegelstad.sensors.testing import make_device

HOUR = dt.timedelta(hours=1)


def a_device(**more):
    fields = {
        "key": "paal-1", "name": {"nl": "Paal 1"}, "kind": sensors.Kind.BICYCLES, "department": "mobiliteit",
        "purpose": "traffic-counts", "is_active": True,
    }  # fmt: skip
    return sensors.DeviceIn(**{**fields, **more})


def test_steward_of_the_department_registers(people, tenant):
    sensors.register_device(by=people.steward, device=a_device())
    found = sensors.device(people.nobody, "paal-1")
    assert (found.department, found.is_active, found.state) == ("mobiliteit", True, sensors.State.WAITING)
    with connection.cursor() as cursor:
        cursor.execute("SELECT thing_id FROM governance_auditentry WHERE act = 'sensors.register_device'")
        assert cursor.fetchall() == [("paal-1",)]


def test_others_do_not_register(people, tenant):
    for who in ("resident", "clerk", "analyst", "other_steward", "nobody"):
        with pytest.raises((NotAllowed, SignInNeeded)):
            sensors.register_device(by=getattr(people, who), device=a_device())
    assert sensors.devices(people.administrator) == []


def test_no_key_registers(tenant):
    _, key = make_key(tenant, ["observations:write", "context:write"])
    with pytest.raises(NotAllowed):
        sensors.register_device(by=key, device=a_device())


def test_no_steward_takes_a_device_of_another_department(people, tenant):
    make_device(tenant, "paal-1")
    with pytest.raises(NotAllowed):
        sensors.register_device(by=people.other_steward, device=a_device(department="milieu"))
    assert sensors.device(people.nobody, "paal-1").department == "mobiliteit"


@pytest.mark.parametrize(
    ("lacking", "reason"),
    [
        ({"department": ""}, "eigenaar"),
        ({"department": "nergens"}, "dienst “nergens”"),
        ({"purpose": ""}, "doel"),
        ({"purpose": "curiosity"}, "doel “curiosity”"),
        ({"recognises_people": True}, "beschermt"),
    ],
)
def test_unexplained_device_cannot_be_active(people, tenant, lacking, reason):
    with pytest.raises(sensors.CannotBeActive, match=reason):
        sensors.register_device(by=people.administrator, device=a_device(**lacking))
    assert sensors.devices(people.administrator) == []
    sensors.register_device(by=people.administrator, device=a_device(**lacking, is_active=False))
    assert sensors.device(people.nobody, "paal-1").state is sensors.State.INACTIVE


def test_active_device_cannot_lose_its_purpose(people, tenant):
    sensors.register_device(by=people.steward, device=a_device())
    with pytest.raises(sensors.CannotBeActive):
        sensors.register_device(by=people.steward, device=a_device(purpose=""))
    assert sensors.device(people.nobody, "paal-1").purpose == "traffic-counts"


@pytest.mark.parametrize("fields", [{"purpose": ""}, {"department": ""}, {"recognises_people": True}])
def test_database_refuses_unexplained_devices_too(tenant, fields):
    make_device(tenant, "paal-1")
    with pytest.raises(IntegrityError), transaction.atomic():
        models.Device.objects.update(**fields)


@pytest.mark.parametrize("fields", [{"key": "Paal 1"}, {"key": ""}, {"lon": 3.7}])
def test_impossible_devices_are_refused(people, tenant, fields):
    with pytest.raises(sensors.InvalidDevice):
        sensors.register_device(by=people.steward, device=a_device(**fields))


def test_closed_device_is_seen_by_staff_only(people, tenant):
    make_device(tenant, "paal-1", classification=Classification.INTERNAL)
    assert [one.key for one in sensors.devices(people.clerk)] == ["paal-1"]
    assert sensors.devices(people.nobody) == []
    with pytest.raises(sensors.UnknownDevice):
        sensors.device(people.nobody, "paal-1")


def test_cities_have_devices_of_their_own(people, tenant, other_tenant):
    make_device(tenant, "paal-1")
    with pytest.raises(sensors.UnknownDevice):
        sensors.device(people.foreigner, "paal-1")
    assert sensors.devices(people.foreigner) == []
    make_device(other_tenant, "paal-1", name={"nl": "Van hen"})
    assert sensors.device(people.nobody, "paal-1").name == {"nl": "Paal paal-1", "en": "Post paal-1"}


def make_silence(tenant: str) -> None:
    """Three counters: one that measures, one that has been silent for days, one that never measured."""
    make_series(tenant, "fresh", "old", "never", expected_every_s=3600, department="mobiliteit")
    make_observations(tenant, [("fresh", now() - HOUR, 5.0), ("old", now() - 50 * HOUR, 7.0)])
    for key in ("fresh", "old", "never"):
        make_device(tenant, key, series=(key,))


def test_silent_devices_are_told_to_their_steward(people, tenant):
    make_silence(tenant)
    make_device(tenant, "off", series=("never",), is_active=False)
    make_device(tenant, "air", series=("old",), department="milieu", purpose="environment-monitoring")
    told = {who: [one.key for one in sensors.silent_devices(getattr(people, who))] for who in vars(people)}
    assert told["steward"] == ["never", "old"]
    assert told["other_steward"] == ["air"]
    assert told["administrator"] == told["system"] == ["never", "air", "old"]
    assert not any(told[who] for who in ("resident", "clerk", "analyst", "nobody", "foreigner"))


def test_state_follows_from_the_newest_values(people, tenant):
    make_silence(tenant)
    states = {one.key: one.state.value for one in sensors.devices(people.nobody)}
    assert states == {"fresh": "measuring", "old": "silent", "never": "silent"}
    one = sensors.device(people.nobody, "fresh")
    assert one.newest is not None and one.newest.value == 5.0
    assert one.state is sensors.State.MEASURING


def test_closed_series_of_an_open_device_stay_closed(people, tenant):
    make_series(tenant, "secret", classification="confidential", department="mobiliteit", entity_id="urn:x:1")
    make_observations(tenant, [("secret", now(), 5.0)])
    make_device(tenant, "paal-1", entity_id="urn:x:1", series=("secret",))
    assert [one.key for one in sensors.device(people.steward, "paal-1").readings] == ["secret"]
    assert sensors.device(people.nobody, "paal-1").readings == ()
    assert sensors.devices(people.nobody)[0].readings == ()


@pytest.mark.parametrize(("age_h", "state"), [(0, "measuring"), (9, "silent")])
def test_page_of_a_device_with_closed_series_says_that_they_are_closed(people, tenant, client, age_h, state):
    """And not that it measured nothing yet, or that no figures are made of it."""
    closed = {"classification": "confidential", "department": "mobiliteit"}
    make_series(tenant, "secret", expected_every_s=3600, **closed)
    make_observations(tenant, [("secret", now() - dt.timedelta(hours=age_h), 7.0)])
    make_device(tenant, "paal-1", series=("secret",))
    for actor in (people.nobody, people.steward):
        assert [one.state for one in sensors.devices(actor)] == [sensors.device(actor, "paal-1").state] == [state]
    assert sensors.device(people.nobody, "paal-1").readings == () and sensors.device(people.nobody, "paal-1").is_closed
    assert not sensors.device(people.steward, "paal-1").is_closed
    for path in ("/sensors", "/sensors/paal-1"):
        text = client.get(path, headers={"host": "localhost"}).content.decode()
        assert "nog niets gemeten" not in text and "maakt van deze metingen geen cijfers" not in text
    assert "Wat het meet, is niet of niet helemaal open." in text


def declare(tenant: str, people, **more) -> None:
    group = {
        "type": "Device", "where": {"kind": "AirQualityObserved"}, "kind": "air", "department": "milieu",
        "purpose": "environment-monitoring", "recognises_people": False, "safeguards": None,
        "stored_at": {"nl": "hier"}, "since": "installed_on",
    }  # fmt: skip
    Tenant.objects.filter(pk=tenant).update(settings={"devices": [{**group, **more}]})
    kinds = {"LK01": "AirQualityObserved", "FT01": "BicycleFlowObserved"}
    entities = [
        context.EntityIn(
            id=f"urn:ngsi-ld:Device:t:{code}", type="Device", name=f"Toestel {code}", lon=3.7, lat=51.05,
            attributes={"kind": kind, "installed_on": "2019-04-01"}, classification="public", department="milieu",
        )
        for code, kind in kinds.items()
    ]  # fmt: skip
    context.upsert_entities(by=people.system, entities=entities)


def test_declared_entities_become_devices_once(people, tenant):
    declare(tenant, people)
    assert sensors.register_declared(by=people.system) == 1
    (found,) = sensors.devices(people.nobody)
    assert (found.key, found.since, found.is_active) == ("device-t-lk01", dt.date(2019, 4, 1), True)
    assert (found.lon, found.lat, found.kind) == (3.7, 51.05, sensors.Kind.AIR)
    assert sensors.register_declared(by=people.system) == 0


@pytest.mark.parametrize("since", ["2019", "onbekend", "2019-13-40", None, 7])
def test_device_with_a_day_that_cannot_be_read_keeps_no_other_from_the_register(people, tenant, since):
    declare(tenant, people)
    odd = context.EntityIn(
        id="urn:ngsi-ld:Device:t:A1", type="Device", name="Toestel A1", lon=3.7, lat=51.05, classification="public",
        attributes={"kind": "AirQualityObserved", "installed_on": since}, department="milieu",
    )  # fmt: skip
    context.upsert_entities(by=people.system, entities=[odd])
    assert sensors.register_declared(by=people.system) == 2
    assert [one.since for one in sensors.devices(people.nobody)] == [None, dt.date(2019, 4, 1)]


def test_declared_device_is_inactive_until_it_has_a_purpose(people, tenant):
    declare(tenant, people, purpose="")
    sensors.register_declared(by=people.system)
    assert [one.state for one in sensors.devices(people.nobody)] == [sensors.State.INACTIVE]
    declare(tenant, people)
    assert sensors.register_declared(by=people.system) == 1
    assert [one.state for one in sensors.devices(people.nobody)] == [sensors.State.WAITING]


def test_device_that_was_made_inactive_stays_so(people, tenant):
    declare(tenant, people)
    sensors.register_declared(by=people.system)
    models.Device.objects.update(is_active=False)
    assert sensors.register_declared(by=people.system) == 0
    assert [one.is_active for one in sensors.devices(people.nobody)] == [False]


def test_what_a_person_changed_stays_when_the_city_is_read_again(people, tenant):
    declare(tenant, people)
    sensors.register_declared(by=people.system)
    told = sensors.described_device(people.other_steward, "device-t-lk01")
    sensors.register_device(by=people.other_steward, device=replace(told, stored_at={"nl": "elders"}))
    declare(tenant, people, since="", stored_at={"nl": "nog elders"})
    assert sensors.register_declared(by=people.system) == 1
    found = sensors.device(people.nobody, "device-t-lk01")
    assert (found.stored_at, found.since) == ({"nl": "elders"}, None), "the rest follows the city"
    sensors.activate_device(by=people.other_steward, key="device-t-lk01", active=False)
    assert sensors.register_declared(by=people.system) == 0
    assert sensors.device(people.nobody, "device-t-lk01").state is sensors.State.INACTIVE


def test_others_take_no_device_into_use(people, tenant):
    make_device(tenant, "paal-1", is_active=False)
    for who in ("resident", "clerk", "analyst", "other_steward", "nobody", "foreigner"):
        with pytest.raises((NotAllowed, SignInNeeded, sensors.UnknownDevice)):
            sensors.activate_device(by=getattr(people, who), key="paal-1", active=True)
    sensors.activate_device(by=people.steward, key="paal-1", active=True)
    assert sensors.device(people.nobody, "paal-1").is_active


def test_declared_device_of_no_known_kind_is_refused(people, tenant):
    declare(tenant, people, kind="magic")
    with pytest.raises(sensors.InvalidDevice, match="magic"):
        sensors.register_declared(by=people.system)
