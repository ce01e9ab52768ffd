"""A city never sees, changes or learns of another: through every address, command and door there is."""

import pytest

from spiegelstad.accounts.public import Role
from tests.spec.addresses import (
    ACCOUNT,
    ACCOUNT_PATHS,
    ASKED_BY_POST,
    BEFORE_ALL,
    MACHINES,
    NOWHERE,
    PATHS,
    POSTS,
    REGISTER,
    addresses,
    routes,
    visitor,
)
from tests.spec.cities import City, state_of

pytestmark = pytest.mark.django_db
Cities = tuple[City, City]
VISITORS = ("anonymous", *(role.value for role in Role), "write", "read")


def test_every_address_is_walked() -> None:
    """A new address needs arguments in `addresses.py`, and then all walks go there too."""
    found = routes()
    of_no_city = {"health/live", "health/ready", "metrics"}  # answered before anything is known of a city
    assert {route for route in found if not route.startswith(ACCOUNT)} - of_no_city == PATHS.keys()
    assert len([route for route in found if route.startswith(ACCOUNT)]) == len(ACCOUNT_PATHS)


def _leaks(city: City, path: str, text: str) -> list[str]:
    secrets = [city.mark, *city.marks(*city.kinds), *city.ids()]
    return [secret for secret in secrets if secret in text and secret not in path]


def test_own_city_is_seen_where_it_should_be(cities: Cities) -> None:
    """The walk would find a leak: at home, nearly every address shows the marks."""
    zebra, _ = cities
    administrator, key = visitor(zebra, "administrator"), visitor(zebra, "read")
    seen = set()
    for route, path in addresses(zebra.names("internal"), zebra.names(zebra.only)):
        if route not in seen:
            answer = (key if path.startswith(MACHINES) else administrator).get(path)
            if answer.status == 200 and _leaks(zebra, path, answer.text):
                seen.add(route)
    silent = {"api/observations", "sensorthings/v1.1", "sensorthings/v1.1/", "api/places/area-types", "language",
              "desk/<slug:slug>/run", "desk/<slug:slug>/replay", "jobs/<int:job_id>/again"}  # fmt: skip
    silent |= {"access/keys", "access/keys/<uuid:key_id>", "api/access/agreement",
               "api/access/data/<slug:slug>/noisy"}  # fmt: skip
    silent |= {"desk/questions/<uuid:question_id>", "desk/showcases/<uuid:showcase_id>",
               "data/<slug:slug>/versions/<int:number>/changes"}  # fmt: skip
    shown = (
        "entities/?$",
        "entities/(?P<entity_id>.+)$",
        "temporal/entities/?$",
        "temporal/entities/(?P<entity_id>.+)$",
    )
    of_entities = {f"ngsi-ld/v1/^{route}" for route in shown}  # the others hold no marks, or take no GET
    silent |= {route for route in PATHS if route.startswith("ngsi-ld/")} - of_entities
    silent |= {"harvest/<slug:slug>/run"}
    silent |= {route for route in PATHS if route.startswith("streams/")} - {  # the others only lead on
        "streams/datasets/<str:name>", "streams/datasets/<str:name>/time",
        "streams/datasets/<str:name>/time/<slug:branch>/<int:number>",
        "streams/datasets/<str:name>/place/nowhere/<int:number>",
        "streams/types/<str:name>/time/<slug:branch>/<int:number>",
        "streams/types/<str:name>/place/<int:zoom>/<int:x>/<int:y>/<int:number>",
    }  # fmt: skip
    silent |= {"notifications/<int:number>/again", "api/lorawan/<slug:slug>", "sensors/<slug:key>/active"}
    silent |= {"register/datasets/<slug:slug>/uses.csv", "register/uses/<uuid:showcase_id>/settle"}
    silent |= {"ogc/tileMatrixSets", "ogc/tileMatrixSets/WebMercatorQuad"}  # the division of the world
    assert PATHS.keys() - seen == silent


@pytest.mark.parametrize("who", VISITORS)
def test_no_address_shows_another_city(cities: Cities, who: str) -> None:
    """Not the things that have the same name in both, nor those that only the other has."""
    zebra, ander = cities
    visiting, before = visitor(ander, who), state_of(zebra.id)
    leaks = []
    shared = {"administrator": zebra.kinds[:-1], "anonymous": ("public",)}.get(who, ())
    for _, path in addresses(zebra.names(zebra.only), *(zebra.names(kind) for kind in shared)):
        if not visiting.is_machine or path.startswith(MACHINES):
            answer = visiting.get(path)
            assert answer.status < 500, (path, answer.text)
            leaks += [(path, leak) for leak in _leaks(zebra, path, answer.text)]
    leaks += [(path, leak) for path in BEFORE_ALL for leak in _leaks(zebra, path, visiting.get(path).text)]
    assert leaks == []
    assert state_of(zebra.id) == before


