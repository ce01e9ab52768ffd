-- Rows without a sector on the map ('44021ZZZZ' and one sector without a border) count for the city only.
WITH rows AS (
    SELECT sector.area_code AS code, year, electricity_households_kwh AS part, electricity_households_connections AS whole
    FROM energy LEFT JOIN areas AS sector
      ON sector.area_type = 'sector' AND rtrim(sector.area_code, '-') = rtrim(substring(energy.sector, 6), '-')
)
SELECT member.area_type, member.area_code, year::VARCHAR AS period,
       sum(part)::DOUBLE AS numerator, sum(whole)::DOUBLE AS denominator
FROM rows JOIN area_members AS member ON member.member_type = 'sector' AND member.member_code = rows.code
WHERE member.area_type <> 'municipality'
GROUP BY ALL HAVING sum(whole) > 0
UNION ALL
SELECT 'municipality', '44021', year::VARCHAR, sum(part)::DOUBLE, sum(whole)::DOUBLE FROM rows GROUP BY ALL
