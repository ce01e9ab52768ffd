"""Begin the histories of scopes (clause 4.5.6) with those that entities have.

Since when an entity is of its scopes its row in the history tells: attributes leave that row alone, so it was last
modified when its types or scopes were, or an evolution was written. What is gone, or was never here but in its history,
had its last scopes from when it was made.
"""

import django.contrib.postgres.fields
from django.db import migrations, models

_GIVEN = """
SELECT tenant_id, id, scopes, deleted_at, CASE WHEN EXISTS (
    SELECT FROM context_entity present WHERE present.tenant_id = past.tenant_id AND present.id = past.id
) THEN past.modified_at ELSE past.created_at END AS since
FROM context_temporalentity past
WHERE scopes <> '{}'
"""
MONTHS = f"""
SELECT DISTINCT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') FROM ({_GIVEN}) given, unnest(ARRAY[since, deleted_at]) AS at
WHERE at IS NOT NULL ORDER BY 1
"""
MONTH = """
DO $$ BEGIN
    IF to_regclass('context_attributeinstance_{name}') IS NULL THEN
        CREATE TABLE context_attributeinstance_{name} (LIKE context_attributeinstance INCLUDING ALL);
        ALTER TABLE context_attributeinstance ATTACH PARTITION context_attributeinstance_{name}
            FOR VALUES FROM ('{month}-01 00:00:00+00') TO ('{after}-01 00:00:00+00');
    END IF;
END $$
"""
BEGIN = f"""
INSERT INTO context_attributeinstance (
    tenant_id, entity_id, attribute, dataset, instance_id, observed_at, created_at, modified_at, deleted_at, instance)
SELECT tenant_id, id, 'https://uri.etsi.org/ngsi-ld/scope', '', 'urn:ngsi-ld:instance:' || gen_random_uuid(),
    at, at, at, CASE WHEN is_end THEN at END,
    jsonb_build_object('type', 'Property', 'observedAt', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || CASE WHEN is_end THEN jsonb_build_object('value', 'urn:ngsi-ld:null',
            'deletedAt', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        WHEN cardinality(scopes) = 1 THEN jsonb_build_object('value', scopes[1])
        ELSE jsonb_build_object('value', scopes) END
FROM ({_GIVEN}) given, LATERAL (VALUES (since, false), (deleted_at, true)) AS step (at, is_end)
WHERE at IS NOT NULL
"""


def begin(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MONTHS)
        for (month,) in cursor.fetchall():
            year, number = map(int, month.split("-"))
            after = f"{year + number // 12}-{number % 12 + 1:02}"
            cursor.execute(MONTH.format(name=month.replace("-", "_"), month=month, after=after))
        cursor.execute(BEGIN)


class Migration(migrations.Migration):
    dependencies = [("context", "0006_shapes_of_entities")]

    operations = [
        migrations.AlterField(
            "temporalentity",
            "scopes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(), default=list, help_text="all it ever had", size=None
            ),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
