SELECT 'municipality' AS area_type, municipality AS area_code, year::VARCHAR AS period, households::DOUBLE AS value
FROM households
