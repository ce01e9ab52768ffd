SELECT m.area_type, m.area_code, p.year::VARCHAR AS period,
       coalesce(sum(p.inhabitants) FILTER (p.age_group IN ('0-11', '12-17')), 0)::DOUBLE AS numerator,
       sum(p.inhabitants)::DOUBLE AS denominator
FROM population AS p
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = p.sector
GROUP BY ALL
