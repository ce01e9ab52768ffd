-- name: add_uses
-- Several processes count at once: each adds what it counted itself, in the order of datasets, so that none waits in a circle.
INSERT INTO stewardship_use (tenant_id, dataset_id, "on", way, purpose, times)
SELECT d.tenant_id, d.id, %(on)s::date, c.way, c.purpose, c.times
FROM unnest(%(tenants)s::text[], %(slugs)s::text[], %(ways)s::text[], %(purposes)s::text[], %(times)s::bigint[])
     AS c (tenant_id, slug, way, purpose, times)
JOIN catalogue_dataset d ON d.tenant_id = c.tenant_id AND d.slug = c.slug
ORDER BY d.id, c.way, c.purpose
ON CONFLICT (dataset_id, "on", way, purpose) DO UPDATE SET times = stewardship_use.times + excluded.times
RETURNING times
