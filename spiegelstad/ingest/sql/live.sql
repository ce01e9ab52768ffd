What messages leave behind besides entities and observations: which uplinks were seen, and how each receiver stands.

-- name: seen_uplinks
-- The digests of uplinks that came before, within ten minutes of the same moment.
SELECT given.digest
FROM unnest(%(digests)s::text[], %(moments)s::timestamptz[]) AS given (digest, at)
JOIN ingest_seenuplink AS seen
  ON seen.tenant_id = %(tenant)s AND seen.source_id = %(source)s AND seen.digest = given.digest
 AND seen.at BETWEEN given.at - interval '10 minutes' AND given.at + interval '10 minutes'

-- name: note_uplinks
INSERT INTO ingest_seenuplink (tenant_id, source_id, digest, at)
SELECT %(tenant)s, %(source)s, given.digest, max(given.at)
FROM unnest(%(digests)s::text[], %(moments)s::timestamptz[]) AS given (digest, at)
GROUP BY given.digest
ORDER BY given.digest
ON CONFLICT (tenant_id, source_id, digest) DO UPDATE SET at = excluded.at

-- name: count_intake
INSERT INTO ingest_intake AS known
    (id, tenant_id, source_id, receiver, messages, rows, refused, skipped, duplicates, last_message_at, connected_at,
     problem, seen_at)
VALUES
    (%(id)s, %(tenant)s, %(source)s, %(receiver)s, %(messages)s, %(rows)s, %(refused)s, %(skipped)s, %(duplicates)s,
     %(last_message_at)s, %(connected_at)s, %(problem)s, %(now)s)
ON CONFLICT (source_id, receiver) DO UPDATE SET
    messages = known.messages + excluded.messages,
    rows = known.rows + excluded.rows,
    refused = known.refused + excluded.refused,
    skipped = known.skipped + excluded.skipped,
    duplicates = known.duplicates + excluded.duplicates,
    last_message_at = coalesce(excluded.last_message_at, known.last_message_at),
    connected_at = excluded.connected_at,
    problem = excluded.problem,
    seen_at = excluded.seen_at
