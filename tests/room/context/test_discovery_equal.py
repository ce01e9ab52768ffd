"""What there is of types and attributes, told by one entity of each shape, is what all the entities have."""

from datetime import UTC, datetime

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.accounts.public import Actor
from spiegelstad.base.sql import rows
from spiegelstad.context.models import Entity
from spiegelstad.context.queries import discovery
from spiegelstad.context.rules.terms import CORE

TYPES, NAMES = (["T", "U"], ["a", "b", "c"])
PAST = datetime(2020, 1, 1, tzinfo=UTC)
instances = st.sampled_from([{"": "Property"}, {"": "Relationship"}, {"": "Property", "urn:d:1": "GeoProperty"}])
entities = st.fixed_dictionaries(
    {
        "types": st.lists(st.sampled_from(TYPES), min_size=1, unique=True),
        "attributes": st.dictionaries(st.sampled_from(NAMES), instances, max_size=2),
        "is_past": st.booleans(),
        "classification": st.sampled_from(["public", "public", "confidential"]),
    }
)


def _row(tenant: str, number: int, one: dict) -> Entity:
    attributes = {
        CORE.expand(name): {dataset: {"type": kind} for dataset, kind in kinds.items()}
        for name, kinds in one["attributes"].items()
    }
    return Entity(
        tenant_id=tenant, id=f"urn:x:{number}", types=[CORE.expand(name) for name in one["types"]],
        attributes=attributes, classification=one["classification"], created_at=PAST, modified_at=PAST,
        expires_at=PAST if one["is_past"] else None,
    )  # fmt: skip


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(entities, max_size=12))
def test_types_and_attributes_are_those_of_all_entities(people, tenant, given_):
    there = [one for one in given_ if not one["is_past"] and one["classification"] == "public"]
    of_types = {
        CORE.expand(name): sorted(
            {CORE.expand(attribute) for one in there if name in one["types"] for attribute in one["attributes"]}
        )
        for name in sorted({name for one in there for name in one["types"]})
    }
    kinds = {
        CORE.expand(name): sorted({kind for one in there for kind in one["attributes"].get(name, {}).values()})
        for name in sorted({name for one in there for name in one["attributes"]})
    }
    with transaction.atomic():
        Entity.objects.bulk_create(_row(tenant, number, one) for number, one in enumerate(given_))
        nobody = people.nobody
        assert discovery.types(nobody) == list(of_types)
        assert {one.iri: sorted(one.names) for one in discovery.types_with_attributes(nobody)} == of_types
        assert discovery.attributes(nobody) == list(kinds)
        for name, of_instances in kinds.items():
            found = discovery.attribute_info(nobody, name)
            assert sorted(found.kinds) == of_instances
            assert sorted(found.types) == [iri for iri, names in of_types.items() if name in names]
            assert found.count == sum(len(one["attributes"].get(CORE.compact(name), {})) for one in there)
        for iri, names in of_types.items():
            info = discovery.type_info(nobody, iri)
            assert sorted(info.attributes) == names
            assert info.count == sum(CORE.compact(iri) in one["types"] for one in there)
        transaction.set_rollback(True)


def test_types_are_told_without_reading_all_entities(tenant):
    made = {"types": ["T"], "attributes": {"a": {"": "Property"}}, "is_past": False, "classification": "public"}
    Entity.objects.bulk_create(_row(tenant, number, made) for number in range(2_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE context_entity")
    with CaptureQueriesContext(
        connection,
    ) as captured:
        discovery.types_with_attributes(Actor.anonymous(tenant))
    asked = captured.captured_queries[-1]["sql"]
    plan = "\n".join(line for (line,) in rows(f"EXPLAIN {asked}".replace("%", "%%")))
    assert "context_entity_shapes" in plan and "Seq Scan" not in plan
