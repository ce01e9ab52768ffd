WITH lengths AS (SELECT sector, sum(length_m) / 1000 AS km FROM roads WHERE sector IS NOT NULL GROUP BY sector)
SELECT area.area_type, area.area_code, '' AS period,
       coalesce(sum(lengths.km), 0) AS numerator, any_value(area.area_km2) AS denominator
FROM areas AS area
JOIN area_members AS member ON member.area_type = area.area_type AND member.area_code = area.area_code AND member.member_type = 'sector'
LEFT JOIN lengths ON lengths.sector = member.member_code
GROUP BY area.area_type, area.area_code
