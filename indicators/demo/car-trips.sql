-- Every wijk has about as many answers, whatever its size: the city is the sum of the answers, not weighted by inhabitants.
SELECT m.area_type, m.area_code, s.year::VARCHAR AS period,
       coalesce(sum(s.trips) FILTER (s.mode = 'auto'), 0)::DOUBLE AS numerator, sum(s.trips)::DOUBLE AS denominator
FROM survey AS s
JOIN area_members AS m ON m.member_type = 'wijk' AND m.member_code = s.wijk
GROUP BY ALL
