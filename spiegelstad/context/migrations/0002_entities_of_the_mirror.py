"""Take over the entities that the mirror kept as plain values, as NGSI-LD attributes."""

from django.db import migrations

TAKE_OVER = """
INSERT INTO context_entity (
    tenant_id, id, types, scopes, attributes, name, lon, lat, box, created_at, modified_at, classification, department)
SELECT tenant_id, id, ARRAY['https://uri.etsi.org/ngsi-ld/default-context/' || type], '{}',
    coalesce(
        (SELECT jsonb_object_agg('https://uri.etsi.org/ngsi-ld/default-context/' || key,
             jsonb_build_object('', stamp || jsonb_build_object('type', 'Property', 'value', value)))
         FROM jsonb_each(attributes) WHERE value <> 'null'), '{}')
    || CASE WHEN name = '' THEN '{}' ELSE
        jsonb_build_object('https://uri.etsi.org/ngsi-ld/default-context/name',
            jsonb_build_object('', stamp || jsonb_build_object('type', 'Property', 'value', name))) END
    || CASE WHEN lon IS NULL OR lat IS NULL THEN '{}' ELSE
        jsonb_build_object('https://uri.etsi.org/ngsi-ld/location',
            jsonb_build_object('', stamp || jsonb_build_object('type', 'GeoProperty', 'value',
                jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(lon, lat))))) END,
    name, lon, lat, box, created_at, modified_at, classification, department
FROM mirror_entity, LATERAL (SELECT jsonb_build_object(
    'createdAt', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'modifiedAt', to_char(modified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS stamp) AS times
"""


class Migration(migrations.Migration):

    dependencies = [("context", "0001_initial"), ("mirror", "0001_initial")]
    run_before = [("mirror", "0002_series_know_their_type")]  # which drops the table read here

    operations = [migrations.RunSQL(TAKE_OVER, migrations.RunSQL.noop)]
