-- 'alle_huizen' holds both smaller and larger houses, so only it and the flats are added.
SELECT 'municipality' AS area_type, municipality AS area_code, year::VARCHAR AS period, sum(sold)::DOUBLE AS value
FROM sales WHERE kind IN ('alle_huizen', 'appartementen')
GROUP BY ALL
