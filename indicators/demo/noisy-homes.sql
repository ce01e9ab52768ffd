WITH people AS (
    SELECT sector, year, sum(inhabitants) AS number FROM population GROUP BY ALL
)
SELECT m.area_type, m.area_code, air.year::VARCHAR AS period,
       sum(air.noisy_share * people.number) AS numerator, sum(people.number)::DOUBLE AS denominator
FROM air
JOIN people USING (sector, year)
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = air.sector
GROUP BY ALL
HAVING sum(people.number) > 0
