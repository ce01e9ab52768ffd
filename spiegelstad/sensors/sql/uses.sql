-- name: add_uses
-- Several processes count at once: each adds what it counted itself. In the order of devices, so that none waits in a circle.
INSERT INTO sensors_use (tenant_id, device_id, month, reader, times)
SELECT * FROM unnest(%(tenants)s::text[], %(devices)s::uuid[], %(months)s::date[], %(readers)s::text[], %(times)s::bigint[])
ORDER BY 2, 4
ON CONFLICT (device_id, month, reader) DO UPDATE SET times = sensors_use.times + excluded.times
RETURNING times
