Rollups. New values are added; where a value was corrected or removed its hour is counted again from the raw rows, and
its day again from the hours.

-- name: add_hours
INSERT INTO mirror_hourly AS known (tenant_id, series_id, bucket, count, sum, minimum, maximum)
SELECT %(tenant)s::varchar, * FROM unnest(%(series)s, %(bucket)s, %(count)s, %(sum)s, %(minimum)s, %(maximum)s)
ON CONFLICT (tenant_id, series_id, bucket) DO UPDATE
SET count = known.count + excluded.count,
    sum = known.sum + excluded.sum,
    minimum = least(known.minimum, excluded.minimum),
    maximum = greatest(known.maximum, excluded.maximum)

-- name: add_days
INSERT INTO mirror_daily AS known (tenant_id, series_id, bucket, count, sum, minimum, maximum)
SELECT %(tenant)s::varchar, * FROM unnest(%(series)s, %(bucket)s, %(count)s, %(sum)s, %(minimum)s, %(maximum)s)
ON CONFLICT (tenant_id, series_id, bucket) DO UPDATE
SET count = known.count + excluded.count,
    sum = known.sum + excluded.sum,
    minimum = least(known.minimum, excluded.minimum),
    maximum = greatest(known.maximum, excluded.maximum)

-- name: forget_hours
DELETE FROM mirror_hourly
USING unnest(%(series)s, %(bucket)s) AS asked (series_id, bucket)
WHERE tenant_id = %(tenant)s AND mirror_hourly.series_id = asked.series_id AND mirror_hourly.bucket = asked.bucket

-- name: count_hours_again
INSERT INTO mirror_hourly (tenant_id, series_id, bucket, count, sum, minimum, maximum)
SELECT %(tenant)s::varchar, asked.series_id, asked.bucket, counted.*
FROM unnest(%(series)s, %(bucket)s) AS asked (series_id, bucket)
CROSS JOIN LATERAL (
    SELECT count(*), sum(value), min(value), max(value)
    FROM mirror_observation o
    WHERE o.tenant_id = %(tenant)s AND o.series_id = asked.series_id AND o.quality <> 2
      AND o.observed_at >= asked.bucket AND o.observed_at < asked.bucket + interval '1 hour'
      AND o.observed_at >= %(first_at)s AND o.observed_at < %(last_at)s
    HAVING count(*) > 0
) counted

-- name: forget_days
DELETE FROM mirror_daily
USING unnest(%(series)s, %(bucket)s) AS asked (series_id, bucket)
WHERE tenant_id = %(tenant)s AND mirror_daily.series_id = asked.series_id AND mirror_daily.bucket = asked.bucket

-- name: count_days_again
INSERT INTO mirror_daily (tenant_id, series_id, bucket, count, sum, minimum, maximum)
SELECT %(tenant)s::varchar, asked.series_id, asked.bucket, counted.*
FROM unnest(%(series)s, %(bucket)s, %(first)s, %(last)s) AS asked (series_id, bucket, first_at, last_at)
CROSS JOIN LATERAL (
    SELECT sum(count), sum(sum), min(minimum), max(maximum)
    FROM mirror_hourly h
    WHERE h.tenant_id = %(tenant)s AND h.series_id = asked.series_id
      AND h.bucket >= asked.first_at AND h.bucket < asked.last_at
    HAVING count(*) > 0
) counted
