-- A day counts when at least 18 hours were measured, as the European rules ask for 75 per cent.
WITH days AS (
    SELECT wijk_code, municipality_code, strftime(bucket, '%Y-%m') AS month, average FROM no2 WHERE count >= 18
)
SELECT 'municipality' AS area_type, municipality_code AS area_code, month AS period, sum(average) AS numerator, count(*)::DOUBLE AS denominator
FROM days WHERE municipality_code IS NOT NULL GROUP BY ALL
UNION ALL
SELECT 'wijk', wijk_code, month, sum(average), count(*)::DOUBLE
FROM days WHERE wijk_code IS NOT NULL GROUP BY ALL
