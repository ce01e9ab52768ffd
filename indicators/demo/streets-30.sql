SELECT m.area_type, m.area_code, '' AS period,
       coalesce(sum(s.length_m) FILTER (s.maximum_kmh <= 30), 0) AS numerator, sum(s.length_m) AS denominator
FROM streets AS s
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = s.sector
WHERE s.road_class <> 'ring'
GROUP BY ALL
