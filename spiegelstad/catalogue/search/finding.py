"""Finds datasets by words and facets, in a number of statements that is always the same.

Closed datasets are neither found nor counted: every statement reads the entries through the filter of the catalogue.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.catalogue import models
from spiegelstad.catalogue.queries import readable
from spiegelstad.catalogue.records import Dataset, dataset_record
from spiegelstad.catalogue.search.rules import (
    ALLOWED,
    FACETS,
    Freshness,
    Search,
    Word,
    fold,
    mended,
    queries_of,
    words_of,
)

A_PAGE = 20
_MOST_TAGS = 30
_ALL = 1_000_000

_FRESHNESS = " ".join(
    ["CASE e.frequency"]
    + [f"WHEN '{name}' THEN e.renewed_at + interval '{time.total_seconds():.0f} s'" for name, time in ALLOWED.items()]
    + ["END"]
)
_VALUES = {
    "theme": "e.theme", "steward": "e.department", "format": "e.formats", "map": "e.has_map",
    "licence": "e.licence_uri", "frequency": "e.frequency",
    "freshness": f"CASE WHEN {_FRESHNESS} < %(now)s THEN '{Freshness.LATE}'"
                 f" WHEN {_FRESHNESS} >= %(now)s THEN '{Freshness.FRESH}' END",
    "hvd": "e.hvd_category",
    "tag": "coalesce(e.tags -> %(language)s, e.tags -> 'nl', e.tags -> 'en', '[]'::jsonb)",
    "status": "e.status", "access": "e.classification",
}  # fmt: skip
"""What an entry has for each facet."""
_EACH = {
    "format": "matching, unnest(format) AS value", "tag": "matching, jsonb_array_elements_text(tag) AS value",
    "map": "(SELECT missed, 'yes' AS value FROM matching WHERE map) yes",
}  # fmt: skip
"""Where the values of a facet come from, one a row; of the others each entry has one."""
_CHOSEN = {"format": "&& %(chosen_format)s::text[]", "tag": "?| %(chosen_tag)s::text[]",
           "map": "AND 'yes' = ANY (%(chosen_map)s::text[])"}  # fmt: skip
_ORDERS = {
    "best": "is_old, rank DESC, is_frozen, title, dataset_id",
    "renewed": "is_frozen, renewed_at DESC NULLS LAST, title, dataset_id",
    "title": "title, dataset_id",
}


@dataclass(frozen=True, slots=True)
class Found:
    """One page of what was found: `total` of all pages, and for each facet (value, number), the most frequent first.

    `mended` is the text that was searched instead, where nothing had the words as they were typed. `words` are those
    that were searched for, to mark them.
    """

    total: int
    datasets: list[Dataset]
    facets: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    words: tuple[Word, ...] = ()
    mended: str = ""


def find(actor: Actor, search: Search, language: str, part: tuple[int, int] | None = None) -> Found:
    """Return the page of datasets that `search` asks for; words that occur nowhere are mended as typing errors.

    `part`: another piece of what is found than the page: (how many to leave out, how many to give).
    """
    part = part or ((search.page - 1) * A_PAGE, A_PAGE)
    total, ids, facets, words, better = _found(actor, search, language, part)
    return Found(total, datasets_by_id(actor, ids), facets, tuple(words), better)


def find_ids(actor: Actor, search: Search, language: str) -> list[UUID]:
    """Return the ids of all datasets that `search` asks for, in its order."""
    return _found(actor, search, language, (0, _ALL))[1]


def _found(
    actor: Actor, search: Search, language: str, part: tuple[int, int]
) -> tuple[int, list[UUID], dict[str, list[tuple[str, int]]], list[Word], str]:
    """Return (number found, ids of the part, facets, words that were searched, text that was searched instead)."""
    words = known_words(actor.tenant_id, words_of(search.text))
    total, ids, facets = _counted(actor, search, words, language, part)
    better = mended(search.text, words) if not total else ""
    if better:
        near = known_words(actor.tenant_id, words_of(better))
        total, ids, facets = _counted(actor, search, near, language, part)
        words, better = (near, better) if total else (words, "")
    return total, ids, facets, words, better


def known_words(tenant_id: str, texts: Sequence[str]) -> list[Word]:
    """Return what the index knows about words."""
    if not texts:
        return []
    rows = sql.rows(sql.load(__file__, "known_words"), {"tenant": tenant_id, "words": list(texts)})
    found = {}
    for text, dutch, english, within, near in rows:
        stems = _stems(text, dutch, english)
        alike = tuple(sorted({other for stem in stems for other in _synonyms().get(stem, ())}))
        found[text] = Word(text, stems, alike, tuple(within), tuple(near))
    return [found[text] for text in texts]


def _stems(text: str, dutch: list[str] | None, english: list[str] | None) -> tuple[str, ...]:
    """Return the stems of a word; none when it is too common a word in one of the languages, such as `de`."""
    if dutch == [] or english == []:
        return ()
    return tuple(dict.fromkeys([*(dutch or []), *(english or []), text]))


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, tuple[str, ...]]:
    """Return for each stem those of the words that mean the same."""
    path = Path(__file__).with_name("synonyms.yaml")
    groups: list[list[str]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    every = sorted({fold(word) for group in groups for word in group})
    stems = {word: _stems(word, dutch, english) for word, dutch, english in sql.rows(
        sql.load(__file__, "stems"), {"words": every})}  # fmt: skip
    found: dict[str, set[str]] = {}
    for group in groups:
        together = {stem for word in group for stem in stems[fold(word)]}
        for stem in together:
            found.setdefault(stem, set()).update(together)
    return {stem: tuple(sorted(others)) for stem, others in found.items()}


def _counted(
    actor: Actor, search: Search, words: Sequence[Word], language: str, part: tuple[int, int]
) -> tuple[int, list[UUID], dict[str, list[tuple[str, int]]]]:
    """Return (number found, ids of the part, facets) in one statement."""
    exact, wide = queries_of(words)
    if search.text and not wide:
        exact, wide = "", "nothing & !nothing"  # words that are none, such as `de`, find nothing
    statement, entries = _statement(actor, search, bool(wide))
    params = {
        "exact": exact, "wide": wide, "language": language, "now": now(),
        "offset": part[0], "limit": part[1],
        **{f"chosen_{name}": list(values) for name, values in search.chosen.items()}, **entries,
    }  # fmt: skip
    total, ids = 0, list[UUID]()
    facets: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
    for kind, value, count in sql.rows(statement, params):
        if kind == "total":
            total = count
        elif kind == "id":
            ids.append(UUID(value))
        else:
            facets[kind].append((value, count))
    for name, values in facets.items():
        chosen = search.chosen.get(name, ())
        there = {value for value, _count in values}
        values += [(value, 0) for value in chosen if value not in there]  # so that it can be let go
        values.sort(key=lambda pair: (-pair[1], pair[0]))
    return total, ids, facets


def _statement(actor: Actor, search: Search, has_words: bool) -> tuple[str, dict[str, Any]]:
    """Return the SQL of a search, and the parameters of the filter in it.

    Each entry gets a bit for each facet whose choice it misses; a facet counts the entries that miss at most its own
    choice, so that its other values show what they would add.
    """
    chosen, entries = _entries(actor)
    where = "WHERE e.vector @@ to_tsquery('simple', %(wide)s)" if has_words else ""
    rank = (
        "2 * ts_rank(e.vector, to_tsquery('simple', %(exact)s)) + ts_rank(e.vector, to_tsquery('simple', %(wide)s))"
        if has_words
        else "0"
    )
    values = ", ".join(f"{value} AS {name}" for name, value in _VALUES.items())
    statement = f"""
        WITH matching AS MATERIALIZED (
            SELECT e.dataset_id, e.is_frozen, e.renewed_at, {_missed(search)} AS missed, {rank} AS rank, {values},
                   e.status IN ('deprecated', 'archived', 'destroyed') AS is_old,
                   coalesce(e.titles ->> %(language)s, e.titles ->> 'nl', e.titles ->> 'en') AS title
            FROM ({chosen}) AS e {where})
        SELECT 'total' AS kind, '' AS value, count(*) FROM matching WHERE missed = 0
        UNION ALL {_counts(search)} UNION ALL
        (SELECT 'id', dataset_id::text, 0 FROM matching WHERE missed = 0
         ORDER BY {_ORDERS[search.sort]} OFFSET %(offset)s LIMIT %(limit)s)"""  # noqa: S608  ours; values are bound
    return statement, entries


def _missed(search: Search) -> str:
    """Return the bits of the facets whose choice an entry misses."""
    parts = []
    for bit, name in enumerate(FACETS):
        if name in search.chosen:
            has_it = f"{_VALUES[name]} {_CHOSEN.get(name, f'= ANY (%(chosen_{name})s::text[])')}"
            parts.append(f"CASE WHEN {has_it} THEN 0 ELSE {1 << bit} END")
    return " | ".join(parts) or "0"


def _counts(search: Search) -> str:
    """Return the statements that count the values of each facet."""
    parts = []
    for bit, name in enumerate(FACETS):
        values = _EACH.get(name, f"(SELECT missed, {name} AS value FROM matching) AS one")  # noqa: S608
        own = f"AND missed IN (0, {1 << bit})" if search.chosen else ""
        parts.append(
            f"(SELECT '{name}', value, count(*) FROM {values} WHERE value <> '' {own} "  # noqa: S608
            f"GROUP BY value ORDER BY 3 DESC, 2 LIMIT {_MOST_TAGS})"
        )
    return " UNION ALL ".join(parts)


def _entries(actor: Actor) -> tuple[str, dict[str, Any]]:
    """Return the entries this actor may read as SQL with named parameters."""
    statement, params = models.SearchEntry.objects.filter(readable(actor)).query.sql_with_params()
    names = {f"entry_{number}": value for number, value in enumerate(params)}
    return statement % tuple(f"%({name})s" for name in names), names


def datasets_by_id(actor: Actor, ids: Sequence[UUID]) -> list[Dataset]:
    """Return those of these datasets that the actor may read, in their order."""
    rows = models.Dataset.objects.filter(readable(actor), id__in=ids).select_related("current")
    found = {row.id: dataset_record(row) for row in rows}
    return [found[id_] for id_ in ids if id_ in found]
