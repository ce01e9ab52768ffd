-- Only sectors that have both numbers count: a quarantined row must not make one half of the quotient too small.
SELECT m.area_type, m.area_code, b.year::VARCHAR AS period,
       sum(t.cars)::DOUBLE AS numerator, sum(b.households)::DOUBLE AS denominator
FROM households AS b
JOIN cars AS t USING (sector, year)
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = b.sector
GROUP BY ALL
