SELECT m.area_type, m.area_code, year(c.made_on)::VARCHAR AS period,
       (count(*) FILTER (c.label IN ('A', 'B')))::DOUBLE AS numerator, count(*)::DOUBLE AS denominator
FROM certificates AS c
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = c.sector
GROUP BY ALL
