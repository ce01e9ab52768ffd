SELECT m.area_type, m.area_code, t.year::VARCHAR AS period,
       sum(t.owners)::DOUBLE AS numerator, sum(t.owners + t.tenants + t.social)::DOUBLE AS denominator
FROM dwellings AS t
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = t.sector
GROUP BY ALL
