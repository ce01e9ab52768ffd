WITH years AS (
    SELECT municipality, unnest([2026, 2027, 2028, 2029, 2030, 2031]) AS year,
           unnest([eur_2026, eur_2027, eur_2028, eur_2029, eur_2030, eur_2031]) AS eur
    FROM plan
)
SELECT 'municipality' AS area_type, municipality AS area_code, year::VARCHAR AS period, sum(eur) AS value
FROM years GROUP BY ALL
