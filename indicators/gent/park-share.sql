WITH wijken AS (
    SELECT wijk.area_code, wijk.area_m2,
           (SELECT coalesce(sum(parks.area_m2), 0) FROM parks WHERE parks.wijk = wijk.area_code AND parks.status = 'uitgevoerd') AS park_m2
    FROM areas AS wijk WHERE wijk.area_type = 'wijk'
)
SELECT member.area_type, member.area_code, '' AS period, sum(park_m2) AS numerator, sum(area_m2) AS denominator
FROM wijken JOIN area_members AS member ON member.member_type = 'wijk' AND member.member_code = wijken.area_code
GROUP BY ALL
