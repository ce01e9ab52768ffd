-- A median of medians is not a median, so wijken and the city come from their own source.
-- The number of households is there for the minimum cell only.
WITH households AS (
    SELECT m.area_type, m.area_code, s.year, sum(s.households)::DOUBLE AS number
    FROM sectors AS s
    JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = s.sector
    GROUP BY ALL
), medians AS (
    SELECT 'sector' AS area_type, sector AS area_code, year, median_eur FROM sectors WHERE median_eur IS NOT NULL
    UNION ALL
    SELECT CASE level WHEN 'gemeente' THEN 'municipality' ELSE 'wijk' END, area, year, median_eur FROM larger
)
SELECT medians.area_type, medians.area_code, medians.year::VARCHAR AS period,
       medians.median_eur AS value, households.number AS denominator
FROM medians
JOIN households USING (area_type, area_code, year)
