Reading the history of attributes: instances that are rows, and when observations were recorded. Which entities may be
read has been decided before.

-- name: read_instances
-- The first or last of each attribute in the order of the time asked; where no time is asked all of them, and those
-- without that time by when they were modified. Of what stands until it changes (the scope, or nothing) also the one
-- that stood already when the time began. OFFSET 0 keeps `at` from being worked out anew wherever it is named.
SELECT entity_id, attribute, at, instance_id, created_at, modified_at, instance::text
FROM (
    SELECT *, row_number() OVER (
        PARTITION BY entity_id, attribute, stood
        ORDER BY CASE WHEN NOT (%(newest)s OR stood) THEN at END, CASE WHEN %(newest)s OR stood THEN at END DESC,
            instance_id) AS place
    FROM (
        SELECT *, at <= %(from)s AND attribute = %(standing)s AS stood
        FROM (
            SELECT *, coalesce(
                CASE %(property)s WHEN 'observedAt' THEN observed_at WHEN 'createdAt' THEN created_at
                    WHEN 'modifiedAt' THEN modified_at ELSE deleted_at END,
                CASE WHEN %(all)s THEN modified_at END) AS at
            FROM context_attributeinstance
            WHERE tenant_id = %(tenant)s AND entity_id = ANY(%(entities)s::text[])
              AND (%(attributes)s::text[] IS NULL OR attribute = ANY(%(attributes)s::text[]))
              AND (%(datasets)s::text[] IS NULL OR dataset = ANY(%(datasets)s::text[]))
              AND attribute <> ALL(%(closed)s::text[])
            OFFSET 0
        ) timed
        WHERE (at >= %(from)s OR attribute = %(standing)s) AND at < %(to)s
    ) chosen
) placed
WHERE place <= %(limit)s AND (place = 1 OR NOT stood) AND (at >= %(from)s OR deleted_at IS NULL)
ORDER BY entity_id, attribute, place

-- name: attributes_with_instances
SELECT DISTINCT entity_id, attribute
FROM (
    SELECT entity_id, attribute, CASE %(property)s WHEN 'observedAt' THEN observed_at WHEN 'createdAt' THEN created_at
        WHEN 'modifiedAt' THEN modified_at ELSE deleted_at END AS at
    FROM context_attributeinstance
    WHERE tenant_id = %(tenant)s AND entity_id = ANY(%(entities)s::text[])
      AND (%(attributes)s::text[] IS NULL OR attribute = ANY(%(attributes)s::text[]))
      AND (%(datasets)s::text[] IS NULL OR dataset = ANY(%(datasets)s::text[]))
      AND attribute <> ALL(%(closed)s::text[])
) timed
WHERE %(all)s OR (at >= %(from)s AND at < %(to)s)

-- name: late_observations
-- When observations were first and last recorded, of those that came late and were observed or recorded in a range.
SELECT series_id, moment, min(recorded_at), max(recorded_at)
FROM context_lateobservations, unnest(moments) AS moment
WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[])
GROUP BY series_id, moment
HAVING (moment >= %(from)s AND moment < %(to)s)
    OR (max(recorded_at) >= %(from)s AND min(recorded_at) < %(to)s)

-- name: attribute_series_of
SELECT series_id, entity_id, attribute, dataset, unit_code
FROM context_attributeseries
WHERE tenant_id = %(tenant)s AND series_id = ANY(%(series)s::bigint[])
