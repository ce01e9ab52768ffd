Series and entities: set-based upserts that touch only what changed.

-- name: upsert_series
INSERT INTO mirror_series AS known (
    tenant_id, key, entity_id, property, name, unit, lon, lat, minimum, maximum, classification, department,
    expected_every_s, revision, created_at, modified_at)
-- A series without a place of its own stands where its entity stands.
SELECT %(tenant)s::varchar, key, entity_id, property, given.name, unit, coalesce(given.lon, entity.lon),
    coalesce(given.lat, entity.lat), minimum, maximum, given.classification, given.department, expected_every_s, 1,
    %(now)s::timestamptz, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    key text, entity_id text, property text, name jsonb, unit text, lon float8, lat float8, minimum float8,
    maximum float8, classification text, department text, expected_every_s integer)
LEFT JOIN mirror_entity entity ON entity.tenant_id = %(tenant)s AND entity.id = given.entity_id
ORDER BY key
ON CONFLICT (tenant_id, key) DO UPDATE
SET entity_id = excluded.entity_id, property = excluded.property, name = excluded.name, unit = excluded.unit,
    lon = excluded.lon, lat = excluded.lat, minimum = excluded.minimum, maximum = excluded.maximum,
    classification = excluded.classification, department = excluded.department,
    expected_every_s = excluded.expected_every_s, revision = known.revision + 1, modified_at = excluded.modified_at
WHERE (known.entity_id, known.property, known.name, known.unit, known.lon, known.lat, known.minimum, known.maximum,
       known.classification, known.department, known.expected_every_s)
    IS DISTINCT FROM (excluded.entity_id, excluded.property, excluded.name, excluded.unit, excluded.lon, excluded.lat,
       excluded.minimum, excluded.maximum, excluded.classification, excluded.department, excluded.expected_every_s)
RETURNING key

-- name: add_latest
INSERT INTO mirror_serieslatest (tenant_id, series_id, revision)
SELECT tenant_id, id, 0 FROM mirror_series WHERE tenant_id = %(tenant)s AND id = ANY(%(series)s) ORDER BY id
ON CONFLICT DO NOTHING

-- name: upsert_entities
INSERT INTO mirror_entity AS known (
    tenant_id, id, type, name, lon, lat, box, attributes, classification, department, created_at, modified_at)
SELECT %(tenant)s::varchar, id, type, name, lon, lat, box(point(lon, lat), point(lon, lat)), attributes,
    classification, department, %(now)s::timestamptz, %(now)s::timestamptz
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    id text, type text, name text, lon float8, lat float8, attributes jsonb, classification text, department text)
ORDER BY id
ON CONFLICT (tenant_id, id) DO UPDATE
SET type = excluded.type, name = excluded.name, lon = excluded.lon, lat = excluded.lat, box = excluded.box,
    attributes = excluded.attributes, classification = excluded.classification, department = excluded.department,
    modified_at = excluded.modified_at
WHERE (known.type, known.name, known.lon, known.lat, known.attributes, known.classification, known.department)
    IS DISTINCT FROM (excluded.type, excluded.name, excluded.lon, excluded.lat, excluded.attributes,
       excluded.classification, excluded.department)
RETURNING id
