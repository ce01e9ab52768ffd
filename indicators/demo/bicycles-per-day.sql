-- The counters give a number per hour, so a day is 24 times its average: a gap of some hours does not make the day quieter.
-- A day with less than 18 hours of values is left out.
WITH days AS (
    SELECT wijk_code, municipality_code, series, strftime(bucket, '%Y-%m') AS month, 24 * average AS per_day
    FROM counts
    WHERE count >= 18
)
SELECT 'municipality' AS area_type, municipality_code AS area_code, month AS period,
       sum(per_day) AS numerator, count(*)::DOUBLE AS denominator
FROM days WHERE municipality_code IS NOT NULL GROUP BY ALL
UNION ALL
SELECT 'wijk', wijk_code, month, sum(per_day), count(*)::DOUBLE
FROM days WHERE wijk_code IS NOT NULL GROUP BY ALL
