WITH people AS (
    SELECT sum(round(density.inhabitants_per_km2 * wijk.area_km2)) AS inhabitants
    FROM density JOIN areas AS wijk ON wijk.area_type = 'wijk' AND wijk.name = density.wijk_name
)
SELECT 'municipality' AS area_type, plan.municipality AS area_code, '' AS period,
       sum(plan.total_eur) AS numerator, any_value(people.inhabitants)::DOUBLE AS denominator
FROM plan CROSS JOIN people
GROUP BY plan.municipality
