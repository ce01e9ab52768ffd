Subscriptions at work, and the notifications that wait for their receivers.

-- name: oldest_running
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint

-- name: changed_subscriptions
-- Those written by transactions that had not ended when this was asked before; the counters don't move `transaction`.
SELECT id, transaction FROM context_subscription WHERE transaction >= %(since)s AND about = 'entities'

-- name: known_subscriptions
SELECT id FROM context_subscription

-- name: queue_notifications
-- In the order given. A subscription that ended meanwhile gets none. Where changes are held back (throttling), what
-- waits of the same entities is overtaken, so that a long pause keeps one state of each.
WITH given AS (
    SELECT (item->>'subscription')::bigint AS subscription_id, item->>'uri' AS uri,
        ARRAY(SELECT jsonb_array_elements_text(item->'entities')) AS entities, item->>'data' AS data,
        (item->>'replaces')::boolean AS replaces, coalesce(item->>'trigger', '') AS trigger, place
    FROM jsonb_array_elements(%(rows)s::jsonb) WITH ORDINALITY AS rows (item, place)
),
there AS (
    SELECT id, tenant_id FROM context_subscription
    WHERE id IN (SELECT subscription_id FROM given) AND is_active
    FOR KEY SHARE
),
overtaken AS (
    DELETE FROM context_notification waiting
    USING given
    WHERE given.replaces AND waiting.subscription_id = given.subscription_id AND waiting.dead_at IS NULL
      AND waiting.entities <@ given.entities
)
INSERT INTO context_notification (
    tenant_id, subscription_id, uri, entities, data, trigger, made_at, attempts, last_error)
SELECT there.tenant_id, given.subscription_id, given.uri, given.entities, given.data, given.trigger, %(at)s, 0, ''
FROM given JOIN there ON there.id = given.subscription_id
ORDER BY given.place
RETURNING subscription_id

-- name: due_timed
SELECT id FROM context_subscription
WHERE next_at <= %(now)s AND is_active AND (expires_at IS NULL OR expires_at > %(now)s)
ORDER BY next_at
LIMIT 100

-- name: lanes_due
-- Which subscriptions have something waiting that may be tried now: one step in the index for each of them.
WITH RECURSIVE waiting AS (
    (SELECT subscription_id FROM context_notification WHERE dead_at IS NULL ORDER BY subscription_id LIMIT 1)
    UNION ALL
    SELECT (SELECT later.subscription_id FROM context_notification later
        WHERE later.dead_at IS NULL AND later.subscription_id > waiting.subscription_id
        ORDER BY later.subscription_id LIMIT 1)
    FROM waiting
    WHERE waiting.subscription_id IS NOT NULL
)
SELECT subscription.id
FROM waiting JOIN context_subscription subscription ON subscription.id = waiting.subscription_id
WHERE (retry_at IS NULL OR retry_at <= %(now)s)
  AND (last_notification_at IS NULL OR failures > 0 OR last_notification_at
       + make_interval(secs => coalesce((document->>'throttling')::float8, 0)) <= %(now)s)

-- name: lane
SELECT tenant_id, uri, document, context, tenant_named, is_active, expires_at, last_notification_at, failures, retry_at
FROM context_subscription
WHERE id = %(id)s

-- name: waiting
SELECT id, uri, entities, data, trigger, made_at, attempts
FROM context_notification
WHERE subscription_id = %(id)s AND dead_at IS NULL
ORDER BY id
LIMIT %(limit)s

-- name: delivered
WITH gone AS (DELETE FROM context_notification WHERE id = ANY(%(ids)s))
UPDATE context_subscription
SET times_sent = times_sent + 1, last_notification_at = %(at)s, last_success_at = %(at)s, last_error = '', failures = 0,
    retry_at = NULL
WHERE id = %(id)s

-- name: failed
WITH tried AS (
    UPDATE context_notification
    SET attempts = attempts + 1, last_error = %(error)s, dead_at = CASE WHEN %(is_dead)s THEN %(at)s::timestamptz END
    WHERE id = ANY(%(ids)s)
       OR (subscription_id = %(id)s AND dead_at IS NULL AND made_at < %(given_up_before)s::timestamptz)
)
UPDATE context_subscription
SET times_sent = times_sent + 1, times_failed = times_failed + 1, last_notification_at = %(at)s,
    last_failure_at = %(at)s, last_error = %(error)s, failures = failures + 1, retry_at = %(retry_at)s
WHERE id = %(id)s

-- name: drop_waiting
DELETE FROM context_notification WHERE subscription_id = %(id)s AND dead_at IS NULL

-- name: forget_dead
DELETE FROM context_notification WHERE tenant_id = %(tenant)s AND dead_at < %(before)s

-- name: count_notifications
SELECT count(*) FILTER (WHERE dead_at IS NULL), count(*) FILTER (WHERE dead_at IS NOT NULL) FROM context_notification
