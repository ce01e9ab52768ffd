-- A wijk where nothing was built gets zero, not no figure.
WITH people AS (
    SELECT m.area_code AS wijk, p.year, sum(p.inhabitants) AS number
    FROM population AS p
    JOIN area_members AS m ON m.area_type = 'wijk' AND m.member_type = 'sector' AND m.member_code = p.sector
    GROUP BY ALL
), spent AS (
    SELECT wijk, year, sum(realised_eur) AS amount FROM investments GROUP BY ALL
)
SELECT m.area_type, m.area_code, people.year::VARCHAR AS period,
       coalesce(sum(spent.amount), 0) AS numerator, sum(people.number)::DOUBLE AS denominator
FROM people
LEFT JOIN spent USING (wijk, year)
JOIN area_members AS m ON m.member_type = 'wijk' AND m.member_code = people.wijk
GROUP BY ALL
