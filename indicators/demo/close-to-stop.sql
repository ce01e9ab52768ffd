-- Both are put on a grid of about 400 metres, so that each address meets only the stops in its own and the eight cells around.
-- At this latitude a degree is 111,250 m north and 69,400 m east: over 400 metres the error is below a metre.
WITH homes AS (
    SELECT address, sector, dwellings, lon * 69400 AS x, lat * 111250 AS y FROM addresses WHERE dwellings > 0
), places AS (
    SELECT lon * 69400 AS x, lat * 111250 AS y FROM stops
), reach AS (
    SELECT p.x, p.y, floor(p.x / 400) + i.step AS column_number, floor(p.y / 400) + j.step AS row_number
    FROM places AS p, (VALUES (-1), (0), (1)) AS i(step), (VALUES (-1), (0), (1)) AS j(step)
), close AS (
    SELECT DISTINCT h.address
    FROM homes AS h
    JOIN reach AS r ON floor(h.x / 400) = r.column_number AND floor(h.y / 400) = r.row_number
    WHERE (h.x - r.x) ** 2 + (h.y - r.y) ** 2 < 400 ** 2
)
SELECT m.area_type, m.area_code, '' AS period,
       coalesce(sum(h.dwellings) FILTER (close.address IS NOT NULL), 0)::DOUBLE AS numerator, sum(h.dwellings)::DOUBLE AS denominator
FROM homes AS h
LEFT JOIN close USING (address)
JOIN area_members AS m ON m.member_type = 'sector' AND m.member_code = h.sector
GROUP BY ALL
