"""An index on what entities have in common: types and attributes are told, and found, without reading all entities."""

from django.db import migrations

INDEX = """
CREATE INDEX context_entity_shapes ON context_entity (
    tenant_id, classification, department,
    hash_array_extended(types, jsonb_hash_extended(jsonb_path_query_array(attributes, '$.keyvalue().key'),
        jsonb_hash_extended(jsonb_path_query_array(attributes, '$.*.*.type'), 0))), id)
"""


class Migration(migrations.Migration):
    dependencies = [("context", "0005_subscriptions_at_sources")]

    operations = [migrations.RunSQL(INDEX, "DROP INDEX context_entity_shapes")]
