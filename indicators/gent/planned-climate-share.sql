WITH years AS (
    SELECT municipality, goal_code, unnest([2026, 2027, 2028, 2029, 2030, 2031]) AS year,
           unnest([eur_2026, eur_2027, eur_2028, eur_2029, eur_2030, eur_2031]) AS eur
    FROM plan
)
SELECT 'municipality' AS area_type, municipality AS area_code, year::VARCHAR AS period,
       coalesce(sum(eur) FILTER (goal_code = 'SD20004'), 0) AS numerator, sum(eur) AS denominator
FROM years GROUP BY ALL
