"""The migration that took over the mirror's entities with plain values."""

from importlib import import_module
from typing import Any

from django.db import connection

from spiegelstad.accounts.public import Actor
from spiegelstad.context.models import Entity
from spiegelstad.context.public import EntityIn, entities, upsert_entities

TABLE = """
CREATE TEMP TABLE mirror_entity (tenant_id text, id text, type text, name text, lon float8, lat float8, box box,
    attributes jsonb, classification text, department text, created_at timestamptz, modified_at timestamptz)
    ON COMMIT DROP
"""
ROWS = """
INSERT INTO mirror_entity SELECT %(tenant)s, id, 'Garage', name, lon, 51, box(point(lon, 51), point(lon, 51)),
    attributes::jsonb, classification, 'mobiliteit', '2026-01-01T00:00:00Z', '2026-02-01T00:00:00.5Z'
FROM (VALUES ('urn:x:1', 'Reep', 3.7, '{"places": 5, "none": null, "open": {"from": 7}}', 'internal'),
    ('urn:x:2', '', NULL, '{}', 'public')) AS given (id, name, lon, attributes, classification)
"""


def test_entities_of_the_mirror_become_entities_here(people: Any, tenant: str) -> None:
    migration = import_module("spiegelstad.context.migrations.0002_entities_of_the_mirror")
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        cursor.execute(ROWS, {"tenant": tenant})
        cursor.execute(migration.TAKE_OVER)
    first, second = entities(Actor.system(tenant, "tests"))
    assert (first.type, first.name, first.lon, first.lat) == ("Garage", "Reep", 3.7, 51.0)
    assert first.attributes == {"places": 5, "open": {"from": 7}} and first.classification == "internal"
    assert (second.name, second.lon, second.attributes) == ("", None, {})
    instance = Entity.objects.get(id="urn:x:1").attributes["https://uri.etsi.org/ngsi-ld/default-context/places"][""]
    assert (instance["createdAt"], instance["modifiedAt"]) == (
        "2026-01-01T00:00:00.000000Z",
        "2026-02-01T00:00:00.500000Z",
    )
    same = EntityIn(
        id="urn:x:1", type="Garage", name="Reep", lon=3.7, lat=51.0, attributes=first.attributes,
        classification=first.classification, department="mobiliteit",
    )  # fmt: skip
    assert upsert_entities(by=people.administrator, entities=[same]) == 0
