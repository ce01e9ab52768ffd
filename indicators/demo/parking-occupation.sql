-- Hours of the clock in Brussels: people park by the clock, also in summer.
WITH hours AS (
    SELECT wijk_code, municipality_code, timezone('Europe/Brussels', bucket) AS moment, average FROM parking
), busy AS (
    SELECT wijk_code, municipality_code, strftime(moment, '%Y-%m') AS month, average FROM hours WHERE hour(moment) BETWEEN 10 AND 17
)
SELECT 'municipality' AS area_type, municipality_code AS area_code, month AS period,
       sum(average / 100) AS numerator, count(*)::DOUBLE AS denominator
FROM busy WHERE municipality_code IS NOT NULL GROUP BY ALL
UNION ALL
SELECT 'wijk', wijk_code, month, sum(average / 100), count(*)::DOUBLE
FROM busy WHERE wijk_code IS NOT NULL GROUP BY ALL
