"""Two cities behind the broker of their region answer as one (clauses 4.3.6, 5.7.1, 5.7.2), over a live server."""

from __future__ import annotations

import socket

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_tenant
from spiegelstad.context import public as context
from spiegelstad.context.models import Registration
from spiegelstad.context.queries.identity import source_alias
from spiegelstad.context.testing import make_entity

PARKING = "OffStreetParking"
CITIES = ("glanshaven", "echovoort")


@pytest.fixture
def region(tenant, live_server):
    """The region `teststad`, which knows the brokers of two cities with three car parks each, and has one itself."""
    for number, city in enumerate(CITIES):
        make_tenant(city)
        for turn in range(3):
            make_entity(
                city,
                id=f"urn:ngsi-ld:{PARKING}:{city}:{turn}",
                type=PARKING,
                name=f"Parking {turn}",
                occupation={"type": "Property", "value": 10 * turn + number, "observedAt": "2026-11-22T07:00:00Z"},
                location={"type": "GeoProperty", "value": {"type": "Point", "coordinates": [2.7 + number, 51.4]}},
            )
        register(tenant, city, live_server.url)
    make_entity(tenant, id=f"urn:ngsi-ld:{PARKING}:region:0", type=PARKING, occupation=5)
    return tenant


def register(tenant, city, endpoint, **members):
    """Register a city's broker as the demo does; all of them share a server here, so each is asked by its tenant."""
    source = context.SourceIn(id=f"urn:x:{city}", name=city.title(), endpoint=endpoint, types=[PARKING])
    context.register_source(by=Actor.system(tenant, "tests"), source=source)
    row = Registration.objects.get(tenant_id=tenant, uri=source.id)
    row.document |= {"tenant": city, "contextSourceAlias": source_alias(city), **members}
    row.save()


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [one["id"].removeprefix(f"urn:ngsi-ld:{PARKING}:") for one in answer.json()]


ALL = ["echovoort:0", "echovoort:1", "echovoort:2", "glanshaven:0", "glanshaven:1", "glanshaven:2", "region:0"]


def test_4_3_6_two_cities_answer_as_one_and_one_of_them_without_the_other(region, reader):
    whole = reader.get("entities", params={"type": PARKING, "count": "true"})
    assert (ids(whole), whole.headers["NGSILD-Results-Count"]) == (ALL, "7")
    assert "NGSILD-Warning" not in whole.headers
    assert ids(reader.get("entities", params={"type": PARKING, "q": "occupation>10"})) == [
        "echovoort:1", "echovoort:2", "glanshaven:2",
    ]  # fmt: skip
    near = {"georel": "near;maxDistance==500", "geometry": "Point", "coordinates": "[2.7,51.4]"}
    assert ids(reader.get("entities", params={"type": PARKING, **near})) == ALL[3:6]
    assert reader.shown(f"urn:ngsi-ld:{PARKING}:echovoort:2", format="simplified")["occupation"] == 21
    first = reader.get("entities", params={"type": PARKING, "limit": "4"})
    assert ids(first) == ALL[:4] and 'rel="next"' in first.headers["Link"]
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        register(region, "glanshaven", f"http://127.0.0.1:{found.getsockname()[1]}")
    rest = reader.get("entities", params={"type": PARKING})
    assert ids(rest) == [one for one in ALL if "glanshaven" not in one]
    assert "urn:x:glanshaven" in rest.headers["NGSILD-Warning"]


def page(client, region, **params):
    Tenant.objects.filter(pk=region).update(name={"nl": "Streek"})
    answer = client.get("/region", {"lang": "en", **params}, HTTP_HOST=f"{region}.localhost")
    assert answer.status_code == 200
    return answer.content.decode()


def test_region_page_shows_what_all_hold_and_who_is_down(region, client, django_assert_max_num_queries):
    Registration.objects.filter(uri="urn:x:echovoort").update(mode="auxiliary")
    with django_assert_max_num_queries(15):
        shown = page(client, region)
    assert "7 entities." in shown and "answer now" not in shown
    for words in ("Glanshaven", "Echovoort", "Streek (here)", "only fills what others lack", "occupation 20"):
        assert words in shown
    assert [row.times_sent for row in Registration.objects.all()] == [1, 1]
    with socket.socket() as mute:  # takes the request, and says nothing
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        register(region, "glanshaven", f"http://127.0.0.1:{mute.getsockname()[1]}", management={"timeout": 200})
        shown = page(client, region)
    assert "4 entities." in shown
    assert "Glanshaven doesn't answer now. What only Glanshaven holds is missing here" in shown


def test_region_page_keeps_what_the_region_closes(region, client):
    """Whatever its source says: an attribute, and a type with its name."""
    make_entity("echovoort", id="urn:ngsi-ld:Camera:1", type="Camera", name="Eye")
    information = [
        {"entities": [{"type": [f"https://uri.etsi.org/ngsi-ld/default-context/{name}"]}]}
        for name in (PARKING, "Camera")
    ]
    row = Registration.objects.get(uri="urn:x:echovoort")
    row.document["information"] = information
    row.save()
    assert "Camera" in page(client, region)
    closed = {"Camera": {"classification": "confidential"}, "occupation": {"classification": "personal"}}
    Tenant.objects.filter(pk=region).update(settings={"context": {"classifications": closed}})
    shown = page(client, region)
    assert "7 entities." in shown
    for secret in ("Camera", "Eye", "occupation 2"):
        assert secret not in shown
