SELECT 'municipality' AS area_type, municipality AS area_code, year::VARCHAR AS period,
       coalesce(sum(eur) FILTER (domain LIKE '2 %'), 0) AS numerator, sum(eur) AS denominator
FROM investments GROUP BY ALL
