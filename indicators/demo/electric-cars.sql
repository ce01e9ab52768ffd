SELECT m.area_type, m.area_code, t.year::VARCHAR AS period,
       sum(t.electric)::DOUBLE AS numerator, sum(t.cars)::DOUBLE AS denominator
FROM cars AS t
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = t.sector
GROUP BY ALL
