The event log. Its readers follow `sequence` and skip nothing, although transactions end in another order than they draw
their numbers in: whoever appends holds a shared advisory lock from before the first number to the end of the
transaction. A reader notes the last number drawn, then who holds the lock; once those have ended, all that there will
ever be up to that number can be seen. Changes of one entity are in the order in which they were made, for a number is
drawn while the entity's row is locked. (By transaction ids it would not be so: an old transaction may take a row later
than a young one. And any long transaction of another kind would hold readers up.)

-- name: append_events
-- The classification is that of the entity's row, which stands there until after this statement; so does its state
-- where that is `kept`, and is not sent and read a second time.
WITH held AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%(lock)s) AS lock)
INSERT INTO context_contextevent (
    tenant_id, sequence, transaction, at, entity_id, kind, changes, after, before, classification, department)
SELECT %(tenant)s, nextval('context_event_sequence'), pg_current_xact_id()::text::bigint, %(at)s, given.entity_id,
    given.kind, given.changes, CASE WHEN NOT given.kept THEN given.after ELSE jsonb_build_object(
        'id', entity.id, 'types', entity.types, 'scopes', entity.scopes, 'attributes', entity.attributes,
        'createdAt', to_char(entity.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'modifiedAt', to_char(entity.modified_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'expiresAt', to_char(entity.expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) END,
    given.before, coalesce(entity.classification, 'public'), coalesce(entity.department, '')
FROM held
CROSS JOIN ROWS FROM (jsonb_to_recordset(%(rows)s::jsonb)
    AS (entity_id text, kind text, changes jsonb, kept boolean, after jsonb, before jsonb))
    WITH ORDINALITY AS given (entity_id, kind, changes, kept, after, before, place)
LEFT JOIN context_entity entity ON entity.tenant_id = %(tenant)s AND entity.id = given.entity_id
ORDER BY given.place

-- name: last_number
SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM context_event_sequence

-- name: appending
SELECT virtualtransaction
FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid = 0 AND objid = %(lock)s AND objsubid = 1 AND granted AND pid <> pg_backend_pid()

-- name: read_events
SELECT sequence, transaction, at, tenant_id, entity_id, kind, changes::text, after::text, before::text, classification,
    department
FROM context_contextevent
WHERE sequence > %(after)s AND sequence <= %(until)s
ORDER BY sequence
LIMIT %(limit)s

-- name: move_consumer
INSERT INTO context_eventconsumer (name, sequence, moved_at)
VALUES (%(name)s, %(sequence)s, %(at)s)
ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence, moved_at = excluded.moved_at

-- name: forget_events
-- In pieces, oldest first. What a consumer has not dealt with stays, however old.
DELETE FROM context_contextevent
WHERE tenant_id = %(tenant)s AND sequence IN (
    SELECT sequence
    FROM context_contextevent
    WHERE tenant_id = %(tenant)s AND at < %(before)s
      AND sequence <= coalesce((SELECT min(sequence) FROM context_eventconsumer), 0)
    ORDER BY sequence
    LIMIT %(limit)s
)

-- name: settled_entities
SELECT id, jsonb_build_object(
    'id', id, 'types', types, 'scopes', scopes, 'attributes', attributes,
    'createdAt', to_char(created_at AT TIME ZONE 'UTC', %(form)s),
    'modifiedAt', to_char(modified_at AT TIME ZONE 'UTC', %(form)s),
    'expiresAt', to_char(expires_at AT TIME ZONE 'UTC', %(form)s))::text
FROM context_entity entity
WHERE tenant_id = %(tenant)s AND types @> ARRAY[%(type)s] AND classification = 'public' AND id > %(last)s
  AND (expires_at IS NULL OR expires_at > now())
  AND NOT EXISTS (
    SELECT FROM context_contextevent event
    WHERE event.tenant_id = %(tenant)s AND event.sequence > %(after)s AND event.entity_id = entity.id)
ORDER BY id
LIMIT %(limit)s

-- name: closed_entities
-- Which of these are there and not open to all.
SELECT id FROM context_entity WHERE tenant_id = %(tenant)s AND classification <> 'public' ORDER BY id

-- name: open_types
-- The types of which there is an open entity.
SELECT DISTINCT unnest(types) FROM context_entity WHERE tenant_id = %(tenant)s AND classification = 'public'

-- name: replay
-- The present as the log tells it (the last event of each entity), beside the present as it is kept. An entity whose
-- events are older than the log says nothing; one that the log says is there and is not, or the other way round, does.
WITH told AS (
    SELECT DISTINCT ON (entity_id) entity_id, kind, after
    FROM context_contextevent
    WHERE tenant_id = %(tenant)s
    ORDER BY entity_id, sequence DESC
),
kept AS (
    SELECT id, jsonb_build_object(
        'id', id, 'types', types, 'scopes', scopes, 'attributes', attributes,
        'createdAt', to_char(created_at AT TIME ZONE 'UTC', %(form)s),
        'modifiedAt', to_char(modified_at AT TIME ZONE 'UTC', %(form)s),
        'expiresAt', to_char(expires_at AT TIME ZONE 'UTC', %(form)s)) AS document
    FROM context_entity
    WHERE tenant_id = %(tenant)s
)
SELECT counted.told, counted.older, different.entity_id, different.difference
FROM (
    SELECT count(told.entity_id) AS told, count(*) FILTER (WHERE told.entity_id IS NULL) AS older
    FROM told FULL JOIN kept ON kept.id = told.entity_id
) counted
LEFT JOIN (
    SELECT told.entity_id,
        CASE WHEN told.after IS NULL THEN 'the log says that it was deleted, and it is there'
            WHEN kept.id IS NULL THEN 'the log says that it is there, and it is not'
            ELSE 'the log tells another state' END AS difference
    FROM told LEFT JOIN kept ON kept.id = told.entity_id
    WHERE told.after IS DISTINCT FROM kept.document
) different ON true
ORDER BY different.entity_id
