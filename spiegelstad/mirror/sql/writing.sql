Writing observations. Every statement runs with the rows of its series in mirror_serieslatest locked, so between two
statements nobody else changes their observations, rollups or latest values. The bounds first_at and last_at are
there for the planner: they leave only the months that the batch touches.

-- name: lock_series
SELECT series_id,
       (extract(epoch FROM newest_at) * 1000000)::bigint,
       (extract(epoch FROM raw_since) * 1000000)::bigint
FROM mirror_serieslatest
WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s)
ORDER BY series_id
FOR UPDATE

-- name: ranges_with_rows
-- LATERAL with LIMIT keeps one short index search per range; EXISTS may become a hash join over whole months.
SELECT asked.number
FROM unnest(%(series)s, %(first)s, %(last)s) WITH ORDINALITY AS asked (series_id, first_at, last_at, number)
CROSS JOIN LATERAL (
    SELECT 1
    FROM mirror_observation o
    WHERE o.tenant_id = %(tenant)s AND o.series_id = asked.series_id
      AND o.observed_at BETWEEN asked.first_at AND asked.last_at
      AND o.observed_at BETWEEN %(first_at)s AND %(last_at)s
    LIMIT 1
) found

-- name: rows_that_exist
SELECT given.number, o.value <> given.value OR o.quality <> given.quality
FROM unnest(%(series)s, %(at)s, %(value)s, %(quality)s)
    WITH ORDINALITY AS given (series_id, observed_at, value, quality, number)
JOIN mirror_observation o
    ON o.tenant_id = %(tenant)s AND o.series_id = given.series_id AND o.observed_at = given.observed_at
WHERE o.observed_at BETWEEN %(first_at)s AND %(last_at)s

-- name: copy_observations
COPY mirror_observation (tenant_id, series_id, observed_at, value, quality) FROM STDIN (FORMAT binary)

-- name: correct_observations
UPDATE mirror_observation o
SET value = given.value, quality = given.quality
FROM unnest(%(series)s, %(at)s, %(value)s, %(quality)s) AS given (series_id, observed_at, value, quality)
WHERE o.tenant_id = %(tenant)s AND o.series_id = given.series_id AND o.observed_at = given.observed_at
  AND o.observed_at BETWEEN %(first_at)s AND %(last_at)s

-- name: delete_observations
WITH gone AS (
    DELETE FROM mirror_observation
    WHERE tenant_id = %(tenant)s AND series_id = %(series)s
      AND observed_at >= %(from)s AND observed_at < %(to)s
    RETURNING observed_at
)
SELECT (extract(epoch FROM date_bin('1 hour', observed_at, 'epoch')) * 1000000)::bigint, count(*)
FROM gone
GROUP BY 1

-- name: advance_latest
-- `newest_at` is the newest row of each series; the rest the newest that counts (quality bad: there is none).
UPDATE mirror_serieslatest l
SET newest_at = greatest(l.newest_at, given.newest_at),
    received_at = CASE WHEN given.newest_at <= l.newest_at THEN l.received_at ELSE %(now)s END,
    observed_at = CASE WHEN given.counts THEN given.observed_at ELSE l.observed_at END,
    value = CASE WHEN given.counts THEN given.value ELSE l.value END,
    quality = CASE WHEN given.counts THEN given.quality ELSE l.quality END,
    revision = l.revision + 1
FROM (
    SELECT new.*, new.quality <> 2 AND (old.observed_at IS NULL OR new.observed_at >= old.observed_at) AS counts
    FROM unnest(%(series)s, %(newest)s, %(at)s, %(value)s, %(quality)s)
        AS new (series_id, newest_at, observed_at, value, quality)
    JOIN mirror_serieslatest old ON old.tenant_id = %(tenant)s AND old.series_id = new.series_id
) given
WHERE l.tenant_id = %(tenant)s AND l.series_id = given.series_id
  AND (given.counts OR l.newest_at IS NULL OR given.newest_at > l.newest_at)

-- name: latest_among
SELECT l.series_id
FROM mirror_serieslatest l
JOIN unnest(%(series)s, %(at)s) AS given (series_id, observed_at)
    ON l.series_id = given.series_id AND l.observed_at = given.observed_at
WHERE l.tenant_id = %(tenant)s

-- name: find_latest_again
-- After the latest value was deleted or turned bad: search back for the newest that counts.
UPDATE mirror_serieslatest l
SET newest_at = found.newest_at, observed_at = found.observed_at, value = found.value, quality = found.quality,
    revision = l.revision + 1
FROM (
    SELECT asked.series_id, newest.observed_at AS newest_at, counting.observed_at, counting.value, counting.quality
    FROM unnest(%(series)s) AS asked (series_id)
    LEFT JOIN LATERAL (
        SELECT observed_at FROM mirror_observation o
        WHERE o.tenant_id = %(tenant)s AND o.series_id = asked.series_id
        ORDER BY observed_at DESC LIMIT 1
    ) newest ON true
    LEFT JOIN LATERAL (
        SELECT observed_at, value, quality FROM mirror_observation o
        WHERE o.tenant_id = %(tenant)s AND o.series_id = asked.series_id AND quality <> 2
        ORDER BY observed_at DESC LIMIT 1
    ) counting ON true
) found
WHERE l.tenant_id = %(tenant)s AND l.series_id = found.series_id