@pytest.mark.parametrize("who", ["write", "read"])
def test_key_shows_its_own_city_at_any_host(cities: Cities, who: str) -> None:
    zebra, ander = cities
    visiting = visitor(ander, who, at=zebra)
    for _, path in addresses(zebra.names("internal"), zebra.names(zebra.only)):
        if path.startswith(MACHINES):
            answer = visiting.get(path)
            assert _leaks(zebra, path, answer.text) == [], path
            shared = answer.status == 200 and "private" not in answer.headers.get("Cache-Control", "")
            assert not shared or "Authorization" in answer.headers["Vary"], f"{path}: a cache would give it to others"


@pytest.mark.parametrize("who", ["administrator"])
def test_person_is_but_a_resident_in_another_city(cities: Cities, who: str) -> None:
    """Somebody signed in at home may read what is public elsewhere, and no more, whatever they are at home."""
    zebra, ander = cities
    visiting = visitor(ander, who, at=zebra)
    closed = ("internal", "confidential", "personal")
    for route, path in addresses(*(zebra.names(kind) for kind in ("confidential", zebra.only))):
        answer = visiting.get(path)
        secret = zebra.contents(*closed) if route in REGISTER else zebra.marks(*closed)
        assert [mark for mark in secret if mark in answer.text] == [], path
        if route.split("/")[0] in {"desk", "harvest", "jobs", "keys"} or route.endswith("/delete"):
            assert answer.status in {403, 404, 405}, path


@pytest.mark.parametrize("who", VISITORS)
def test_nothing_of_another_city_can_be_changed(cities: Cities, who: str) -> None:
    """What is not yours is not there: a form about another city's thing is answered as one about nothing."""
    zebra, ander = cities
    visiting, before = visitor(ander, who), state_of(zebra.id)
    names = zebra.names(zebra.only)
    for route, path in addresses(names):
        if visiting.is_machine and not path.startswith(MACHINES):
            continue
        answer = visiting.post(path, POSTS.get(route, {}))
        assert answer.status == 405 or route in POSTS, f"{path} takes forms: say in POSTS what they hold"
        if path != PATHS[route][0]:  # it names a thing
            nothing = visiting.post(PATHS[route][0].format(**NOWHERE), POSTS.get(route, {}))
            assert route in ASKED_BY_POST or answer.status in {303, 403, 404, 405, 415}, (
                path,
                answer.status,
            )  # 415: no form, see below
            assert answer.status == nothing.status, (path, answer.status, nothing.status)
    assert state_of(zebra.id) == before


@pytest.mark.parametrize("method", ["patch", "put", "delete"])
def test_entities_of_another_city_cannot_be_changed(cities: Cities, method: str) -> None:
    """A key writes in its own city only, at whatever host and whatever tenant it names."""
    zebra, ander = cities
    before, entity = state_of(zebra.id), f"/ngsi-ld/v1/entities/urn:ngsi-ld:Counter:{zebra.only}"
    for at, headers in (
        (ander, {}),
        (zebra, {}),
        (zebra, {"ngsild-tenant": zebra.id}),
        (ander, {"ngsild-tenant": zebra.id}),
    ):
        send = getattr(visitor(ander, "write", at=at).client, method)
        for path in (entity, f"{entity}/attrs/note", f"/ngsi-ld/v1/temporal{entity.removeprefix('/ngsi-ld/v1')}"):
            answer = send(path, {"type": "Property", "value": "x"}, content_type="application/json", headers=headers)
            assert answer.status_code in {400, 403, 404, 405}, (path, answer.content)
    assert state_of(zebra.id) == before


@pytest.mark.parametrize("scope", ["write", "read"])
def test_observations_go_to_the_city_of_the_key(cities: Cities, scope: str) -> None:
    """Wherever they are posted; and a series that only the other city has is unknown."""
    zebra, ander = cities
    before, row = state_of(zebra.id), '{"series": "count-%s", "observed_at": "2026-01-05T08:00:00Z", "value": 77}\n'
    for at in (zebra, ander):
        body = row % "public" + row % zebra.only
        answer = visitor(ander, scope, at=at).post(
            "/api/observations", body.encode(), content_type="application/x-ndjson"
        )
        assert answer.status == (207 if scope == "write" else 403), answer.text
    assert state_of(zebra.id) == before
