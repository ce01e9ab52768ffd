Series of the mirror that have no datastream yet get one, with what the standard wants round it: a thing for each entity
(or for the series alone), a location where the series has a place, one sensor for all the city's sources, one observed
property for each property. What is there already is left as it is; names and places follow the series. Each statement
that adopts returns the ids of what it made or changed.

-- name: adopt_properties
INSERT INTO sensorthings_observedproperty
    (tenant_id, name, description, definition, classification, department, adopted_from)
SELECT DISTINCT ON (s.tenant_id, s.property) s.tenant_id, s.property, s.property,
    'https://uri.etsi.org/ngsi-ld/default-context/' || s.property, 'public', '', 'property:' || s.property
FROM mirror_series s
WHERE s.tenant_id = %(tenant)s AND left(s.key, 4) <> 'sta:'
ON CONFLICT (tenant_id, adopted_from) DO NOTHING
RETURNING id

-- name: adopt_sensor
INSERT INTO sensorthings_sensor
    (tenant_id, name, description, encoding_type, metadata, classification, department, adopted_from)
SELECT %(tenant)s, %(name)s, %(description)s, 'text/html', to_jsonb(''::text), 'public', '', 'sources'
WHERE EXISTS (SELECT 1 FROM mirror_series s WHERE s.tenant_id = %(tenant)s AND left(s.key, 4) <> 'sta:')
ON CONFLICT (tenant_id, adopted_from) DO NOTHING
RETURNING id

-- name: adopt_things
WITH given AS (
    SELECT DISTINCT ON (place)
        CASE WHEN s.entity_id = '' THEN 'series:' || s.key ELSE 'entity:' || s.entity_id END AS place,
        s.entity_id, COALESCE(s.name ->> 'nl', s.name ->> 'en', s.key) AS name, s.classification, s.department
    FROM mirror_series s
    WHERE s.tenant_id = %(tenant)s AND left(s.key, 4) <> 'sta:'
    ORDER BY place, array_position(ARRAY['public', 'internal', 'confidential', 'personal'], s.classification::text), s.id
)
INSERT INTO sensorthings_thing
    (tenant_id, name, description, entity_id, classification, department, adopted_from)
SELECT %(tenant)s, CASE WHEN entity_id = '' THEN name ELSE entity_id END, name, entity_id, classification, department,
    place
FROM given
ON CONFLICT (tenant_id, adopted_from) DO UPDATE
    SET classification = excluded.classification, department = excluded.department
    WHERE (sensorthings_thing.classification, sensorthings_thing.department)
        IS DISTINCT FROM (excluded.classification, excluded.department)
RETURNING id

-- name: adopt_locations
INSERT INTO sensorthings_location
    (tenant_id, name, description, encoding_type, location, box, classification, department, adopted_from)
SELECT DISTINCT ON (t.id) t.tenant_id, t.name, t.description, 'application/geo+json',
    jsonb_build_object('type', 'Point', 'coordinates', jsonb_build_array(s.lon, s.lat)),
    box(point(s.lon, s.lat), point(s.lon, s.lat)), t.classification, t.department, t.adopted_from
FROM sensorthings_thing t
JOIN mirror_series s ON s.tenant_id = t.tenant_id
    AND CASE WHEN s.entity_id = '' THEN 'series:' || s.key ELSE 'entity:' || s.entity_id END = t.adopted_from
WHERE t.tenant_id = %(tenant)s AND left(s.key, 4) <> 'sta:' AND s.lon IS NOT NULL AND s.lat IS NOT NULL
ORDER BY t.id, s.id
ON CONFLICT (tenant_id, adopted_from) DO UPDATE
    SET location = excluded.location, box = excluded.box, classification = excluded.classification,
        department = excluded.department
    WHERE (sensorthings_location.location, sensorthings_location.classification, sensorthings_location.department)
        IS DISTINCT FROM (excluded.location, excluded.classification, excluded.department)
RETURNING id

-- name: adopt_features
INSERT INTO sensorthings_featureofinterest
    (tenant_id, name, description, encoding_type, feature, box, classification, department, adopted_from, location_id)
