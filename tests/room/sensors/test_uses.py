"""Who uses what a device measures: counted by kind, nothing of the reader; and the figures made of it."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.testing import make_key
from spiegelstad.base import counting
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.context import public as context
from spiegelstad.mirror import public as mirror
from spiegelstad.mirror.testing import make_observations, make_series
from spiegelstad.sensors import models, uses
from spiegelstad.sensors.rules import asked_of
from spiegelstad.sensors.testing import make_device
from spiegelstad.sensors.vocabulary import Reader
from spiegelstad.sensorthings.public import adopt_series

URN = "urn:ngsi-ld:Device:1"


@pytest.fixture
def device(tenant):
    uses.tally.flush()  # what other tests read was about no device of this city
    make_series(tenant, "own", entity_id=URN)
    make_series(tenant, "named")
    make_observations(tenant, [("own", now(), 1.0)])
    make_device(tenant, "paal-1", entity_id=URN, series=("named",))
    return "paal-1"


def times(tenant):
    return dict(models.Use.objects.filter(tenant_id=tenant).values_list("reader", "times"))


def test_reads_are_counted_by_kind_of_reader(client, device, tenant, people):
    secret, _ = make_key(tenant, ["data:read"])
    with_key = {"host": "localhost", "authorization": f"Bearer {secret}"}
    for path in ("/sensors/paal-1", "/api/series/own/daily", "/api/series/named/raw", "/api/latest", "/sensors"):
        assert client.get(path, headers={"host": "localhost"}).status_code == 200
    client.get("/api/series/own/hourly", headers=with_key)
    adopt_series(tenant)
    [number] = [one.id for one in mirror.series(people.system) if one.key == "own"]
    observations = client.get(f"/sensorthings/v1.1/Datastreams({number})/Observations", headers={"host": "localhost"})
    assert observations.status_code == 200
    client.get("/api/series/nothing/hourly", headers=with_key)
    client.get(f"/ngsi-ld/v1/entities/{URN}:2", headers=with_key)  # there is no such entity: 404
    context.upsert_entities(by=people.system, entities=[context.EntityIn(id=URN, type="Device", name="Paal 1")])
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/ngsi-ld/v1/entities/{URN}", headers=with_key).status_code == 200
    assert "tenant" not in str(queries[1:]), "counting asks nothing of the database"
    client.force_login(get_user_model().objects.get(pk=people.clerk.id.removeprefix("person:")))
    client.get("/sensors/paal-1", headers={"host": "localhost"})
    uses.tally.flush()
    assert times(tenant) == {"visitor": 1, "program": 3, "key": 2, "staff": 1}
    client.get("/sensors/paal-1", headers={"host": "localhost"})
    uses.tally.flush()
    assert times(tenant)["staff"] == 2, "several writings add up"


def test_page_tells_who_used_it_in_the_last_year(client, device, tenant, people):
    row = models.Device.objects.get(key=device)
    this = now().astimezone(BRUSSELS).date().replace(day=1)
    first = (this.replace(year=this.year - 1) + dt.timedelta(days=31)).replace(day=1)
    for month, count in ((this.replace(year=this.year - 1), 7001), (first, 4000), (this, 321)):
        models.Use.objects.create(tenant_id=tenant, device=row, month=month, reader=Reader.PROGRAM, times=count)
    text = client.get("/sensors/paal-1", headers={"host": "localhost"}).content.decode()
    assert "Wie de data gebruikt" in text and "4.321" in text and "7.001" not in text


def test_nothing_of_a_reader_is_kept():
    assert {field.name for field in models.Use._meta.fields} == {"id", "tenant", "device", "month", "reader", "times"}


def test_cities_count_for_themselves(client, device, tenant, other_tenant):
    make_device(other_tenant, "paal-1")
    client.get("/sensors/paal-1", headers={"host": "anderstad.localhost"})
    uses.tally.flush()
    assert times(tenant) == {} and times(other_tenant) == {"visitor": 1}


@pytest.mark.django_db(transaction=True)
def test_server_that_ends_writes_its_last_counts(device, tenant):
    finish = counting.keep_writing()
    uses.tally.note((tenant, asked_of("/sensors/paal-1"), Reader.VISITOR))
    finish()
    assert times(tenant) == {"visitor": 1}
