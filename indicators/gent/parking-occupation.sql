SELECT 'municipality' AS area_type, '44021' AS area_code,
       strftime(timezone('Europe/Brussels', time), '%Y-%m-%d') AS period,
       sum(capacity - available)::DOUBLE AS numerator, sum(capacity)::DOUBLE AS denominator
FROM measurements GROUP BY ALL
