SELECT m.area_type, m.area_code, p.year::VARCHAR AS period, sum(p.inhabitants)::DOUBLE AS value
FROM population AS p
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = p.sector
GROUP BY ALL
