What types and attributes the entities of a city have (clauses 5.7.5 to 5.7.10). {readable}: which rows may be read.

-- name: types
SELECT DISTINCT unnest(e.types) AS type FROM context_entity e WHERE {readable} ORDER BY type

-- name: types_with_attributes
SELECT type, array_remove(array_agg(DISTINCT attribute), NULL)
FROM context_entity e, unnest(e.types) type LEFT JOIN LATERAL jsonb_object_keys(e.attributes) attribute ON true
WHERE {readable}
GROUP BY type
ORDER BY type

-- name: count_of_type
SELECT count(*) FROM context_entity e WHERE {readable} AND e.types @> ARRAY[%(name)s]

-- name: attributes_of_type
SELECT attribute.key, array_agg(DISTINCT instance.value ->> 'type')
FROM context_entity e, jsonb_each(e.attributes) attribute, jsonb_each(attribute.value) instance
WHERE {readable} AND e.types @> ARRAY[%(name)s]
GROUP BY attribute.key
ORDER BY attribute.key

-- name: attributes
SELECT DISTINCT jsonb_object_keys(e.attributes) AS attribute FROM context_entity e WHERE {readable} ORDER BY attribute

-- name: attributes_with_types
SELECT attribute, array_agg(DISTINCT type)
FROM context_entity e, jsonb_object_keys(e.attributes) attribute, unnest(e.types) type
WHERE {readable}
GROUP BY attribute
ORDER BY attribute

-- name: attribute
SELECT count(DISTINCT (e.id, instance.key)), array_agg(DISTINCT instance.value ->> 'type'), array_agg(DISTINCT type)
FROM context_entity e, jsonb_each(e.attributes -> %(name)s) instance, unnest(e.types) type
WHERE {readable} AND e.attributes ? %(name)s
HAVING count(*) > 0
