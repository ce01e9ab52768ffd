-- Parks of today over the inhabitants of the newest year. A wijk without a park gets zero.
WITH people AS (
    SELECT m.area_type, m.area_code, sum(p.inhabitants)::DOUBLE AS number
    FROM population AS p
    JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = p.sector
    WHERE p.year = (SELECT max(year) FROM population)
    GROUP BY ALL
), green AS (
    SELECT m.area_type, m.area_code, sum(parks.area_m2) AS surface
    FROM parks
    JOIN area_members AS m ON m.member_type = 'wijk' AND m.member_code = parks.wijk
    GROUP BY ALL
)
SELECT people.area_type, people.area_code, '' AS period, coalesce(green.surface, 0) AS numerator, people.number AS denominator
FROM people
LEFT JOIN green USING (area_type, area_code)
WHERE people.number > 0
