WITH days AS (SELECT timezone('Europe/Brussels', bucket)::DATE AS day, "sum" AS cyclists FROM counts WHERE series = 'bicycle:COU')
SELECT 'municipality' AS area_type, '44021' AS area_code, strftime(day, '%Y-%m') AS period,
       coalesce(sum(cyclists) FILTER (isodow(day) >= 6), 0)::DOUBLE AS numerator, sum(cyclists)::DOUBLE AS denominator
FROM days GROUP BY ALL
