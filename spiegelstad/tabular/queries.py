"""Rows by their key, and the rows of all datasets."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import ROW, Comparison, Rows, Selection
from spiegelstad.tabular.formats.openapi import MAX_DATASETS
from spiegelstad.tabular.rules import BadParameter, value_of

_LOOKED_BACK = 20
"""So many versions are searched for a row that the newest no longer has."""

_NUMBERED = re.compile(r"([1-9]\d{0,8})-(\d{1,12})", re.ASCII)


class NoSuchRow(NotFound):
    """No version has a row with this key."""

    title = "No such row"


def row(actor: Actor, slug: str, key: str) -> tuple[Rows, Selection]:
    """Return the selection of a row, and the rows it is one of: those of the newest version that has it.

    The key is the value of the identifier; where a dataset has none, `<version>-<number of the row, from 0>`.
    """
    newest = catalogue.open_rows(actor, slug)
    numbered = _NUMBERED.fullmatch(key)
    if newest.key is None and numbered:
        rows = catalogue.open_rows(actor, slug, int(numbered[1]))
        where = Comparison(ROW, "eq", int(numbered[2]))
        if rows.count(where):
            return rows, Selection(where=where, limit=1)
    elif newest.key is not None:
        for rows in _newest_first(newest):
            named = _named(rows, key)
            if named is not None and rows.count(named):
                return rows, Selection(where=named, limit=1)
    raise NoSuchRow(f"There is no row {key!r} in {slug!r}.")


def _newest_first(newest: Rows) -> Iterator[Rows]:
    yield newest
    if newest.grant is None:
        for version in catalogue.versions(newest.actor, newest.version.slug)[1 : _LOOKED_BACK + 1]:
            yield Rows(newest.actor, version, version.columns)


def _named(rows: Rows, key: str) -> Comparison | None:
    if rows.key is None:
        return None
    try:
        return Comparison(rows.key.name, "eq", value_of(rows.key, key, "key"))
    except BadParameter:
        return None


def quoted(key: str) -> str:
    """Return a key as the end of an address."""
    return quote(key, safe="")


def all_rows(actor: Actor) -> list[Rows]:
    """Return the rows of the datasets the actor may read that have any, by slug; `MAX_DATASETS` at most."""
    found = [dataset.current for dataset in catalogue.datasets(actor) if dataset.current is not None]
    return [Rows(actor, version, version.columns) for version in found[:MAX_DATASETS]]
