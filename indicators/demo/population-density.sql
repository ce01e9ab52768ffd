-- The surface is that of the area itself, water included.
SELECT m.area_type, m.area_code, p.year::VARCHAR AS period,
       sum(p.inhabitants)::DOUBLE AS numerator, any_value(a.area_km2) AS denominator
FROM population AS p
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = p.sector
JOIN areas AS a ON a.area_type = m.area_type AND a.area_code = m.area_code
GROUP BY m.area_type, m.area_code, p.year
