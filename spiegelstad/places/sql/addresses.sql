-- Address search and import. Streets are few and searched by trigrams; their addresses are then found by number.

-- name: similar_streets
-- The streets nearest to each way of reading the question: as a whole, and as a part (somebody still typing).
-- Both orders are walked through the GiST index (tenant_id, key), so no threshold has to be set.
SELECT DISTINCT asked, street.id, street.street, street.postcode, street.municipality, street.key, street.municipality_key,
       street.addresses, street.lon, street.lat
FROM unnest(%(asked)s::text[]) AS asked,
LATERAL (
    (SELECT * FROM places_street WHERE tenant_id = %(tenant)s ORDER BY key <-> asked LIMIT %(candidates)s)
    UNION ALL
    (SELECT * FROM places_street WHERE tenant_id = %(tenant)s ORDER BY asked <<-> key LIMIT %(candidates)s)
) AS street

-- name: addresses_by_number
SELECT id, street_id, street, house_number, box_number, postcode, municipality, lon, lat
FROM places_address
WHERE tenant_id = %(tenant)s AND street_id = ANY(%(streets)s) AND number = ANY(%(numbers)s)
ORDER BY street_id, number, house_number, box_number
LIMIT 2000

-- name: incoming_tables
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_address (
    id text, street_id text, number integer, street text, house_number text, box_number text, postcode text,
    municipality text, lon double precision, lat double precision
) ON COMMIT DROP;
CREATE TEMPORARY TABLE IF NOT EXISTS incoming_street (
    id text, street text, postcode text, municipality text, key text, municipality_key text
) ON COMMIT DROP;
TRUNCATE incoming_address, incoming_street

-- name: merge_addresses
-- Counts what was new and what changed; rows that are the same are not written.
WITH merged AS (
    INSERT INTO places_address AS old (
        tenant_id, id, street_id, number, street, house_number, box_number, postcode, municipality, lon, lat)
    SELECT %(tenant)s, id, street_id, number, street, house_number, box_number, postcode, municipality, lon, lat
    FROM incoming_address
    ON CONFLICT (tenant_id, id) DO UPDATE SET
        street_id = excluded.street_id, number = excluded.number, street = excluded.street,
        house_number = excluded.house_number, box_number = excluded.box_number, postcode = excluded.postcode,
        municipality = excluded.municipality, lon = excluded.lon, lat = excluded.lat
    WHERE old IS DISTINCT FROM excluded
    RETURNING (xmax = 0) AS is_new
)
SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM merged

-- name: remove_other_addresses
DELETE FROM places_address AS old
WHERE tenant_id = %(tenant)s AND NOT EXISTS (SELECT FROM incoming_address AS new WHERE new.id = old.id)

-- name: merge_streets
INSERT INTO places_street AS old (
    tenant_id, id, street, postcode, municipality, key, municipality_key, addresses, lon, lat)
SELECT %(tenant)s, id, street, postcode, municipality, key, municipality_key, 0, 0, 0 FROM incoming_street
ON CONFLICT (tenant_id, id) DO NOTHING

-- name: count_streets
UPDATE places_street AS street SET addresses = found.addresses, lon = found.lon, lat = found.lat
FROM (
    SELECT street_id, count(*) AS addresses, avg(lon) AS lon, avg(lat) AS lat
    FROM places_address WHERE tenant_id = %(tenant)s GROUP BY street_id
) AS found
WHERE street.tenant_id = %(tenant)s AND street.id = found.street_id
  AND (street.addresses, street.lon, street.lat) IS DISTINCT FROM (found.addresses, found.lon, found.lat)

-- name: study_streets
-- Without fresh statistics the planner sorts all streets instead of walking the index.
ANALYZE places_street

-- name: remove_empty_streets
DELETE FROM places_street AS street
WHERE tenant_id = %(tenant)s AND NOT EXISTS (
    SELECT FROM places_address AS address
    WHERE address.tenant_id = street.tenant_id AND address.street_id = street.id)
