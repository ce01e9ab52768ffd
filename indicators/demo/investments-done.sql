SELECT m.area_type, m.area_code, i.year::VARCHAR AS period,
       sum(i.realised_eur) AS numerator, sum(i.planned_eur) AS denominator
FROM investments AS i
JOIN area_members AS m ON m.member_type = 'wijk' AND m.member_code = i.wijk
GROUP BY ALL
