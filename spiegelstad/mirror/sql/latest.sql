The latest values as GeoJSON. `chosen` is the query of the policy and the filters.

-- name: latest_geojson
SELECT json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(json_build_object(
    'type', 'Feature',
    'id', s.key,
    'geometry', CASE WHEN s.lon IS NOT NULL AND s.lat IS NOT NULL
        THEN json_build_object('type', 'Point', 'coordinates', json_build_array(s.lon, s.lat)) END,
    'properties', json_build_object('key', s.key, 'property', s.property, 'name', s.name, 'unit', s.unit,
        'entity', s.entity_id, 'observed_at', l.observed_at, 'value', l.value, 'quality', l.quality)
) ORDER BY s.key), '[]'::json))::text
FROM mirror_serieslatest l
JOIN mirror_series s ON s.id = l.series_id
WHERE l.series_id IN ({chosen}) AND l.tenant_id = s.tenant_id
