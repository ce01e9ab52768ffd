"""Who may read and change histories."""

from datetime import UTC, datetime, timedelta

import pytest

from spiegelstad.accounts.models import Tenant
from spiegelstad.context.actions.temporal import (
    add_attributes,
    delete_attribute,
    delete_evolution,
    delete_instance,
    replace_instance,
    upsert_evolution,
)
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.formats.temporal_reading import Fragment
from spiegelstad.context.queries.histories import Wanted, histories
from spiegelstad.context.queries.temporal import find_heads, head
from spiegelstad.context.rules.documents import time_text
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.mirror.testing import make_observations, make_series

ID = "urn:ngsi-ld:Camera:1"
DEFAULT = "https://uri.etsi.org/ngsi-ld/default-context/"
START = datetime(2024, 3, 30, 20, tzinfo=UTC)


def fragment(*values, type_="Camera"):
    instances = [
        (f"{DEFAULT}level", {"type": "Property", "value": one, "observedAt": time_text(START + timedelta(minutes=n))})
        for n, one in enumerate(values)
    ]
    return Fragment(ID, [f"{DEFAULT}{type_}"], instances)


@pytest.fixture
def closed_camera(tenant, people):
    """A camera in a city that shows cameras to its own people only."""
    closed = {f"{DEFAULT}Camera": {"classification": "internal", "department": "mobiliteit"}}
    Tenant.objects.filter(id=tenant).update(settings={"context": {"classifications": closed}})
    upsert_evolution(by=people.administrator, fragment=fragment(1, 2))


def values(actor):
    found = histories(actor, [ID], Wanted()).get(ID, {})
    return [instance["value"] for points in found.values() for _, instance in points]


def test_an_open_history_is_everybodys(people):
    upsert_evolution(by=people.administrator, fragment=fragment(1, "x"))
    assert head(people.nobody, ID).document.id == ID
    assert values(people.nobody) == [1, "x"]


def test_a_closed_history_is_for_who_may_read_it(people, closed_camera):
    with pytest.raises(ResourceNotFound):
        head(people.nobody, ID)
    assert find_heads(people.nobody, EntityQuery(), Wanted())[0] == []
    assert values(people.nobody) == []
    assert head(people.clerk, ID).document.id == ID
    assert values(people.clerk) == [1, 2]


def test_another_city_sees_and_changes_nothing(people, closed_camera):
    with pytest.raises(ResourceNotFound):
        head(people.foreigner, ID)
    with pytest.raises(ResourceNotFound):
        delete_evolution(by=people.foreigner, entity_id=ID)
    assert values(people.foreigner) == []


ACTS = [
    lambda by, name: upsert_evolution(by=by, fragment=fragment(3)),
    lambda by, name: add_attributes(by=by, fragment=fragment(3)),
    lambda by, name: delete_attribute(by=by, entity_id=ID, attribute=f"{DEFAULT}level"),
    lambda by, name: replace_instance(
        by=by, entity_id=ID, attribute=f"{DEFAULT}level", instance_id=name, instance={"type": "Property", "value": 9}
    ),
    lambda by, name: delete_instance(by=by, entity_id=ID, attribute=f"{DEFAULT}level", instance_id=name),
    lambda by, name: delete_evolution(by=by, entity_id=ID),
]


@pytest.mark.parametrize("act", ACTS)
def test_changes_are_for_the_steward_who_answers_for_it(people, closed_camera, act):
    [(_, first), *_] = histories(people.clerk, [ID], Wanted())[ID][f"{DEFAULT}level"]
    for nobody in (people.nobody, people.resident, people.clerk, people.other_steward):
        with pytest.raises((NotAllowed, SignInNeeded)):
            act(nobody, first["instanceId"])
    assert values(people.clerk) == [1, 2]
    act(people.steward, first["instanceId"])
    assert values(people.clerk) != [1, 2]


def test_series_that_a_source_defined_are_histories_of_their_entity(tenant, people):
    upsert_evolution(by=people.administrator, fragment=fragment("x"))
    make_series(tenant, "counter-1", entity_id=ID, property="bicycleCount", unit="C62")
    make_observations(tenant, [("counter-1", START, 7.0)])
    [(_, counted)] = histories(people.nobody, [ID], Wanted())[ID][f"{DEFAULT}bicycleCount"]
    assert (counted["value"], counted["unitCode"]) == (7, "C62")
    name = counted["instanceId"]
    with pytest.raises(ResourceNotFound):
        delete_instance(by=people.administrator, entity_id=ID, attribute=f"{DEFAULT}bicycleCount", instance_id=name)


def test_several_series_of_one_property_have_datasets_of_their_own(tenant, people):
    upsert_evolution(by=people.administrator, fragment=fragment("x"))
    for key in ("in", "out"):
        make_series(tenant, key, entity_id=ID, property="bicycleCount", unit="C62")
        make_observations(tenant, [(key, START, 7.0)])
    found = histories(people.nobody, [ID], Wanted())[ID][f"{DEFAULT}bicycleCount"]
    assert {one["datasetId"] for _, one in found} == {"urn:spiegelstad:series:in", "urn:spiegelstad:series:out"}
