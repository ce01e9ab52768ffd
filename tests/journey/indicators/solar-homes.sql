SELECT m.area_type, m.area_code, p.year::VARCHAR AS period, sum(p.solar) AS numerator, sum(p.homes) AS denominator
FROM population p JOIN area_members m ON m.member_type = 'sector' AND m.member_code = p.sector
GROUP BY ALL
