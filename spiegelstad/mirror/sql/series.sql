Series: a set-based upsert that touches only what changed.

-- name: upsert_series
INSERT INTO mirror_series AS known (
    tenant_id, key, entity_id, entity_type, property, name, unit, lon, lat, minimum, maximum, classification,
    department, expected_every_s, revision, created_at, modified_at)
SELECT %(tenant)s::varchar, key, entity_id, entity_type, property, name, unit, lon, lat, minimum, maximum,
    classification, department, expected_every_s, 1, %(now)s::timestamptz, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    key text, entity_id text, entity_type text, property text, name jsonb, unit text, lon float8, lat float8,
    minimum float8, maximum float8, classification text, department text, expected_every_s integer)
ORDER BY key
ON CONFLICT (tenant_id, key) DO UPDATE
SET entity_id = excluded.entity_id, entity_type = excluded.entity_type, property = excluded.property,
    name = excluded.name, unit = excluded.unit, lon = excluded.lon, lat = excluded.lat, minimum = excluded.minimum,
    maximum = excluded.maximum, classification = excluded.classification, department = excluded.department,
    expected_every_s = excluded.expected_every_s, revision = known.revision + 1, modified_at = excluded.modified_at
WHERE (known.entity_id, known.entity_type, known.property, known.name, known.unit, known.lon, known.lat,
       known.minimum, known.maximum, known.classification, known.department, known.expected_every_s)
    IS DISTINCT FROM (excluded.entity_id, excluded.entity_type, excluded.property, excluded.name, excluded.unit,
       excluded.lon, excluded.lat, excluded.minimum, excluded.maximum, excluded.classification, excluded.department,
       excluded.expected_every_s)
RETURNING key

-- name: add_latest
INSERT INTO mirror_serieslatest (tenant_id, series_id, revision)
SELECT tenant_id, id, 0 FROM mirror_series WHERE tenant_id = %(tenant)s AND id = ANY(%(series)s) ORDER BY id
ON CONFLICT DO NOTHING
