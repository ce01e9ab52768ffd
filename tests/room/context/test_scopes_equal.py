"""The database tells the scopes of entities over time as the slow reference does, and a migration begins them."""

from importlib import import_module

from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.base.clock import now
from spiegelstad.context.actions.evolution import add
from spiegelstad.context.actions.temporal import delete_evolution, upsert_evolution
from spiegelstad.context.formats.temporal_reading import Fragment
from spiegelstad.context.models import AttributeInstance, Entity, TemporalEntity
from spiegelstad.context.public import EntityIn, upsert_entities
from spiegelstad.context.queries.aggregates import aggregates
from spiegelstad.context.queries.histories import Wanted, histories
from spiegelstad.context.queries.scopes import narrowed
from spiegelstad.context.queries.temporal import evolutions, find_heads, head
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.evolution import Addition
from spiegelstad.context.rules.scope_history import SCOPE, scope_instance
from spiegelstad.context.rules.scopes import parse_scopes
from spiegelstad.context.rules.temporal import aggregation
from spiegelstad.context.rules.temporal_reference import scopes_selected, selected, was_in
from tests.room.context.test_histories_equal import moments, queries

CAR = "urn:ngsi-ld:Car:1"
TYPE, SPEED, STATE = (f"https://uri.etsi.org/ngsi-ld/default-context/{name}" for name in ("Car", "speed", "state"))
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WANTED = [parse_scopes(text) for text in ("/A", "/A/#", "/C|/A/B", "(/A;/C)", "/#")]

scopes = st.dictionaries(moments, st.lists(st.sampled_from(["/A", "/A/B", "/C"]), unique=True, max_size=2), max_size=6)
speeds = st.dictionaries(moments, st.integers(0, 120), min_size=1, max_size=8)
cars = st.tuples(scopes, speeds)
last = st.none() | st.integers(1, 3)


def written(people, tenant, car):
    """Write an entity that has these scopes and speeds by moment (no scopes: they were deleted), and return all."""
    scopes_given, speeds_given = car
    speed = [(SPEED, {"type": "Property", "value": one, "observedAt": at}) for at, one in speeds_given.items()]
    states = [(STATE, {**one, "value": f"{one['value']}"}) for _, one in speed]
    several = [scope_instance(one, at) for at, one in scopes_given.items()]
    there = [(SCOPE, one) for one in several if "deletedAt" not in one]
    if TemporalEntity.objects.exists():
        delete_evolution(by=people.administrator, entity_id=CAR)
    upsert_evolution(by=people.administrator, fragment=Fragment(CAR, [TYPE], [*speed, *states, *there]))
    with transaction.atomic():
        add(tenant, [Addition(CAR, SCOPE, one) for one in several if "deletedAt" in one], now())
    found = histories(people.nobody, [CAR], Wanted())[CAR]
    return {iri: [one for _, one in found.get(iri, [])] for iri in (SCOPE, SPEED, STATE)}


@FEW
@given(car=cars, query=queries(), last_n=last)
def test_scopes_shown_equal_those_of_the_reference(people, tenant, *, car, query, last_n):
    stored = written(people, tenant, car)
    assert len(stored[SCOPE]) == len(car[0])
    [found] = evolutions(people.nobody, [head(people.nobody, CAR)], Wanted(query), last_n).found
    assert [one for _, one in found.history.get(SCOPE, [])] == scopes_selected(stored[SCOPE], query, last_n)
    assert [one for _, one in found.history.get(STATE, [])] == selected(stored[STATE], query, None, last_n)


@FEW
@given(car=cars, query=queries(("before", "after", "between")), wanted=st.sampled_from(WANTED), last_n=last)
def test_what_was_in_a_scope_equals_that_of_the_reference(people, tenant, *, car, query, wanted, last_n):
    stored = written(people, tenant, car)
    asked = narrowed(people.nobody, [CAR], Wanted(query), wanted)
    heads, _ = find_heads(people.nobody, EntityQuery(attrs=(SPEED,), scope_q=wanted), Wanted(query))
    steps = [query.from_at, *(one["observedAt"] for one in stored[SCOPE])]
    was = any(was_in(stored[SCOPE], wanted, at) for at in steps if query.covers(at) and query.from_at != query.to_at)
    assert bool(heads) == (was and bool(selected(stored[SPEED], query)))
    if not heads:
        return
    [found] = evolutions(people.nobody, heads, asked, last_n).found
    for iri in (SPEED, STATE):
        inside = [one for one in selected(stored[iri], query) if was_in(stored[SCOPE], wanted, one["observedAt"])]
        expected = inside if last_n is None else inside[::-1][:last_n]
        assert [one for _, one in found.history.get(iri, [])] == expected
        added = aggregates(people.nobody, [CAR], asked, aggregation(["totalCount"], "PT0S")).get(CAR, {}).get(iri, [])
        assert sum(count for one in added for count in one.values["totalCount"]) == len(inside)


def test_an_entity_without_scope_has_no_row_for_it(people):
    car = EntityIn(id=CAR, type="Car", name="", lon=None, lat=None, attributes={"speed": 1})
    upsert_entities(by=people.administrator, entities=[car])
    assert [one.attribute for one in AttributeInstance.objects.all()] == [SPEED]


def test_the_migration_begins_the_histories_of_scopes(people, tenant):
    migration = import_module("spiegelstad.context.migrations.0007_histories_of_scopes")
    here, gone, past, none = (f"urn:x:{name}" for name in ("here", "gone", "past", "none"))
    made, changed, left = "2019-12-31T23:00:00Z", "2020-02-01T00:00:00Z", "2020-03-01T00:00:00Z"
    for id_, given_, deleted in (
        (here, ["/A"], None),
        (gone, ["/A", "/B"], left),
        (past, ["/C"], None),
        (none, [], None),
    ):
        TemporalEntity.objects.create(
            tenant_id=tenant,
            id=id_,
            types=[TYPE],
            scopes=given_,
            created_at=made,
            modified_at=changed,
            deleted_at=deleted,
        )
    Entity.objects.create(
        tenant_id=tenant, id=here, types=[TYPE], scopes=["/A"], attributes={}, created_at=made, modified_at=left
    )
    with connection.schema_editor() as editor:
        migration.begin(None, editor)
    found = histories(people.nobody, [here, gone, past, none], Wanted())
    told = {
        id_: [(one["value"], one["observedAt"][:10], "deletedAt" in one) for _, one in history[SCOPE]]
        for id_, history in found.items()
    }
    assert told == {
        here: [("/A", "2020-02-01", False)],
        gone: [(["/A", "/B"], "2019-12-31", False), ("urn:ngsi-ld:null", "2020-03-01", True)],
        past: [("/C", "2019-12-31", False)],
    }
    [point] = found[here][SCOPE]
    assert {**point[1], "instanceId": ""} == {**scope_instance(["/A"], "2020-02-01T00:00:00.000000Z"), "instanceId": ""}
