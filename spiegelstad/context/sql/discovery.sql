What types and attributes the entities of a city have (clauses 5.7.5 to 5.7.10). {readable}: which rows may be read.
{shape}: a number that is the same for entities with the same types and attributes of the same kinds, as in the index
context_entity_shapes. A city has few shapes, however many entities: `shapes` takes the first entity of each, by that
index, and `kinds` what they have.

-- name: shapes
WITH RECURSIVE shapes AS (
    (SELECT e.classification, e.department, {shape} AS shape, e.id, 1 AS number
     FROM context_entity e
     WHERE e.tenant_id = %(tenant)s AND (e.expires_at IS NULL OR e.expires_at > now())
     ORDER BY e.classification, e.department, {shape} LIMIT 1)
    UNION ALL
    SELECT following.*, shapes.number + 1 FROM shapes, LATERAL (
        SELECT e.classification, e.department, {shape}, e.id
        FROM context_entity e
        WHERE e.tenant_id = %(tenant)s AND (e.expires_at IS NULL OR e.expires_at > now())
          AND (e.classification, e.department, {shape}) > (shapes.classification, shapes.department, shapes.shape)
        ORDER BY e.classification, e.department, {shape} LIMIT 1) following
    WHERE shapes.number < %(most)s
)

-- name: kinds
{shapes}
SELECT e.types, e.attributes
FROM shapes JOIN context_entity e ON e.tenant_id = %(tenant)s AND e.id = shapes.id
WHERE {readable}

-- name: shapes_that_may
{shapes}
SELECT shapes.classification, shapes.department, shapes.shape, shapes.number, ({readable}) AND ({condition})
FROM shapes JOIN context_entity e ON e.tenant_id = %(tenant)s AND e.id = shapes.id

-- name: types
SELECT DISTINCT unnest(e.types) AS type FROM ({kinds}) e ORDER BY type

-- name: registered_types
SELECT DISTINCT unnest(e.types) AS type, shapes.classification, shapes.department
FROM ({shapes} SELECT * FROM shapes) shapes JOIN context_entity e ON e.tenant_id = %(tenant)s AND e.id = shapes.id
ORDER BY type, shapes.classification, shapes.department

-- name: types_with_attributes
SELECT type, array_remove(array_agg(DISTINCT attribute), NULL)
FROM ({kinds}) e, unnest(e.types) type LEFT JOIN LATERAL jsonb_object_keys(e.attributes) attribute ON true
GROUP BY type
ORDER BY type

-- name: count_of_type
SELECT count(*) FROM context_entity e WHERE {readable} AND e.types @> ARRAY[%(name)s]

-- name: attributes_of_type
SELECT attribute.key, array_agg(DISTINCT instance.value ->> 'type')
FROM ({kinds}) e, jsonb_each(e.attributes) attribute, jsonb_each(attribute.value) instance
WHERE e.types @> ARRAY[%(name)s]
GROUP BY attribute.key
ORDER BY attribute.key

-- name: attributes
SELECT DISTINCT jsonb_object_keys(e.attributes) AS attribute FROM ({kinds}) e ORDER BY attribute

-- name: attributes_with_types
SELECT attribute, array_agg(DISTINCT type)
FROM ({kinds}) e, jsonb_object_keys(e.attributes) attribute, unnest(e.types) type
GROUP BY attribute
ORDER BY attribute

-- name: attribute
SELECT (
    SELECT count(*)
    FROM context_entity e, jsonb_object_keys(e.attributes -> %(name)s)
    WHERE {readable} AND e.attributes ? %(name)s
), array_agg(DISTINCT instance.value ->> 'type'), array_agg(DISTINCT type)
FROM ({kinds}) e, jsonb_each(e.attributes -> %(name)s) instance, unnest(e.types) type
HAVING count(*) > 0
