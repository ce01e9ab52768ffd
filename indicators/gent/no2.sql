SELECT member.area_type, member.area_code, '2018' AS period, sum(no2) AS numerator, count(*)::DOUBLE AS denominator
FROM points JOIN area_members AS member ON member.member_type = 'sector' AND member.member_code = points.sector
WHERE kind = 'facade'
GROUP BY ALL
