Members and pages of streams. A page of the view by time has the members from its first to its last; a page of the view by
place those of them that lie in its tile.

-- name: last_pages
-- The last page of each branch of the view by place, and that of the view by time, with how many pages the branch has.
SELECT DISTINCT ON (branch) branch, number, first, last, first_at, last_at, members, characters, is_full,
    count(*) OVER (PARTITION BY branch)
FROM ldes_page
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s
ORDER BY branch, number DESC

-- name: write_pages
INSERT INTO ldes_page (
    tenant_id, stream_id, branch, number, first, last, first_at, last_at, members, characters, is_full)
SELECT %s, %s, given.*
FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::int[],
    %s::int[], %s::boolean[]) given
ON CONFLICT (tenant_id, stream_id, number) DO UPDATE SET last = excluded.last, last_at = excluded.last_at,
    members = excluded.members, characters = excluded.characters, is_full = excluded.is_full

-- name: state
-- What was last told of each thing that is not gone.
SELECT object, digest, tile
FROM (
    SELECT DISTINCT ON (md5(object)) object, digest, tile, gone
    FROM ldes_member
    WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s
    ORDER BY md5(object), sequence DESC
) latest
WHERE NOT gone

-- name: untold
-- Which of these things the stream does not tell of, or as gone.
SELECT given.object
FROM unnest(%(objects)s::text[]) given (object)
LEFT JOIN LATERAL (
    SELECT gone
    FROM ldes_member
    WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND md5(object) = md5(given.object)
    ORDER BY sequence DESC
    LIMIT 1
) latest ON true
WHERE latest.gone IS NOT FALSE

-- name: told_versions
SELECT DISTINCT version FROM ldes_member WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s

-- name: thinned_branches
-- The branches of which pages have fewer members than when they were made, with their reach and whether the last page
-- was still open.
SELECT branch, min(first), max(last), NOT bool_and(is_full)
FROM (
    SELECT page.*, (
        SELECT count(*)
        FROM ldes_member member
        WHERE member.tenant_id = page.tenant_id AND member.stream_id = page.stream_id
            AND member.sequence BETWEEN page.first AND page.last
            AND (page.branch !~ '/|nowhere' OR member.tile = page.branch)
    ) AS left_over
    FROM ldes_page page
    WHERE page.tenant_id = %(tenant)s AND page.stream_id = %(stream)s
) counted
GROUP BY branch
HAVING bool_or(left_over < members)

-- name: members_of_branch
SELECT sequence, issued_at, length(body)
FROM ldes_member
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND sequence BETWEEN %(first)s AND %(last)s
    AND (%(tile)s::text IS NULL OR tile = %(tile)s)
ORDER BY sequence

-- name: branches
-- The branches of the view by time in order, with when each begins.
SELECT branch, min(first_at)
FROM ldes_page
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND branch !~ '/|nowhere'
GROUP BY branch
ORDER BY min(first)

-- name: newest_branch
-- Not the one with the highest number: a branch that is paged again gets higher ones than those after it.
SELECT branch
FROM ldes_page
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND branch !~ '/|nowhere'
ORDER BY last DESC
LIMIT 1

-- name: tiles
SELECT DISTINCT branch
FROM ldes_page
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND branch ~ '/|nowhere'
ORDER BY branch

-- name: pages
SELECT number, first_at, last_at, is_full
FROM ldes_page
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND branch = %(branch)s
ORDER BY number

-- name: page
SELECT first, last, members, is_full, told
FROM ldes_page
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND branch = %(branch)s AND number = %(number)s

-- name: members
SELECT body
FROM ldes_member
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND sequence BETWEEN %(first)s AND %(last)s
    AND (%(tile)s::text IS NULL OR tile = %(tile)s)
ORDER BY sequence

-- name: unfinished_pages
SELECT number, branch, first, last
FROM ldes_page
WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND is_full AND told IS NULL

-- name: finish_page
UPDATE ldes_page SET told = %(told)s WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND number = %(number)s
