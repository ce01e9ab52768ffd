The observations of attributes of entities, one history per series: bad ones don't count and are left out. `series` are
ids that the policy has let through.

-- name: observed_first
-- The oldest rows of each series. LATERAL with LIMIT reads only those from the index.
SELECT asked.series_id, found.observed_at, found.value
FROM unnest(%(series)s::bigint[]) AS asked (series_id)
CROSS JOIN LATERAL (
    SELECT observed_at, value FROM mirror_observation o
    WHERE o.tenant_id = %(tenant)s AND o.series_id = asked.series_id AND o.quality <> 2
      AND o.observed_at >= %(from)s AND o.observed_at < %(to)s
    ORDER BY observed_at LIMIT %(limit)s
) found

-- name: observed_last
SELECT asked.series_id, found.observed_at, found.value
FROM unnest(%(series)s::bigint[]) AS asked (series_id)
CROSS JOIN LATERAL (
    SELECT observed_at, value FROM mirror_observation o
    WHERE o.tenant_id = %(tenant)s AND o.series_id = asked.series_id AND o.quality <> 2
      AND o.observed_at >= %(from)s AND o.observed_at < %(to)s
    ORDER BY observed_at DESC LIMIT %(limit)s
) found

-- name: observed_at_moments
SELECT given.series_id, o.observed_at, o.value
FROM unnest(%(series)s::bigint[], %(at)s::timestamptz[]) AS given (series_id, observed_at)
JOIN mirror_observation o
    ON o.tenant_id = %(tenant)s AND o.series_id = given.series_id AND o.observed_at = given.observed_at
WHERE o.quality <> 2 AND o.observed_at BETWEEN %(first_at)s AND %(last_at)s

-- name: observed_in
-- The order makes it one short index search: without it a month of few series would be read through, for each of the
-- series that are not in it.
SELECT asked.series_id
FROM unnest(%(series)s::bigint[]) AS asked (series_id)
CROSS JOIN LATERAL (
    SELECT FROM mirror_observation o
    WHERE o.tenant_id = %(tenant)s AND o.series_id = asked.series_id AND o.quality <> 2
      AND o.observed_at >= %(from)s AND o.observed_at < %(to)s
    ORDER BY o.observed_at LIMIT 1
) found

-- name: aggregate_raw
-- The period of a moment is named by its beginning.
SELECT series_id,
    CASE WHEN %(bounds)s::timestamptz[] IS NULL THEN date_bin(%(step)s::interval, observed_at, %(anchor)s)
         ELSE (%(bounds)s::timestamptz[])[width_bucket(observed_at, %(bounds)s::timestamptz[])] END AS period,
    count(*), sum(value), min(value), max(value), count(DISTINCT value), coalesce(stddev_samp(value), 0),
    sum(value * value)
FROM mirror_observation
WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[]) AND quality <> 2
  AND observed_at >= %(from)s AND observed_at < %(to)s
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT %(limit)s

-- name: aggregate_each_hour
SELECT series_id, bucket, count::bigint, sum, minimum, maximum
FROM mirror_hourly
WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[]) AND bucket >= %(first)s AND bucket < %(last)s
ORDER BY 1, 2
LIMIT %(limit)s

-- name: aggregate_hours
-- Every period begins on the hour, and so do the range and what comes after it.
SELECT series_id,
    CASE WHEN %(bounds)s::timestamptz[] IS NULL THEN date_bin(%(step)s::interval, bucket, %(anchor)s)
         ELSE (%(bounds)s::timestamptz[])[width_bucket(bucket, %(bounds)s::timestamptz[])] END AS period,
    sum(count)::bigint, sum(sum), min(minimum), max(maximum)
FROM mirror_hourly
WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[]) AND bucket >= %(first)s AND bucket < %(last)s
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT %(limit)s

-- name: aggregate_hours_with_ends
-- Whole hours from the rollup and the rest of the first and last hour from the raw rows. Every period begins on the hour.
SELECT series_id,
    CASE WHEN %(bounds)s::timestamptz[] IS NULL THEN date_bin(%(step)s::interval, at, %(anchor)s)
         ELSE (%(bounds)s::timestamptz[])[width_bucket(at, %(bounds)s::timestamptz[])] END AS period,
    sum(count)::bigint, sum(sum), min(minimum), max(maximum)
FROM (
    SELECT series_id, bucket AS at, count, sum, minimum, maximum
    FROM mirror_hourly
    WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[])
      AND bucket >= %(first)s AND bucket < %(last)s
    UNION ALL
    SELECT series_id, observed_at, 1, value, value, value
    FROM mirror_observation
    WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[]) AND quality <> 2
      AND observed_at >= %(from)s AND observed_at < least(%(first)s, %(to)s)
    UNION ALL
    SELECT series_id, observed_at, 1, value, value, value
    FROM mirror_observation
    WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[]) AND quality <> 2
      AND observed_at >= greatest(%(last)s, %(first)s, %(from)s) AND observed_at < %(to)s
) parts
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT %(limit)s

-- name: aggregate_days
-- Every period begins at midnight in Brussels, and so do the range and what comes after it.
SELECT series_id,
    CASE WHEN %(bounds)s::timestamptz[] IS NULL THEN date_bin(%(step)s::interval, at, %(anchor)s)
         ELSE (%(bounds)s::timestamptz[])[width_bucket(at, %(bounds)s::timestamptz[])] END AS period,
    sum(count)::bigint, sum(sum), min(minimum), max(maximum)
FROM (
    SELECT series_id, bucket::timestamp AT TIME ZONE 'Europe/Brussels' AS at, count, sum, minimum, maximum
    FROM mirror_daily
    WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[])
      AND bucket >= (%(from)s AT TIME ZONE 'Europe/Brussels')::date
      AND bucket < (%(to)s AT TIME ZONE 'Europe/Brussels')::date
) parts
GROUP BY 1, 2
ORDER BY 1, 2
LIMIT %(limit)s
