-- An area without accidents has zero victims, not no figure: that is why population comes first.
WITH victims AS (
    SELECT sector, year(timezone('Europe/Brussels', time)) AS year, sum(victims) AS number FROM accidents GROUP BY ALL
), people AS (
    SELECT sector, year, sum(inhabitants) AS number FROM population GROUP BY ALL
)
SELECT m.area_type, m.area_code, people.year::VARCHAR AS period,
       coalesce(sum(victims.number), 0)::DOUBLE AS numerator, sum(people.number)::DOUBLE AS denominator
FROM people
LEFT JOIN victims USING (sector, year)
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = people.sector
GROUP BY ALL
