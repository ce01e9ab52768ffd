WITH wijken AS (
    SELECT wijk.area_code, density.year, round(density.inhabitants_per_km2 * wijk.area_km2) AS inhabitants
    FROM density JOIN areas AS wijk ON wijk.area_type = 'wijk' AND wijk.name = density.wijk_name
)
SELECT member.area_type, member.area_code, wijken.year::VARCHAR AS period, sum(inhabitants)::DOUBLE AS value
FROM wijken JOIN area_members AS member ON member.member_type = 'wijk' AND member.member_code = wijken.area_code
GROUP BY ALL
