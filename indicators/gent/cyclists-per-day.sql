WITH local AS (SELECT timezone('Europe/Brussels', time) AS moment, cyclists FROM counts)
SELECT 'municipality' AS area_type, '44021' AS area_code, strftime(moment, '%Y-%m') AS period,
       sum(cyclists)::DOUBLE AS numerator, count(DISTINCT moment::DATE)::DOUBLE AS denominator
FROM local GROUP BY ALL
