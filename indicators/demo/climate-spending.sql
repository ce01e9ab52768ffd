SELECT a.area_type, a.area_code, b.year::VARCHAR AS period,
       sum(b.realised_eur) FILTER (b.domain IN ('Klimaat en energie', 'Groen en natuur')) AS numerator, sum(b.realised_eur) AS denominator
FROM budget AS b
CROSS JOIN (SELECT area_type, area_code FROM areas WHERE area_type = 'municipality') AS a
WHERE b.kind = 'uitgave'
GROUP BY ALL
