WITH people AS (
    SELECT year, sum(inhabitants) AS number FROM population GROUP BY ALL
), spent AS (
    SELECT year, sum(realised_eur) AS amount FROM budget WHERE kind = 'uitgave' GROUP BY ALL
)
SELECT a.area_type, a.area_code, people.year::VARCHAR AS period, spent.amount AS numerator, people.number::DOUBLE AS denominator
FROM people
JOIN spent USING (year)
CROSS JOIN (SELECT area_type, area_code FROM areas WHERE area_type = 'municipality') AS a
