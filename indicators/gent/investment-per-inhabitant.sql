SELECT 'municipality' AS area_type, municipality AS area_code, year::VARCHAR AS period, sum(eur_per_inhabitant) AS value
FROM investments GROUP BY ALL
