SELECT 'municipality' AS area_type, projections.municipality AS area_code, projections.year::VARCHAR AS period,
       (projections.households - counted.households)::DOUBLE AS numerator, counted.households::DOUBLE AS denominator
FROM projections
JOIN households AS counted ON counted.municipality = projections.municipality AND counted.year = 2023
