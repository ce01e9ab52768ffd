Proof: everything derived, recomputed from the raw rows of one series and compared. Rollups of a time whose raw rows
retention has removed are outside of it. A sum may differ in its last digits, because values were added in another order.

-- name: wrong_hours
WITH recomputed AS (
    SELECT date_bin('1 hour', observed_at, 'epoch') AS bucket, count(*), sum(value), min(value), max(value)
    FROM mirror_observation
    WHERE tenant_id = %(tenant)s AND series_id = %(series)s AND quality <> 2
      AND observed_at >= coalesce(%(raw_since)s::timestamptz, '-infinity')
    GROUP BY 1
), known AS (
    SELECT bucket, count, sum, minimum, maximum
    FROM mirror_hourly
    WHERE tenant_id = %(tenant)s AND series_id = %(series)s
      AND bucket >= coalesce(%(raw_since)s::timestamptz, '-infinity')
)
SELECT bucket::text
FROM recomputed FULL JOIN known USING (bucket)
WHERE (recomputed.count, recomputed.min, recomputed.max) IS DISTINCT FROM (known.count, known.minimum, known.maximum)
   OR abs(recomputed.sum - known.sum)
      > 1e-12 * known.count * greatest(abs(known.minimum), abs(known.maximum), 1e-290)
ORDER BY 1

-- name: wrong_days
WITH recomputed AS (
    SELECT (observed_at AT TIME ZONE 'Europe/Brussels')::date AS bucket,
           count(*), sum(value), min(value), max(value)
    FROM mirror_observation
    WHERE tenant_id = %(tenant)s AND series_id = %(series)s AND quality <> 2
      AND observed_at >= coalesce(%(raw_since)s::timestamptz, '-infinity')
    GROUP BY 1
), known AS (
    SELECT bucket, count, sum, minimum, maximum
    FROM mirror_daily
    WHERE tenant_id = %(tenant)s AND series_id = %(series)s
      AND (%(raw_since)s::timestamptz IS NULL
           OR bucket >= (%(raw_since)s::timestamptz AT TIME ZONE 'Europe/Brussels')::date)
)
SELECT bucket::text
FROM recomputed FULL JOIN known USING (bucket)
WHERE (recomputed.count, recomputed.min, recomputed.max) IS DISTINCT FROM (known.count, known.minimum, known.maximum)
   OR abs(recomputed.sum - known.sum)
      > 1e-12 * known.count * greatest(abs(known.minimum), abs(known.maximum), 1e-290)
ORDER BY 1

-- name: latest_is_wrong
-- Where retention left no counting raw row, the latest value can be older than every row, and is left alone.
SELECT (l.observed_at, l.value, l.quality) IS DISTINCT FROM (counting.observed_at, counting.value, counting.quality)
       AND (counting.observed_at IS NOT NULL OR l.raw_since IS NULL OR l.observed_at >= l.raw_since)
    OR l.newest_at IS DISTINCT FROM newest.observed_at AND (newest.observed_at IS NOT NULL OR l.raw_since IS NULL)
FROM mirror_serieslatest l
LEFT JOIN LATERAL (
    SELECT observed_at FROM mirror_observation
    WHERE tenant_id = %(tenant)s AND series_id = %(series)s
    ORDER BY observed_at DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    SELECT observed_at, value, quality FROM mirror_observation
    WHERE tenant_id = %(tenant)s AND series_id = %(series)s AND quality <> 2
    ORDER BY observed_at DESC LIMIT 1
) counting ON true
WHERE l.tenant_id = %(tenant)s AND l.series_id = %(series)s
