"""Closures: which IRIs are closed to whom, and what a row carries."""

from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.accounts.public import Actor, ActorKind, Role
from spiegelstad.context.rules.policy import OPEN, Closure, closed_attributes, closure_of, closures, strictest
from spiegelstad.governance.public import Classification

IRIS = ["urn:type:Camera", "urn:attribute:plate", "urn:attribute:owner", "urn:attribute:colour"]
SETTINGS = {
    "context": {
        "classifications": {
            IRIS[0]: {"classification": "internal"},
            IRIS[1]: {"classification": "personal"},
            IRIS[2]: {"classification": "confidential", "department": "milieu"},
            IRIS[3]: {"classification": "public"},
        }
    }
}


def person(role: Role, *departments: str) -> Actor:
    return Actor("teststad", ActorKind.PERSON, "person:1", "x", frozenset({role}), frozenset(departments))


def test_closed_attributes_depend_on_who_reads() -> None:
    key = Actor("teststad", ActorKind.KEY, "key:1", "x", scopes=frozenset({"context:write", "data:read"}))
    expected = {
        Actor.anonymous("teststad"): {0, 1, 2},
        person(Role.RESIDENT): {0, 1, 2},
        person(Role.CLERK): {1, 2},
        person(Role.STEWARD, "mobiliteit"): {1, 2},
        person(Role.STEWARD, "milieu"): {1},
        person(Role.ADMINISTRATOR): {1},
        key: {1, 2},
        Actor.system("teststad", "x"): set(),
    }
    for actor, closed in expected.items():
        assert closed_attributes(actor, SETTINGS) == {IRIS[index] for index in closed}, actor


def test_city_that_says_nothing_closes_nothing() -> None:
    assert closures({}) == {} and closed_attributes(Actor.anonymous("teststad"), {"context": {}}) == frozenset()


def test_strictest_type_counts() -> None:
    named = closures(SETTINGS)
    assert closure_of(["urn:other"], named) is None
    assert closure_of([IRIS[3], "urn:other"], named) == OPEN
    assert closure_of([IRIS[0], IRIS[2], IRIS[3]], named) == Closure(Classification.CONFIDENTIAL, "milieu")


@given(st.lists(st.builds(Closure, st.sampled_from(Classification), st.sampled_from(["", "milieu"])), min_size=1))
def test_strictest_is_one_of_them_and_none_is_stricter(given_: list[Closure]) -> None:
    found = strictest(given_)
    order = list(Classification)
    assert found in given_
    assert all(order.index(one.classification) <= order.index(found.classification) for one in given_)
