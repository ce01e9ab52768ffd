Reads of figures. Every one names the tenant first (the distribution column) and goes over the index figure_cell.
`computations` and `lengths` belong together: the length of a period tells its kind (4 a year, 7 a month, 10 a day).

-- name: figures_of_computations
SELECT f.id, f.computation_id, f.area_type, f.area_code, f.period, f.value, f.numerator, f.denominator, f.suppressed
FROM unnest(%(computations)s::uuid[], %(lengths)s::int[]) WITH ORDINALITY AS wanted (computation_id, length, place)
JOIN indicators_figure f ON f.computation_id = wanted.computation_id
WHERE f.tenant_id = %(tenant)s
  AND length(f.period) = wanted.length
  AND (%(area_type)s::text IS NULL OR f.area_type = %(area_type)s)
  AND (%(areas)s::text[] IS NULL OR f.area_code = ANY (%(areas)s))
  AND (%(periods)s::text[] IS NULL OR f.period = ANY (%(periods)s))
  AND (f.period = ''
       OR (f.period COLLATE "C" >= %(since)s::text AND left(f.period, length(%(until)s::text)) COLLATE "C" <= %(until)s))
ORDER BY wanted.place, f.area_type, f.area_code, f.period
LIMIT %(limit)s

-- name: latest_figures
-- The newest figures of every computation in every wanted area, newest first.
SELECT id, computation_id, area_type, area_code, period, value, numerator, denominator, suppressed
FROM (
    SELECT f.*, row_number() OVER (
        PARTITION BY f.computation_id, f.area_type, f.area_code ORDER BY f.period DESC
    ) AS age
    FROM unnest(%(computations)s::uuid[], %(lengths)s::int[]) AS wanted (computation_id, length)
    CROSS JOIN unnest(%(area_types)s::text[], %(area_codes)s::text[]) AS place (area_type, area_code)
    JOIN indicators_figure f
      ON f.computation_id = wanted.computation_id AND f.area_type = place.area_type AND f.area_code = place.area_code
    WHERE f.tenant_id = %(tenant)s AND length(f.period) = wanted.length
) AS aged
WHERE age <= %(depth)s
ORDER BY computation_id, area_type, area_code, period DESC

-- name: figures_of_latest_period
-- Every area of a type, in the newest period that its computation has for that type.
SELECT f.id, f.computation_id, f.area_type, f.area_code, f.period, f.value, f.numerator, f.denominator, f.suppressed
FROM unnest(%(computations)s::uuid[], %(lengths)s::int[]) AS wanted (computation_id, length)
CROSS JOIN LATERAL (
    SELECT max(period) AS period FROM indicators_figure
    WHERE tenant_id = %(tenant)s AND computation_id = wanted.computation_id
      AND area_type = %(area_type)s AND length(period) = wanted.length
) AS newest
JOIN indicators_figure f
  ON f.computation_id = wanted.computation_id AND f.area_type = %(area_type)s AND f.period = newest.period
WHERE f.tenant_id = %(tenant)s
ORDER BY f.computation_id, f.area_code

-- name: periods_of_computation
SELECT DISTINCT period FROM indicators_figure
WHERE tenant_id = %(tenant)s AND computation_id = %(computation)s AND length(period) = %(length)s
  AND (%(area_type)s::text IS NULL OR area_type = %(area_type)s)
ORDER BY period
