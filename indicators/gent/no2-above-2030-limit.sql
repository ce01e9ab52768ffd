SELECT member.area_type, member.area_code, '2018' AS period,
       count(*) FILTER (no2 > 20)::DOUBLE AS numerator, count(*)::DOUBLE AS denominator
FROM points JOIN area_members AS member ON member.member_type = 'wijk' AND member.member_code = points.wijk
WHERE kind = 'facade'
GROUP BY ALL
