"""Begin the history of the entities that came from the mirror: their series have it already."""

from django.db import migrations

BEGIN = """
INSERT INTO context_temporalentity (tenant_id, id, types, scopes, created_at, modified_at, classification, department)
SELECT tenant_id, id, types, scopes, created_at, modified_at, classification, department FROM context_entity
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):

    dependencies = [("context", "0002_entities_of_the_mirror")]

    operations = [migrations.RunSQL(BEGIN, migrations.RunSQL.noop)]
