News: what was stored in a city that tells of it. Numbers are given while the series are locked, so the news of a series
come in the order of their commits; news of other series may appear between those that were read before.

-- name: keep_news
INSERT INTO mirror_news (tenant_id, number, stored_at, series, moments)
VALUES (%(tenant)s, nextval('mirror_news_number'), %(now)s, %(series)s, %(at)s)

-- name: oldest_news
SELECT number, series, moments
FROM (
    SELECT *, sum(cardinality(series)) OVER (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM (
        SELECT number, series, moments FROM mirror_news WHERE tenant_id = %(tenant)s ORDER BY number LIMIT %(limit)s
    ) oldest
) counted
WHERE before IS NULL OR before < %(limit)s
ORDER BY number
