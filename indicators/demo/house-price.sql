-- The median keeps one castle from making a whole neighbourhood dear.
SELECT m.area_type, m.area_code, year(s.sold_on)::VARCHAR AS period,
       median(s.price_eur) AS value, count(*)::DOUBLE AS denominator
FROM sales AS s
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = s.sector
WHERE s.kind = 'huis'
GROUP BY ALL
