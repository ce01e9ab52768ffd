What is asked before and done after observations are written. Moments of one millisecond are told apart by their
microseconds: a second observation of the same moment lies a microsecond later.

-- name: streams_for_writing
SELECT d.series_id, s.key, s.department, s.classification, d.observation_type, d.feature_id, l.id, f.id
FROM sensorthings_datastream d
JOIN mirror_series s ON s.id = d.series_id
LEFT JOIN LATERAL (
    SELECT location_id AS id FROM sensorthings_thinglocation t WHERE t.thing_id = d.thing_id ORDER BY t.id LIMIT 1
) l ON TRUE
LEFT JOIN LATERAL (
    SELECT o.id FROM sensorthings_featureofinterest o WHERE o.location_id = l.id ORDER BY o.id LIMIT 1
) f ON TRUE
WHERE d.tenant_id = %(tenant)s AND d.series_id = ANY(%(series)s)

-- name: lock_streams
SELECT pg_advisory_xact_lock(hashtext('sensorthings'), n::int) FROM unnest(%(series)s::bigint[]) n ORDER BY n

-- name: make_feature_of_location
INSERT INTO sensorthings_featureofinterest
    (tenant_id, name, description, encoding_type, feature, box, classification, department, location_id)
SELECT tenant_id, name, description, encoding_type, location, box, classification, department, id
FROM sensorthings_location WHERE id = %(location)s
RETURNING id

-- name: taken_moments
SELECT w.n, o.observed_at, o.value, o.quality, x.named_at, x.phenomenon_end, x.result, x.result_time,
    x.result_quality, x.valid_from, x.valid_to, x.parameters, x.feature_id
FROM unnest(%(series)s::bigint[], %(at)s::timestamptz[]) WITH ORDINALITY AS w(series, at, n)
JOIN mirror_observation o ON o.tenant_id = %(tenant)s AND o.series_id = w.series
    AND o.observed_at >= w.at AND o.observed_at < w.at + interval '1 millisecond'
    AND o.observed_at >= %(first)s AND o.observed_at < %(last)s::timestamptz + interval '1 millisecond'
LEFT JOIN sensorthings_observationdetail x ON x.tenant_id = o.tenant_id AND x.series_id = o.series_id
    AND x.observed_at = o.observed_at

-- name: named_moments
SELECT w.n, m.at
FROM unnest(%(series)s::bigint[], %(at)s::timestamptz[]) WITH ORDINALITY AS w(series, at, n)
JOIN LATERAL (
    SELECT x.named_at AS at FROM sensorthings_observationdetail x
    WHERE x.tenant_id = %(tenant)s AND x.series_id = w.series
        AND x.named_at >= w.at AND x.named_at < w.at + interval '1 millisecond'
    UNION ALL
    SELECT x.observed_at FROM sensorthings_observationdetail x
    WHERE x.tenant_id = %(tenant)s AND x.series_id = w.series
        AND x.observed_at >= w.at AND x.observed_at < w.at + interval '1 millisecond'
) m ON TRUE

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
