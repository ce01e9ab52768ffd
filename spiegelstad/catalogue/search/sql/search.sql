Words of a search, as the index knows them. Parameters: tenant, words (letters and digits only).

-- name: known_words
SELECT w.word, ts_lexize('dutch_stem', w.word), ts_lexize('english_stem', w.word),
       ARRAY(SELECT DISTINCT unnest(ts_lexize('dutch_stem', k.word) || ts_lexize('english_stem', k.word)) FROM (
             SELECT word FROM catalogue_searchword
             WHERE tenant_id = %(tenant)s AND word LIKE '%%' || w.stem || '%%' AND length(w.stem) >= 3
             ORDER BY word <> w.word, length(word), word LIMIT 40) k),
       ARRAY(SELECT k.word FROM catalogue_searchword k
             WHERE k.tenant_id = %(tenant)s AND k.word %% w.word
             ORDER BY similarity(k.word, w.word) DESC, k.word LIMIT 20)
FROM (SELECT word, coalesce((ts_lexize('dutch_stem', word))[1], word) AS stem
      FROM unnest(%(words)s::text[]) AS word) w

-- name: stems
SELECT word, ts_lexize('dutch_stem', word), ts_lexize('english_stem', word) FROM unnest(%(words)s::text[]) AS word
