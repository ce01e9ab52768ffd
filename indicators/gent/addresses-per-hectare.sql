WITH counted AS (SELECT sector, count(*) AS addresses FROM addresses WHERE sector IS NOT NULL GROUP BY sector)
SELECT area.area_type, area.area_code, '2013' AS period,
       coalesce(sum(counted.addresses), 0)::DOUBLE AS numerator, any_value(area.area_m2) / 10000 AS denominator
FROM areas AS area
JOIN area_members AS member ON member.area_type = area.area_type AND member.area_code = area.area_code AND member.member_type = 'sector'
LEFT JOIN counted ON counted.sector = member.member_code
GROUP BY area.area_type, area.area_code
