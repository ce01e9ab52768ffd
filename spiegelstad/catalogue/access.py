"""Rows of a version for an actor: all of them to who may read the dataset, and to others what a grant gives.

A grant comes from a higher room (`tell_grants`): who may not read a dataset, but has an agreement about part of it,
gets its columns and rows, in every format alike; whatever else the dataset holds does not exist for them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID

import pyarrow as pa
from django.utils.functional import cached_property

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import queries
from spiegelstad.catalogue.queries import NoSuchDataset, NoSuchVersion
from spiegelstad.catalogue.records import Version
from spiegelstad.catalogue.rules import Column, geometry_of
from spiegelstad.catalogue.selection import reading
from spiegelstad.catalogue.selection.rules import Aggregate, Condition, Selection, Value, check, order_key
from spiegelstad.catalogue.selection.sql import Source, Statement, counted, translate, worded
from spiegelstad.catalogue.selection.tables import TEXT

Wording = Callable[[Sequence[Column]], str]
_ROWS_OF_TEXT = 16_384
_ROWS_OF_SHAPES = 1_024  # each may be a megabyte


@dataclass(frozen=True, slots=True)
class Grant:
    """What an agreement gives of a dataset: `columns`, of the rows for which `where` holds (None: of all)."""

    agreement_id: UUID
    columns: tuple[str, ...]
    where: Condition | None = None


class GrantProvider(Protocol):
    """What the room of agreements gives to the catalogue."""

    def grant(self, actor: Actor, slug: str) -> Grant | None:
        """Return what `actor` may have of a dataset that they may not read, now and for the purpose of their key."""

    def use(self, actor: Actor, slug: str, grant: Grant, selection: Selection) -> None:
        """Take down a use before anything is read; an error refuses it (over the rate, past its end)."""


_providers: list[GrantProvider] = []


def tell_grants(provider: GrantProvider) -> None:
    """Let a higher room give grants; done once, when the program starts."""
    if provider not in _providers:
        _providers.append(provider)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows as text, how many they are, and the place behind them (`Selection.after`), empty when it ends there."""

    text: bytes
    count: int
    after: tuple[Value, ...]


@dataclass(frozen=True)
class Rows:
    """The rows of a version as one actor may see them. `columns` are those there are for them."""

    actor: Actor
    version: Version
    columns: tuple[Column, ...]
    grant: Grant | None = None

    @cached_property
    def key(self) -> Column | None:
        """The column that names a row: the first whose role is `identifier`, if every row has its own value in it."""
        found = next((column for column in self.columns if column.role == "identifier"), None)
        return found if found and reading.is_key(self.version.content_hash, found.name) else None

    def columns_of(self, selection: Selection) -> tuple[Column, ...]:
        """Return the columns of the answer, or raise `BadSelection`."""
        return check(selection, self.columns)

    def select(self, selection: Selection) -> pa.Table:
        """Return the answer whole. Raises BadSelection, QueryTooSlow, QueryTooHeavy, ResultTooLarge, DataUnreadable."""
        return reading.engine().table(self._statement(selection))

    def batches(self, selection: Selection, rows: int = reading.BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """Yield the answer in batches of `rows` at most, the first without rows; memory stays flat.

        What does not fit is refused here, not when the first batch is asked for.
        """
        return reading.engine().batches(self._statement(selection), rows)

    def texts(self, selection: Selection, wording: Wording) -> Iterator[bytes]:
        """Yield the text of the rows, many at a time; `wording` gives the SQL of the text of one."""
        columns = self.columns_of(selection)
        size = _ROWS_OF_TEXT if geometry_of(columns) is None else _ROWS_OF_SHAPES
        statement = worded(self._statement(selection), wording(columns))
        return (reading.text_of(batch) for batch in reading.engine().batches(statement, size) if batch.num_rows)

    def page(self, selection: Selection, wording: Wording) -> Page:
        """Return the text of at most `selection.limit` rows, and from where the next page goes on."""
        columns, limit = self.columns_of(selection), selection.limit or 0
        key = [order.column for order in order_key(selection)]
        more = replace(selection, limit=limit + 1)
        if not selection.is_grouped:
            names = [column.name for column in columns]
            more = replace(more, columns=(*names, *(name for name in key if name not in names)))
        found = self._worded(more, wording(columns), key).combine_chunks()
        shown = found.slice(0, limit)
        last = tuple(column[-1].as_py() for column in shown.columns[1:]) if 0 < limit < found.num_rows else ()
        text = reading.text_of(shown.to_batches()[0]) if shown.num_rows else b""
        return Page(text, shown.num_rows, last)

    def _worded(self, selection: Selection, text: str, key: Sequence[str]) -> pa.Table:
        """Return the text of each row and what orders it; from memory, if the whole version is kept there."""
        engine, content_hash = reading.engine(), self.version.content_hash
        if self.grant is not None or selection.is_grouped or TEXT in (column.name for column in self.columns):
            return engine.table(worded(self._statement(selection), text, key))
        with engine.tables.lent(content_hash, self.version.rows, reading.table_of(content_hash), text) as kept:
            if kept is None:
                return engine.table(worded(self._statement(selection), text, key))
            check(selection, self.columns)
            wanted = replace(selection, columns=(TEXT, *key))
            return engine.table(translate(wanted, self.columns, Source(kept, self.columns)))

    def size(self, selection: Selection) -> int:
        """Return how many rows the answer has."""
        return int(reading.engine().table(counted(self._statement(selection))).column(0)[0].as_py())

    def count(self, where: Condition | None = None) -> int:
        """Return how many rows there are for which `where` holds."""
        if where is None and self.grant is None:
            return self.version.rows
        found = self.select(Selection(where=where, aggregates=(Aggregate("count", "", "rows"),)))
        return int(found.column(0)[0].as_py())

    def _statement(self, selection: Selection) -> Statement:
        check(selection, self.columns)
        if self.grant is not None:
            for provider in _providers:
                provider.use(self.actor, self.version.slug, self.grant, selection)
        table, granted = reading.table_of(self.version.content_hash), self.grant.where if self.grant else None
        return translate(selection, self.columns, Source(table, self.version.columns, granted))


def open_rows(actor: Actor, slug: str, number: int | None = None) -> Rows:
    """Return the rows of the current version of a dataset, or of one by its number.

    Raises NoSuchDataset or NoSuchVersion, alike for what is not there and what is not there for `actor`.
    """
    try:
        version = _version(actor, slug, number)
        return Rows(actor, version, version.columns)
    except (NoSuchDataset, NoSuchVersion):
        grant = next((found for one in _providers if (found := one.grant(actor, slug))), None)
        if grant is None:
            raise
    version = _version(Actor.system(actor.tenant_id, "grants"), slug, number)
    return Rows(actor, version, tuple(column for column in version.columns if column.name in grant.columns), grant)


def _version(actor: Actor, slug: str, number: int | None) -> Version:
    if number is None:
        return queries.current_version(actor, slug)
    return queries.numbered_version(actor, slug, number)


def select(actor: Actor, slug: str, selection: Selection, number: int | None = None) -> pa.Table:
    """Return what is selected of a dataset's current version, or of one by its number: see `Rows.select`."""
    return open_rows(actor, slug, number).select(selection)


def select_batches(
    actor: Actor, slug: str, selection: Selection, number: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield what is selected, a piece at a time: see `Rows.batches`."""
    return open_rows(actor, slug, number).batches(selection)


def count_rows(actor: Actor, slug: str, where: Condition | None = None, number: int | None = None) -> int:
    """Return how many rows of a dataset there are for which `where` holds."""
    return open_rows(actor, slug, number).count(where)
