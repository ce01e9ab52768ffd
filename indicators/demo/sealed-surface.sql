SELECT m.area_type, m.area_code, t.year::VARCHAR AS period,
       sum(t.sealed_m2)::DOUBLE AS numerator, sum(t.area_m2)::DOUBLE AS denominator
FROM green AS t
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = t.sector
GROUP BY ALL
