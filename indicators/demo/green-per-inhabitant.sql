-- Only sectors that have both numbers count: a quarantined row must not make one half of the quotient too small.
WITH people AS (
    SELECT sector, year, sum(inhabitants) AS number FROM population GROUP BY ALL
)
SELECT m.area_type, m.area_code, green.year::VARCHAR AS period,
       sum(green.green_m2) AS numerator, sum(people.number)::DOUBLE AS denominator
FROM green
JOIN people USING (sector, year)
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = green.sector
GROUP BY ALL
HAVING sum(people.number) > 0
