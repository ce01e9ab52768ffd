-- The value is the median that the source gives; the number of sales says how many cases it rests on.
SELECT 'municipality' AS area_type, municipality AS area_code, year::VARCHAR AS period,
       median_eur AS value, NULL::DOUBLE AS numerator, sold::DOUBLE AS denominator
FROM sales WHERE kind = 'appartementen'
