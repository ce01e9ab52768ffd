How good the data of each department was, and what it lacks most. Parameters: tenant, since (a day); `{rows}` are the
measurements that count, with department, slug and theme of their dataset.

-- name: quality
-- First the mean of each department for each day on which it changed; then the largest gap of each department.
WITH held AS MATERIALIZED (
    SELECT m.*, lead(m."on") OVER (PARTITION BY m.dataset_id ORDER BY m."on") AS until,
           (coalesce(completeness, 0) + coalesce(validity, 0) + coalesce(uniqueness, 0) + coalesce(timeliness, 0)
            + coalesce(consistency, 0))
           / nullif(num_nonnulls(completeness, validity, uniqueness, timeliness, consistency), 0) AS score
    FROM ({rows}) AS m),
scored AS (SELECT * FROM held WHERE score IS NOT NULL AND (until IS NULL OR until > %(since)s)),
changed AS (
    SELECT department, day, sum(score) AS score, sum(datasets) AS datasets FROM (
        SELECT department, greatest("on", %(since)s) AS day, score, 1 AS datasets FROM scored
        UNION ALL SELECT department, until, -score, -1 FROM scored WHERE until IS NOT NULL) AS one
    GROUP BY department, day),
wanted AS (
    SELECT dataset_id, theme, max(share) FILTER (WHERE dimension = 'completeness') AS completeness,
           max(share) FILTER (WHERE dimension = 'validity') AS validity,
           max(share) FILTER (WHERE dimension = 'uniqueness') AS uniqueness,
           max(share) FILTER (WHERE dimension = 'timeliness') AS timeliness,
           max(share) FILTER (WHERE dimension = 'consistency') AS consistency
    FROM stewardship_target WHERE tenant_id = %(tenant)s GROUP BY dataset_id, theme),
latest AS (
    SELECT held.*, coalesce(own.completeness, ofall.completeness, 1) AS completeness_wanted,
           coalesce(own.validity, ofall.validity, 1) AS validity_wanted,
           coalesce(own.uniqueness, ofall.uniqueness, 1) AS uniqueness_wanted,
           coalesce(own.timeliness, ofall.timeliness, 1) AS timeliness_wanted,
           coalesce(own.consistency, ofall.consistency, 1) AS consistency_wanted
    FROM held LEFT JOIN wanted own ON own.dataset_id = held.dataset_id
         LEFT JOIN wanted ofall ON ofall.dataset_id IS NULL AND ofall.theme = held.theme
    WHERE held.until IS NULL),
furthest AS (
    SELECT DISTINCT ON (department) * FROM latest
    ORDER BY department,
          greatest(completeness_wanted - completeness, validity_wanted - validity, uniqueness_wanted - uniqueness,
                   timeliness_wanted - timeliness, consistency_wanted - consistency) DESC NULLS LAST, slug DESC),
gap AS (
    SELECT DISTINCT ON (department) department, slug, one.*
    FROM furthest CROSS JOIN LATERAL (
        VALUES (1, 'completeness', completeness, completeness_wanted), (2, 'validity', validity, validity_wanted),
               (3, 'uniqueness', uniqueness, uniqueness_wanted), (4, 'timeliness', timeliness, timeliness_wanted),
               (5, 'consistency', consistency, consistency_wanted)
    ) AS one (position, dimension, share, target)
    WHERE share < target ORDER BY department, target - share DESC, position)
SELECT department, day, sum(score) OVER days, sum(datasets) OVER days, '', '', 0::float, 0::float FROM changed
WINDOW days AS (PARTITION BY department ORDER BY day)
UNION ALL SELECT department, NULL, NULL, NULL, slug, dimension, share, target FROM gap
ORDER BY 1, 2
