SELECT member.area_type, member.area_code, '' AS period,
       count(*) FILTER (stops.accessibility LIKE '%MOTORISCH%')::DOUBLE AS numerator, count(*)::DOUBLE AS denominator
FROM stops JOIN area_members AS member ON member.member_type = 'wijk' AND member.member_code = stops.wijk
GROUP BY ALL
