The rows of entities: read under lock, and written set-wise. Whoever writes has locked first, in the order of ids, so
that two batches with the same entities wait for each other and never in a circle.

-- name: has_sources
-- What every request asks about the city t (accounts.who_asks): whether it has context sources.
SELECT EXISTS (SELECT FROM context_registration r WHERE r.tenant_id = t.id)

-- name: has_sources_and_entity
-- The same, and an entity of the city, whoever may read it.
SELECT EXISTS (SELECT FROM context_registration r WHERE r.tenant_id = t.id), e.id, to_json(e.types), to_json(e.scopes), e.attributes,
    to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(e.modified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(e.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    e.classification, e.department
FROM (SELECT) AS one
LEFT JOIN context_entity e
    ON e.tenant_id = t.id AND e.id = %(entity)s AND (e.expires_at IS NULL OR e.expires_at > now())

-- name: lock_entities
-- Times as documents have them (rules/documents.py): a thousand of them are faster written here than read there.
SELECT id, types, scopes, attributes,
    to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(modified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    classification, department
FROM context_entity
WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)
ORDER BY id
FOR UPDATE

-- name: insert_entities
-- What another transaction made in the meantime is left alone: the caller sees that its row is not among those returned.
INSERT INTO context_entity (
    tenant_id, id, types, scopes, attributes, name, lon, lat, box, created_at, modified_at, expires_at, classification,
    department)
SELECT %(tenant)s, id, types, scopes, attributes, name, lon, lat, box, created_at, modified_at, expires_at,
    coalesce(classification, 'public'), coalesce(department, '')
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    id text, types text[], scopes text[], attributes jsonb, name text, lon float8, lat float8, box box,
    created_at timestamptz, modified_at timestamptz, expires_at timestamptz, classification text, department text)
ORDER BY id
ON CONFLICT DO NOTHING
RETURNING id

-- name: update_entities
-- Without a classification of its own a row keeps the one it has.
UPDATE context_entity known
SET types = given.types, scopes = given.scopes, attributes = given.attributes, name = given.name, lon = given.lon,
    lat = given.lat, box = given.box, created_at = given.created_at, modified_at = given.modified_at,
    expires_at = given.expires_at, classification = coalesce(given.classification, known.classification),
    department = coalesce(given.department, known.department)
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
    id text, types text[], scopes text[], attributes jsonb, name text, lon float8, lat float8, box box,
    created_at timestamptz, modified_at timestamptz, expires_at timestamptz, classification text, department text)
WHERE known.tenant_id = %(tenant)s AND known.id = given.id

-- name: change_entities
-- The same for entities that each change once, with their events (see append_events): an event tells what its row says.
WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%(lock)s) AS lock)
, changed AS (
    UPDATE context_entity known
    SET types = given.types, scopes = given.scopes, attributes = given.attributes, name = given.name, lon = given.lon,
        lat = given.lat, box = given.box, created_at = given.created_at, modified_at = given.modified_at,
        expires_at = given.expires_at, classification = coalesce(given.classification, known.classification),
        department = coalesce(given.department, known.department)
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
        id text, types text[], scopes text[], attributes jsonb, name text, lon float8, lat float8, box box,
        created_at timestamptz, modified_at timestamptz, expires_at timestamptz, classification text, department text,
        changes jsonb, place integer)
    WHERE known.tenant_id = %(tenant)s AND known.id = given.id
    RETURNING known.*, given.changes, given.place)
INSERT INTO context_contextevent (
    tenant_id, sequence, transaction, at, entity_id, kind, changes, after, before, classification, department)
SELECT %(tenant)s, nextval('context_event_sequence'), pg_current_xact_id()::text::bigint, %(at)s, id, 'entityUpdated',
    changes, jsonb_build_object('id', id, 'types', types, 'scopes', scopes, 'attributes', attributes,
        'createdAt', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'modifiedAt', to_char(modified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'expiresAt', to_char(expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
    NULL::jsonb, classification, department
FROM held CROSS JOIN changed
ORDER BY place

-- name: delete_entities
DELETE FROM context_entity WHERE tenant_id = %(tenant)s AND id = ANY(%(ids)s)

-- name: expired_entities
SELECT id FROM context_entity
WHERE tenant_id = %(tenant)s AND expires_at <= %(now)s
LIMIT %(limit)s

-- name: classify_entities
-- The history of an entity is as closed as the entity, and stays when that is gone.
WITH past AS (
    UPDATE context_temporalentity
    SET classification = %(classification)s, department = %(department)s
    WHERE tenant_id = %(tenant)s AND types && ARRAY[%(type)s]
        AND (classification, department) IS DISTINCT FROM (%(classification)s, %(department)s)
    RETURNING id)
, present AS (
    UPDATE context_entity
    SET classification = %(classification)s, department = %(department)s
    WHERE tenant_id = %(tenant)s AND types && ARRAY[%(type)s]
        AND (classification, department) IS DISTINCT FROM (%(classification)s, %(department)s)
    RETURNING id)
SELECT id FROM past UNION SELECT id FROM present

-- name: close_histories
UPDATE context_temporalentity past
SET classification = present.classification, department = present.department
FROM context_entity present
WHERE past.tenant_id = %(tenant)s AND past.id = ANY(%(ids)s) AND present.tenant_id = past.tenant_id
    AND present.id = past.id
