SELECT member.area_type, member.area_code, '' AS period,
       coalesce(sum(length_m) FILTER (direction = 'N'), 0) / 1000 AS numerator, sum(length_m) / 1000 AS denominator
FROM roads JOIN area_members AS member ON member.member_type = 'wijk' AND member.member_code = roads.wijk
WHERE direction IS NOT NULL
GROUP BY ALL
