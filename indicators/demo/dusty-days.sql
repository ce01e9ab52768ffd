WITH days AS (
    SELECT wijk_code, municipality_code, strftime(bucket, '%Y-%m') AS month, average > 15 AS dusty FROM pm WHERE count >= 18
)
SELECT 'municipality' AS area_type, municipality_code AS area_code, month AS period,
       (count(*) FILTER (dusty))::DOUBLE AS numerator, count(*)::DOUBLE AS denominator
FROM days WHERE municipality_code IS NOT NULL GROUP BY ALL
UNION ALL
SELECT 'wijk', wijk_code, month, (count(*) FILTER (dusty))::DOUBLE, count(*)::DOUBLE
FROM days WHERE wijk_code IS NOT NULL GROUP BY ALL
