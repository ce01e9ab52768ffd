"""Closed data is reached by nobody who may not, through any address; and refusals tell nothing."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings

from tests.spec.addresses import ASKED_BY_POST, EVERYONES, NOWHERE, PATHS, POSTS, REGISTER, Answer, addresses, visitor
from tests.spec.cities import CLOSED, City, state_of

pytestmark = pytest.mark.django_db
Cities = tuple[City, City]
MAY_READ = {
    **dict.fromkeys(("anonymous", "resident", "write"), ()),
    **dict.fromkeys(("clerk", "analyst", "read", "other_steward"), ("internal",)),
    **dict.fromkeys(("steward", "administrator"), ("internal", "confidential")),
}
DESK = {"desk", "desk/<slug:slug>", "desk/<slug:slug>/rows/<uuid:row_id>"}
"""What a steward answers for is seen whole there: correcting a row is the purpose, and whose it is was decided."""
HERE = ("Traceback", "site-packages", "SELECT ", "psycopg", ".parquet'")


def _on_desk(who: str, route: str) -> bool:
    return who in {"steward", "administrator"} and route in DESK


@pytest.mark.parametrize("who", MAY_READ)
def test_closed_data_is_seen_by_who_may_only(cities: Cities, who: str) -> None:
    """Datasets, series, sources, and figures over them; every mark that is not for `who` is searched everywhere."""
    city, _ = cities
    visiting, open_ = visitor(city, who), MAY_READ[who]
    hidden = [kind for kind in CLOSED if kind not in open_]
    asked = hidden if who in {"anonymous", "administrator"} else hidden[:1]
    leaks = []
    for route, path in addresses(*(city.names(kind) for kind in asked)):
        if _on_desk(who, route):
            continue
        answer = visiting.get(path)
        secret = city.contents(*hidden) if route in REGISTER else city.marks(*hidden)
        leaks += [(path, mark) for mark in secret if mark in answer.text]
    assert leaks == []


@pytest.mark.parametrize("who", [who for who, kinds in MAY_READ.items() if kinds])
def test_closed_data_is_seen_by_who_may(cities: Cities, who: str) -> None:
    """The walk above would find a leak: those who may do see the marks, in nearly all faces."""
    city, _ = cities
    visiting, kind = visitor(city, who), MAY_READ[who][-1]
    faces = {"api/datasets", "api/datasets/<slug:slug>", "api/latest", "api/series"} if visiting.is_machine else {
        "indicators", "indicators/<slug:slug>", "data", "data/<slug:slug>", "figures/<uuid:figure_id>.json",
        "data/<slug:slug>/versions/<int:number>.<str:extension>", "explore",
    }  # fmt: skip
    for route in faces:
        text = "".join(visiting.get(path.format(**city.names(kind))).text for path in PATHS[route])
        assert any(mark in text for mark in city.marks(kind)), route


@pytest.mark.parametrize("who", ["anonymous", "clerk", "other_steward", "write", "read"])
def test_closed_and_absent_look_the_same(cities: Cities, who: str) -> None:
    """Status, headers and words of what is not for `who` are those of what is not there."""
    city, _ = cities
    visiting = visitor(city, who)
    for route, templates in PATHS.items():
        for template in templates:
            if "{" not in template or "?" in template or (visiting.is_machine and not template.startswith("/api/")):
                continue
            closed = city.names("personal") | {"job": "900000002", "key": NOWHERE["key"].replace("3", "4")}
            if route.startswith("api/places/") or "{area}" in template:
                continue  # areas are public
            if route in REGISTER and not route.endswith("uses.csv"):
                continue  # that closed data exists is public there
            pairs = [(visiting.get(template.format(**names)), names) for names in (closed, NOWHERE)]
            if route in POSTS:
                pairs += [(visiting.post(template.format(**names), POSTS[route]), names) for names in (closed, NOWHERE)]
            seen = [(answer.status, answer.same_as(names)) for answer, names in pairs]
            assert seen[0] == seen[1], template
            assert seen[2:3] == seen[3:4], template


def _tells(answer: Answer) -> list[str]:
    secret = (*HERE, str(django_settings.DATASETS), str(django_settings.VAR), str(django_settings.PROJECT))
    return [word for word in secret if word in answer.text]


@pytest.mark.parametrize("who", ["administrator", "read"])
def test_errors_tell_nothing_of_the_inside(cities: Cities, who: str) -> None:
    city, _ = cities
    visiting = visitor(city, who)
    for _, path in addresses(city.names("personal"), NOWHERE):
        answer = visiting.get(path)
        assert answer.status < 400 or _tells(answer) == [], path


def test_missing_file_of_a_version_is_an_error_without_paths(cities: Cities) -> None:
    """Also when our own store is broken."""
    city, _ = cities
    folder = django_settings.DATASETS
    django_settings.DATASETS = folder.with_name("away")
    try:
        for path in ("/data/population-public/versions/1.csv", "/api/datasets/population-public/versions/1.parquet"):
            answer = visitor(city, "anonymous").get(path)
            assert answer.status == 503 and _tells(answer) == [], path
    finally:
        django_settings.DATASETS = folder


@pytest.mark.parametrize("who", ["anonymous", "resident", "clerk", "analyst", "other_steward", "read"])
def test_nothing_is_changed_by_who_may_not(cities: Cities, who: str) -> None:
    city, _ = cities
    visiting, before = visitor(city, who), state_of(city.id)
    for kind in ("public", "confidential"):
        for route, path in addresses(city.names(kind)):
            if who == "other_steward" and (route.startswith("jobs") or route == "sensors/new"):
                continue  # jobs of the city are for all its stewards, and each may add devices of the own departments
            if route in EVERYONES and who != "anonymous":
                continue
            if route in POSTS and (path.startswith("/api/") or not visiting.is_machine):
                answer = visiting.post(path, POSTS[route])
                assert route in ASKED_BY_POST or answer.status in {303, 401, 403, 404, 405, 415}, (path, answer.status)
    assert state_of(city.id) == before
