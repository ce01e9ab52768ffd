SELECT m.area_type, m.area_code, t.year::VARCHAR AS period,
       sum(t.gas_kwh)::DOUBLE AS numerator, sum(t.gas_connections)::DOUBLE AS denominator
FROM energy AS t
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = t.sector
GROUP BY ALL