SELECT l.tenant_id, l.name, l.description, l.encoding_type, l.location, l.box, l.classification, l.department,
    l.adopted_from, l.id
FROM sensorthings_location l
WHERE l.tenant_id = %(tenant)s AND l.adopted_from IS NOT NULL
ON CONFLICT (tenant_id, adopted_from) DO UPDATE
    SET feature = excluded.feature, box = excluded.box, classification = excluded.classification,
        department = excluded.department
    WHERE (sensorthings_featureofinterest.feature, sensorthings_featureofinterest.classification,
            sensorthings_featureofinterest.department)
        IS DISTINCT FROM (excluded.feature, excluded.classification, excluded.department)
RETURNING id

-- name: adopt_places
WITH placed AS (
    INSERT INTO sensorthings_thinglocation (tenant_id, thing_id, location_id)
    SELECT t.tenant_id, t.id, l.id
    FROM sensorthings_thing t
    JOIN sensorthings_location l ON l.tenant_id = t.tenant_id AND l.adopted_from = t.adopted_from
    WHERE t.tenant_id = %(tenant)s
    ON CONFLICT (thing_id, location_id) DO NOTHING
    RETURNING thing_id, location_id
), since AS (
    INSERT INTO sensorthings_historicallocation (tenant_id, thing_id, time)
    SELECT %(tenant)s, thing_id, %(now)s FROM placed
    RETURNING id, thing_id
)
INSERT INTO sensorthings_historicalplace (tenant_id, historical_location_id, location_id)
SELECT %(tenant)s, since.id, placed.location_id FROM since JOIN placed USING (thing_id)
RETURNING historical_location_id

-- name: adopt_datastreams
-- What clients observed beside it stays: the feature of a series without a place, and an area wider than its place.
INSERT INTO sensorthings_datastream AS known
    (tenant_id, series_id, thing_id, sensor_id, observed_property_id, name, description, unit_of_measurement,
     observation_type, feature_id, observed_area, made_here)
SELECT s.tenant_id, s.id, t.id, i.id, p.id, COALESCE(s.name ->> 'nl', s.name ->> 'en', s.key), s.key,
    %(units)s::jsonb -> s.unit, %(measurement)s, f.id, f.feature, FALSE
FROM mirror_series s
JOIN sensorthings_thing t ON t.tenant_id = s.tenant_id
    AND t.adopted_from = CASE WHEN s.entity_id = '' THEN 'series:' || s.key ELSE 'entity:' || s.entity_id END
JOIN sensorthings_observedproperty p ON p.tenant_id = s.tenant_id AND p.adopted_from = 'property:' || s.property
JOIN sensorthings_sensor i ON i.tenant_id = s.tenant_id AND i.adopted_from = 'sources'
LEFT JOIN sensorthings_featureofinterest f ON f.tenant_id = t.tenant_id AND f.adopted_from = t.adopted_from
WHERE s.tenant_id = %(tenant)s AND left(s.key, 4) <> 'sta:'
ON CONFLICT (series_id) DO UPDATE
    SET name = excluded.name, unit_of_measurement = excluded.unit_of_measurement,
        feature_id = COALESCE(known.feature_id, excluded.feature_id),
        observed_area = CASE WHEN known.observed_area ->> 'type' <> 'Point' THEN known.observed_area
            ELSE COALESCE(excluded.observed_area, known.observed_area) END
    WHERE (known.name, known.unit_of_measurement) IS DISTINCT FROM (excluded.name, excluded.unit_of_measurement)
        OR known.feature_id IS NULL AND excluded.feature_id IS NOT NULL
        OR excluded.observed_area <> known.observed_area AND known.observed_area ->> 'type' = 'Point'
        OR known.observed_area IS NULL AND excluded.observed_area IS NOT NULL
RETURNING series_id

-- name: is_any_new
SELECT EXISTS (
    SELECT FROM mirror_series s
    WHERE s.tenant_id = %(tenant)s AND s.id = ANY(%(series)s) AND left(s.key, 4) <> 'sta:'
        AND NOT EXISTS (SELECT FROM sensorthings_datastream d WHERE d.series_id = s.id)
)
