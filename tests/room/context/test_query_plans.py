"""Queries are answered by indexes: what equals something, what lies somewhere, what a relationship leads to."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.public import Actor
from spiegelstad.base.sql import rows
from spiegelstad.context.queries import shapes
from spiegelstad.context.queries.entities import find
from spiegelstad.context.queries.selecting import select
from spiegelstad.context.queries.sql_of import where
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.geo import parse_geo
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.terms import CORE
from spiegelstad.context.rules.types import parse_types

FILL = """
INSERT INTO context_entity (tenant_id, id, types, scopes, attributes, name, lon, lat, box, created_at, modified_at,
    classification, department)
SELECT %s, 'urn:x:' || i, ARRAY['https://uri.etsi.org/ngsi-ld/default-context/T' || i %% 500], '{}',
    jsonb_build_object(
        'https://uri.etsi.org/ngsi-ld/default-context/code',
        jsonb_build_object('', jsonb_build_object('type', 'Property', 'value', i)),
        'https://uri.etsi.org/ngsi-ld/observationSpace',
        jsonb_build_object('', jsonb_build_object('type', 'GeoProperty', 'value',
            jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(i / 100.0, 51))))),
    '', i / 100.0, 51, box(point(i / 100.0, 51)), now(), now(), 'public', ''
FROM generate_series(1, 5000) i RETURNING 1
"""


@pytest.fixture
def filled(tenant: str) -> Actor:
    """Return a reader of a city with 5,000 entities, of which the database knows the statistics."""
    rows(FILL, [tenant])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE context_entity")
    return Actor.anonymous(tenant)


def plan(actor: Actor, query: EntityQuery) -> str:
    condition = where(query, actor)
    explained = rows(f"EXPLAIN {select('e.id', condition)} ORDER BY e.id LIMIT 21", condition.params)
    return "\n".join(line for (line,) in explained)


def test_equality_goes_by_the_index_on_attributes(filled: Actor) -> None:
    for q in ("code==77", "code==77,78", "code==77|code==79", 'code=="x";code!=4'):
        assert "Index Scan on context_entity_attributes" in plan(filled, EntityQuery(q=parse_q(q, CORE))), q


def test_types_go_by_their_index(filled: Actor) -> None:
    query = EntityQuery((Selector(types=parse_types("T7,(T8;T9)", CORE)),))
    assert "Index Scan on context_entity_types" in plan(filled, query)


def test_a_page_of_a_type_is_found_wherever_its_ids_lie(filled: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    """By how many have the type, a few rows would do; as the ids lie, half of the table comes before them."""
    monkeypatch.setattr(shapes, "_crowded_until", {})
    rows("UPDATE context_entity SET types = ARRAY['urn:' || (lon > 25)::text], id = (lon > 25) || id RETURNING 1")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE context_entity")
    query = EntityQuery((Selector(types=parse_types("urn:true", CORE)),), q=parse_q("code>2600", CORE))
    with CaptureQueriesContext(connection) as captured:
        assert len(find(filled, query).documents) == 20
    asked = captured.captured_queries[-1]["sql"].replace("%", "%%")
    explained = "\n".join(line for (line,) in rows(f"EXPLAIN {asked}"))
    assert "Index Scan using context_entity_shapes" in explained, explained


def test_a_city_of_many_shapes_is_asked_without_them(filled: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "_crowded_until", {})
    query = EntityQuery((Selector(types=parse_types("T7", CORE)),))
    with CaptureQueriesContext(connection) as captured:
        assert [len(find(filled, query).documents) for _ in range(2)] == [10, 10]
    asked = [one["sql"] for one in captured.captured_queries]
    assert not any("unnest" in sql for sql in asked)
    assert shapes.shapes_for(filled, query) is None


def test_places_go_by_their_box(filled: Actor) -> None:
    indexes = {"location": "context_entity_box", "observationSpace": "context_entity_observation_space"}
    for georel in ("near;maxDistance==100", "within", "intersects", "equals", "contains"):
        for attribute, index in indexes.items():
            geo = parse_geo(georel, "Point", [4.0, 51], attribute, CORE)
            assert f" {index} " in plan(filled, EntityQuery(geo=geo)), georel


def test_linked_entities_are_got_by_their_key(filled: Actor) -> None:
    found = plan(filled, EntityQuery(q=parse_q("owner{code}==77", CORE)))
    assert "id = ANY (ARRAY(" in found.replace("el.", "")


def test_the_index_on_attributes_is_left_alone_by_what_it_cannot_answer(filled: Actor) -> None:
    """It would give all the rows, by way of all its entries."""
    for q in ("code>4990", "code==1..2", "code!=4", "code", "code~=x", "code.observedAt<2020-01-01T00:00:00Z"):
        query = EntityQuery((Selector(types=parse_types("T7", CORE)),), q=parse_q(q, CORE))
        assert "context_entity_attributes" not in plan(filled, query), q
