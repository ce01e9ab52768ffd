Retention of raw rows. What is to go is written in mirror_serieslatest.raw_since; the removal follows it, and can be
broken off and taken up again.

-- name: close_raw
UPDATE mirror_serieslatest
SET raw_since = %(before)s
WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s) AND (raw_since IS NULL OR raw_since < %(before)s)

-- name: month_has_rows_to_keep
-- One short index search per series of any city.
SELECT EXISTS (
    SELECT 1
    FROM mirror_serieslatest l
    CROSS JOIN LATERAL (
        SELECT 1
        FROM mirror_observation o
        WHERE o.tenant_id = l.tenant_id AND o.series_id = l.series_id
          AND o.observed_at >= greatest(l.raw_since, %(from)s::timestamptz) AND o.observed_at < %(to)s::timestamptz
        LIMIT 1
    ) kept
    WHERE l.raw_since IS NULL OR l.raw_since < %(to)s::timestamptz
)

-- name: remove_rows_of_month
DELETE FROM mirror_observation o
USING mirror_serieslatest l
WHERE o.tenant_id = %(tenant)s AND l.tenant_id = %(tenant)s AND l.series_id = o.series_id
  AND o.observed_at < l.raw_since
  AND o.observed_at >= %(from)s AND o.observed_at < %(to)s
