Reading histories. `series` are ids that the policy has let through already. Rollups come as one array per column, raw
rows by binary COPY (they may be too many for an array): in both, a column becomes a numpy array without a Python
object per value. The order makes the result the same every time.

-- name: read_hours
SELECT array_agg(series_id), array_agg(bucket), array_agg(count), array_agg(sum), array_agg(minimum), array_agg(maximum)
FROM (
    SELECT series_id, bucket, count, sum, minimum, maximum
    FROM mirror_hourly
    WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s) AND bucket >= %(from)s AND bucket < %(to)s
    ORDER BY series_id, bucket
) ordered

-- name: read_days
SELECT array_agg(series_id), array_agg(bucket), array_agg(count), array_agg(sum), array_agg(minimum), array_agg(maximum)
FROM (
    SELECT series_id, bucket, count, sum, minimum, maximum
    FROM mirror_daily
    WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s) AND bucket >= %(from)s AND bucket < %(to)s
    ORDER BY series_id, bucket
) ordered

-- name: read_raw
COPY (
    SELECT series_id, observed_at, value, quality
    FROM mirror_observation
    WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s)
      AND observed_at >= %(from)s AND observed_at < %(to)s
    ORDER BY series_id, observed_at
) TO STDOUT (FORMAT binary)
