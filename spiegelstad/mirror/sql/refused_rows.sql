Rows that senders posted and we could not take.

-- name: keep_refused_rows
INSERT INTO mirror_refusedrow AS known (tenant_id, digest, sender, text, reason, times, first_at, last_at)
SELECT %(tenant)s, digest, %(sender)s, text, reason, times, %(now)s, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (digest text, text text, reason text, times bigint)
ORDER BY digest
ON CONFLICT (tenant_id, digest) DO UPDATE
SET times = known.times + excluded.times, last_at = excluded.last_at
