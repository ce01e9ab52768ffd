Values that come one by one with a change of an entity, in that change's transaction.

-- name: record_newest
-- Takes the rows that are newer than all of their series, in one round trip: nothing has to be compared then. The lock
-- comes first, and tells the newest moment as the writer before left it (READ COMMITTED looks again after waiting).
-- The positions of the others come back.
WITH given AS (
    SELECT * FROM unnest(%(series)s::bigint[], %(at)s::timestamptz[], %(value)s::float8[])
        WITH ORDINALITY AS rows (series_id, observed_at, value, number)
), held AS MATERIALIZED (
    SELECT series_id, newest_at, raw_since
    FROM mirror_serieslatest
    WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[])
    ORDER BY series_id
    FOR UPDATE
), new AS MATERIALIZED (
    SELECT given.*,
        CASE WHEN given.value < series.minimum OR given.value > series.maximum THEN 2 ELSE 0 END::smallint AS quality
    FROM given
    JOIN held USING (series_id)
    JOIN mirror_series series ON series.id = given.series_id
    WHERE (held.newest_at IS NULL OR given.observed_at > held.newest_at)
      AND (held.raw_since IS NULL OR given.observed_at >= held.raw_since)
), stored AS (
    INSERT INTO mirror_observation (tenant_id, series_id, observed_at, value, quality)
    SELECT %(tenant)s, series_id, observed_at, value, quality FROM new
), hours AS MATERIALIZED (
    SELECT series_id, date_bin('1 hour', observed_at, 'epoch') AS bucket, count(*) AS count, sum(value) AS sum,
        min(value) AS minimum, max(value) AS maximum
    FROM new WHERE quality <> 2
    GROUP BY 1, 2
), hourly AS (
    INSERT INTO mirror_hourly AS known (tenant_id, series_id, bucket, count, sum, minimum, maximum)
    SELECT %(tenant)s, series_id, bucket, count, sum, minimum, maximum FROM hours
    ON CONFLICT (tenant_id, series_id, bucket) DO UPDATE
    SET count = known.count + excluded.count, sum = known.sum + excluded.sum,
        minimum = least(known.minimum, excluded.minimum), maximum = greatest(known.maximum, excluded.maximum)
), daily AS (
    INSERT INTO mirror_daily AS known (tenant_id, series_id, bucket, count, sum, minimum, maximum)
    SELECT %(tenant)s, series_id, (bucket AT TIME ZONE 'Europe/Brussels')::date, sum(count), sum(sum), min(minimum),
        max(maximum)
    FROM hours
    GROUP BY 2, 3
    ON CONFLICT (tenant_id, series_id, bucket) DO UPDATE
    SET count = known.count + excluded.count, sum = known.sum + excluded.sum,
        minimum = least(known.minimum, excluded.minimum), maximum = greatest(known.maximum, excluded.maximum)
), latest AS (
    UPDATE mirror_serieslatest known
    SET newest_at = newest.newest_at, received_at = %(now)s,
        observed_at = CASE WHEN newest.counts THEN newest.observed_at ELSE known.observed_at END,
        value = CASE WHEN newest.counts THEN newest.value ELSE known.value END,
        quality = CASE WHEN newest.counts THEN newest.quality ELSE known.quality END,
        revision = known.revision + 1
    FROM (
        SELECT DISTINCT ON (series_id) series_id, observed_at, value, quality, quality <> 2 AS counts,
            max(observed_at) OVER (PARTITION BY series_id) AS newest_at
        FROM new
        ORDER BY series_id, quality = 2, observed_at DESC
    ) newest
    WHERE known.tenant_id = %(tenant)s AND known.series_id = newest.series_id
), told AS (
    INSERT INTO mirror_news (tenant_id, number, stored_at, series, moments)
    SELECT %(tenant)s, nextval('mirror_news_number'), %(now)s, series, moments
    FROM (
        SELECT array_agg(series_id ORDER BY number) AS series, array_agg(observed_at ORDER BY number) AS moments
        FROM new WHERE %(tells)s::boolean
    ) all_new
    WHERE series IS NOT NULL
)
SELECT number - 1 FROM given WHERE number NOT IN (SELECT number FROM new) ORDER BY number

-- name: delete_moments
DELETE FROM mirror_observation
WHERE tenant_id = %(tenant)s AND series_id = %(series)s AND observed_at = ANY(%(at)s)
RETURNING (extract(epoch FROM date_bin('1 hour', observed_at, 'epoch')) * 1000000)::bigint

-- name: forget_observations
WITH observations AS (
    DELETE FROM mirror_observation WHERE tenant_id = %(tenant)s AND series_id = %(series)s
), hours AS (
    DELETE FROM mirror_hourly WHERE tenant_id = %(tenant)s AND series_id = %(series)s
), days AS (
    DELETE FROM mirror_daily WHERE tenant_id = %(tenant)s AND series_id = %(series)s
)
UPDATE mirror_serieslatest
SET newest_at = NULL, observed_at = NULL, value = NULL, quality = NULL, received_at = NULL, revision = revision + 1
WHERE tenant_id = %(tenant)s AND series_id = %(series)s
