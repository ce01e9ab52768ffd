The temporal evolution of entities: what is written. Instances of attributes go in by one COPY for a whole batch.

-- name: copy_instances
COPY context_attributeinstance (
    tenant_id, entity_id, attribute, dataset, instance_id, observed_at, created_at, modified_at, deleted_at, instance)
FROM STDIN

-- name: keep_temporal_entities
-- Who may read it is what its present row says. One that comes back keeps the time it was first made, and one that
-- changes scope all the scopes it ever had.
INSERT INTO context_temporalentity AS known (
    tenant_id, id, types, scopes, created_at, modified_at, deleted_at, classification, department)
SELECT %(tenant)s, given.id, given.types, given.scopes, given.created_at, given.modified_at, NULL,
    coalesce(present.classification, given.classification, 'public'),
    coalesce(present.department, given.department, '')
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    id text, types text[], scopes text[], created_at timestamptz, modified_at timestamptz, classification text,
    department text)
LEFT JOIN context_entity present ON present.tenant_id = %(tenant)s AND present.id = given.id
ORDER BY given.id
ON CONFLICT (tenant_id, id) DO UPDATE
SET types = excluded.types, modified_at = excluded.modified_at, deleted_at = NULL,
    scopes = CASE WHEN excluded.scopes <@ known.scopes THEN known.scopes
        ELSE ARRAY(SELECT DISTINCT unnest(known.scopes || excluded.scopes)) END,
    classification = excluded.classification, department = excluded.department

-- name: mark_deleted
UPDATE context_temporalentity
SET deleted_at = %(at)s, modified_at = %(at)s
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)

-- name: known_series
SELECT given.number - 1, series.series_id
FROM unnest(%(entity)s::text[], %(attribute)s::text[], %(dataset)s::text[], %(unit)s::text[])
    WITH ORDINALITY AS given (entity_id, attribute, dataset, unit_code, number)
JOIN context_attributeseries series ON series.tenant_id = %(tenant)s AND series.entity_id = given.entity_id
    AND series.attribute = given.attribute AND series.dataset = given.dataset AND series.unit_code = given.unit_code

-- name: insert_attribute_series
INSERT INTO context_attributeseries (tenant_id, entity_id, attribute, dataset, unit_code, series_id)
SELECT %(tenant)s, * FROM unnest(
    %(entity)s::text[], %(attribute)s::text[], %(dataset)s::text[], %(unit)s::text[], %(series)s::bigint[])
ON CONFLICT DO NOTHING

-- name: owners
-- What a series takes over from its entity; of one that has no present state what its history says.
SELECT coalesce(present.id, past.id), coalesce(present.types, past.types), coalesce(present.name, ''),
    present.lon, present.lat, coalesce(present.classification, past.classification),
    coalesce(present.department, past.department)
FROM (SELECT * FROM context_entity WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)) present
FULL JOIN (SELECT * FROM context_temporalentity WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)) past USING (id)

-- name: series_of_owners
SELECT entity_id, attribute, dataset, unit_code
FROM context_attributeseries
WHERE tenant_id = %(tenant)s AND (entity_id = ANY(%(ids)s) OR attribute = ANY(%(attributes)s))
ORDER BY entity_id, id

-- name: insert_late
INSERT INTO context_lateobservations AS known (tenant_id, series_id, recorded_at, moments)
SELECT %(tenant)s, series_id, %(at)s, array_agg(observed_at ORDER BY observed_at)
FROM unnest(%(series)s::bigint[], %(moments)s::timestamptz[]) AS given (series_id, observed_at)
GROUP BY series_id
ON CONFLICT (tenant_id, series_id, recorded_at) DO UPDATE SET moments = known.moments || excluded.moments

-- name: lock_history
SELECT types, scopes, classification, department, EXISTS (
    SELECT FROM context_entity present WHERE present.tenant_id = %(tenant)s AND present.id = %(id)s)
FROM context_temporalentity
WHERE tenant_id = %(tenant)s AND id = %(id)s
FOR UPDATE

-- name: touch_history
UPDATE context_temporalentity
SET types = %(types)s, scopes = %(scopes)s, modified_at = %(at)s
WHERE tenant_id = %(tenant)s AND id = %(id)s

-- name: settle_scopes
UPDATE context_temporalentity
SET scopes = ARRAY(
    SELECT DISTINCT scope #>> '{}'
    FROM context_attributeinstance one, jsonb_path_query(one.instance, '$.value[*]') scope
    WHERE one.tenant_id = %(tenant)s AND one.entity_id = %(id)s AND one.attribute = %(scope)s AND deleted_at IS NULL)
WHERE tenant_id = %(tenant)s AND id = %(id)s

-- name: delete_history
DELETE FROM context_temporalentity WHERE tenant_id = %(tenant)s AND id = %(id)s

-- name: delete_instances
-- Of one attribute, or of all; of one dataset, or of all.
DELETE FROM context_attributeinstance
WHERE tenant_id = %(tenant)s AND entity_id = %(id)s
  AND (%(attribute)s::text IS NULL OR attribute = %(attribute)s)
  AND (%(dataset)s::text IS NULL OR dataset = %(dataset)s)

-- name: delete_instance
DELETE FROM context_attributeinstance
WHERE tenant_id = %(tenant)s AND entity_id = %(id)s AND attribute = %(attribute)s AND instance_id = %(instance)s
RETURNING created_at

-- name: insert_instance
INSERT INTO context_attributeinstance (
    tenant_id, entity_id, attribute, dataset, instance_id, observed_at, created_at, modified_at, deleted_at, instance)
VALUES (
    %(tenant)s, %(id)s, %(attribute)s, %(dataset)s, %(instance)s, %(observed_at)s, %(created_at)s, %(at)s, NULL,
    %(document)s::jsonb)

-- name: series_of_history
SELECT series_id, attribute, dataset, unit_code
FROM context_attributeseries
WHERE tenant_id = %(tenant)s AND entity_id = %(id)s
  AND (%(attribute)s::text IS NULL OR attribute = %(attribute)s)
  AND (%(dataset)s::text IS NULL OR dataset = %(dataset)s)
ORDER BY series_id

-- name: forget_late
DELETE FROM context_lateobservations WHERE tenant_id = %(tenant)s AND series_id = %(series)s
