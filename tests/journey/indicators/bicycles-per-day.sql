SELECT m.area_type, m.area_code, strftime(c.bucket AT TIME ZONE 'Europe/Brussels', '%Y-%m') AS period, avg(c.sum) AS value
FROM counts c JOIN area_members m ON m.member_type = 'sector' AND m.member_code = c.sector_code
WHERE m.area_type = 'municipality'
GROUP BY ALL
