WITH hours AS (
    SELECT timezone('Europe/Brussels', bucket) AS hour, avg(average) AS occupation
    FROM occupation GROUP BY ALL
    HAVING count(*) >= 6  -- an hour in which most car parks are silent says nothing about the city
)
SELECT 'municipality' AS area_type, '44021' AS area_code, strftime(hour, '%Y-%m-%d') AS period, max(occupation) AS value
FROM hours GROUP BY ALL
