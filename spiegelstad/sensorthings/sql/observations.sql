What is asked before and done after observations are written. Moments of one millisecond are told apart by their
microseconds: a second observation of the same moment lies a microsecond later.

-- name: lock_streams
SELECT pg_advisory_xact_lock(hashtext('sensorthings'), (n & 2147483647)::int)
FROM unnest(%(series)s::bigint[]) n ORDER BY n

-- name: streams_for_writing
-- After last_at no moment of the series is taken, nor the name of an observation.
SELECT d.series_id, s.key, s.department, s.classification, d.observation_type, d.feature_id, d.observed_area, l.id,
    f.id, f.bounds, GREATEST(
        (SELECT newest_at FROM mirror_serieslatest k WHERE k.tenant_id = d.tenant_id AND k.series_id = d.series_id),
        (SELECT max(x.observed_at) FROM sensorthings_observationdetail x
            WHERE x.tenant_id = d.tenant_id AND x.series_id = d.series_id),
        (SELECT max(x.named_at) FROM sensorthings_observationdetail x
            WHERE x.tenant_id = d.tenant_id AND x.series_id = d.series_id AND x.named_at IS NOT NULL)
    ) AS last_at
FROM sensorthings_datastream d
JOIN mirror_series s ON s.id = d.series_id
LEFT JOIN LATERAL (
    SELECT location_id AS id FROM sensorthings_thinglocation t WHERE t.thing_id = d.thing_id ORDER BY t.id LIMIT 1
) l ON TRUE
LEFT JOIN LATERAL (
    SELECT o.id, CASE WHEN o.box IS NOT NULL
        THEN ARRAY[(o.box[1])[0], (o.box[1])[1], (o.box[0])[0], (o.box[0])[1]] END AS bounds
    FROM sensorthings_featureofinterest o WHERE o.location_id = l.id ORDER BY o.id LIMIT 1
) f ON TRUE
WHERE d.tenant_id = %(tenant)s AND d.series_id = ANY(%(series)s::bigint[])

-- name: make_feature_of_location
INSERT INTO sensorthings_featureofinterest
    (tenant_id, name, description, encoding_type, feature, box, classification, department, location_id)
SELECT tenant_id, name, description, encoding_type, location, box, classification, department, id
FROM sensorthings_location WHERE id = %(location)s
RETURNING id, CASE WHEN box IS NOT NULL THEN ARRAY[(box[1])[0], (box[1])[1], (box[0])[0], (box[0])[1]] END

-- name: taken_moments
-- What stands in the milliseconds asked, and moments that are only the name of an observation (without its columns).
SELECT w.n, x.at, NULL::float8, NULL::smallint, NULL::timestamptz, NULL::timestamptz, NULL::jsonb, NULL::timestamptz,
    NULL::jsonb, NULL::timestamptz, NULL::timestamptz, NULL::jsonb, NULL::bigint
FROM unnest(%(series)s::bigint[], %(at)s::timestamptz[]) WITH ORDINALITY AS w(series, at, n)
CROSS JOIN LATERAL (
    SELECT named_at AS at FROM sensorthings_observationdetail
    WHERE tenant_id = %(tenant)s AND series_id = w.series
        AND named_at >= w.at AND named_at < w.at + interval '1 millisecond'
    UNION ALL
    SELECT observed_at FROM sensorthings_observationdetail
    WHERE tenant_id = %(tenant)s AND series_id = w.series
        AND observed_at >= w.at AND observed_at < w.at + interval '1 millisecond'
) x
UNION ALL
SELECT w.n, o.observed_at, o.value, o.quality, x.named_at, x.phenomenon_end, x.result, x.result_time,
    x.result_quality, x.valid_from, x.valid_to, x.parameters, x.feature_id
FROM unnest(%(series)s::bigint[], %(at)s::timestamptz[]) WITH ORDINALITY AS w(series, at, n)
JOIN mirror_observation o ON o.tenant_id = %(tenant)s AND o.series_id = w.series
    AND o.observed_at >= w.at AND o.observed_at < w.at + interval '1 millisecond'
    AND o.observed_at >= %(first)s::timestamptz AND o.observed_at < %(last)s::timestamptz + interval '1 millisecond'
LEFT JOIN sensorthings_observationdetail x ON x.tenant_id = o.tenant_id AND x.series_id = o.series_id
    AND x.observed_at = o.observed_at

-- name: keep_details
INSERT INTO sensorthings_observationdetail
    (tenant_id, series_id, observed_at, named_at, phenomenon_end, result, result_time, result_quality, valid_from,
    valid_to, parameters, feature_id)
SELECT %(tenant)s, x.series, x.observed_at, x.named_at, x.phenomenon_end, x.result::jsonb, x.result_time,
    x.result_quality::jsonb, x.valid_from, x.valid_to, x.parameters::jsonb, x.feature_id
FROM jsonb_to_recordset(%(rows)s::jsonb) AS x (
    series bigint, observed_at timestamptz, named_at timestamptz, phenomenon_end timestamptz, result text,
    result_time timestamptz, result_quality text, valid_from timestamptz, valid_to timestamptz, parameters text,
    feature_id bigint
)
ON CONFLICT (tenant_id, series_id, observed_at) DO UPDATE
SET named_at = excluded.named_at, phenomenon_end = excluded.phenomenon_end, result = excluded.result,
    result_time = excluded.result_time, result_quality = excluded.result_quality, valid_from = excluded.valid_from,
    valid_to = excluded.valid_to, parameters = excluded.parameters, feature_id = excluded.feature_id

-- name: forget_details
DELETE FROM sensorthings_observationdetail x
USING unnest(%(series)s::bigint[], %(at)s::timestamptz[]) AS w(series, at)
WHERE x.tenant_id = %(tenant)s AND x.series_id = w.series AND x.observed_at = w.at

-- name: observations_of_feature
SELECT o.series_id, o.observed_at
FROM sensorthings_datastream d
JOIN mirror_observation o ON o.tenant_id = d.tenant_id AND o.series_id = d.series_id
LEFT JOIN sensorthings_observationdetail x ON x.tenant_id = o.tenant_id AND x.series_id = o.series_id
    AND x.observed_at = o.observed_at
WHERE d.tenant_id = %(tenant)s AND COALESCE(x.feature_id, d.feature_id) = %(feature)s
LIMIT 100001

-- name: one_observation
SELECT o.observed_at, o.value, o.quality, x.named_at, x.phenomenon_end, x.result, x.result_time, x.result_quality,
    x.valid_from, x.valid_to, x.parameters, x.feature_id
FROM mirror_observation o
LEFT JOIN sensorthings_observationdetail x ON x.tenant_id = o.tenant_id AND x.series_id = o.series_id
    AND x.observed_at = o.observed_at
WHERE o.tenant_id = %(tenant)s AND o.series_id = %(series)s AND o.observed_at = COALESCE(
    (SELECT n.observed_at FROM sensorthings_observationdetail n
        WHERE n.tenant_id = %(tenant)s AND n.series_id = %(series)s AND n.named_at = %(at)s), %(at)s)
    AND COALESCE(x.named_at, o.observed_at) = %(at)s
