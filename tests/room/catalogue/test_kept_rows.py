"""Rows kept unpacked in memory: they say what the file says, make room for each other, and are for who may read all."""

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import access, public
from spiegelstad.catalogue.public import ROW, All, Column, Comparison, Grant, Order, Rows, Selection, Words, json_line
from spiegelstad.catalogue.selection import reading, tables
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db
COLUMNS = (
    Column("id", "VARCHAR", role="identifier"),
    Column("ward", "VARCHAR"),
    Column("count", "BIGINT", "C62"),
    Column("share", "DOUBLE"),
    Column("day", "DATE"),
    Column("at", "TIMESTAMP WITH TIME ZONE"),
)
SELECTIONS = (
    Selection(limit=3),
    Selection(where=Comparison("count", "gt", 900), limit=1000),
    Selection(where=Comparison("ward", "eq", 'Zuid "1"'), limit=7),
    Selection(where=Comparison("ward", "null", True), limit=2000),
    Selection(where=All((Words("zuid"), Comparison("share", "lt", 0.5))), limit=50),
    Selection(order_by=(Order("share", descending=True), Order("ward")), limit=40),
    Selection(order_by=(Order("day"),), limit=10, offset=20),
    Selection(where=Comparison(ROW, "ge", 2_990), limit=100),
    Selection(where=Comparison("count", "gt", 10**6), limit=10),
    Selection(limit=0),
)


def _table(seed: int = 0, count: int = 3_000) -> pa.Table:
    rows = range(count)
    return pa.table(
        {
            "id": [f"r{seed}-{i}" for i in rows],
            "ward": [(None, "north", f'Zuid "{i % 5}"', "é\n")[i % 4] for i in rows],
            "count": [i * 7919 % 1000 for i in rows],
            "share": [None if i % 11 == 0 else float("nan") if i % 13 == 0 else i * 31 % 997 / 997 for i in rows],
            "day": pa.array([date(2024, 1, 1 + i % 28) for i in rows], pa.date32()),
            "at": pa.array([datetime(2024, 1, 1, i % 24, tzinfo=UTC) for i in rows], pa.timestamp("us", "UTC")),
        }
    )


def _publish(tenant: str, slug: str = "counts", seed: int = 0, **changes: Any) -> None:
    make_dataset(tenant, slug, COLUMNS, **changes)
    make_version(tenant, slug, _table(seed), columns=COLUMNS)


def _from_file(rows: Rows, selection: Selection) -> bytes:
    return b"".join(rows.texts(selection, json_line))


def _kept() -> list[tables._Table]:
    return [table for table in reading.engine().tables._tables.values() if table.size]


def test_kept_rows_say_what_the_file_says(tenant: str, people: Any) -> None:
    """For each question, and pages go on where the first ended, from the file or from memory."""
    _publish(tenant)
    rows = public.open_rows(people.nobody, "counts")
    first = rows.page(Selection(limit=1), json_line)
    assert _kept() == [] and rows.page(Selection(limit=1), json_line) == first
    assert len(_kept()) == 1 and first.after == (0,)
    for selection in SELECTIONS:
        page = rows.page(selection, json_line)
        assert page.text == _from_file(rows, selection), selection
        assert page.count == rows.size(selection)
    again = rows.page(Selection(limit=2, after=first.after), json_line)
    assert again.text == _from_file(rows, Selection(limit=2, offset=1)) and again.after == (2,)
    assert len(_kept()) == 1


def test_other_columns_and_new_versions_are_kept_apart(tenant: str, people: Any) -> None:
    _publish(tenant)
    for _ in range(3):
        rows = public.open_rows(people.nobody, "counts")
        for columns in (("id",), ("count", "id")):
            page = rows.page(Selection(columns, Comparison("day", "eq", date(2024, 1, 3)), limit=4), json_line)
            assert page.text.count(b"id") == 4 and (b"count" in page.text) is ("count" in columns)
    assert len(_kept()) == 2
    make_version(tenant, "counts", _table(1), columns=COLUMNS)
    for _ in range(3):
        assert b"r1-0" in public.open_rows(people.nobody, "counts").page(Selection(limit=1), json_line).text
        assert b"r0-0" in public.open_rows(people.nobody, "counts", 1).page(Selection(limit=1), json_line).text
    assert len(_kept()) == 4


def test_memory_is_bounded(tenant: str, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not asked for the longest makes room; what would take too much is never kept."""
    for number in range(5):
        _publish(tenant, f"counts-{number}", number)
    opened = [public.open_rows(people.nobody, f"counts-{number}") for number in range(5)]

    def ask(rows: Rows) -> None:
        for limit in (1, 2, 3):
            assert rows.page(Selection(limit=limit), json_line).text == _from_file(rows, Selection(limit=limit))

    ask(opened[0])
    [only] = _kept()
    seen = tables._used(reading.engine()._duckdb.cursor())
    assert 0 < seen <= only.size < 20 * seen  # a small table takes a block at least
    monkeypatch.setattr(tables, "MEMORY_MB", 2.5 * only.size / 2**20)
    for rows in opened:
        ask(rows)
        assert sum(table.size for table in _kept()) <= 2.5 * only.size
    assert len(_kept()) == 2 and tables._used(reading.engine()._duckdb.cursor()) <= 2.5 * only.size
    monkeypatch.setattr(tables, "MOST_MB", 0)
    ask(opened[0])
    assert len(_kept()) == 2


def test_table_is_not_let_go_while_it_is_read(tenant: str, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many threads ask for more versions than there is room for."""
    for number in range(4):
        _publish(tenant, f"counts-{number}", number)
    opened = [public.open_rows(people.nobody, f"counts-{number}") for number in range(4)]
    opened[0].page(Selection(limit=1), json_line), opened[0].page(Selection(limit=1), json_line)
    monkeypatch.setattr(tables, "MEMORY_MB", 1.5 * _kept()[0].size / 2**20)
    wrong: list[object] = []

    def ask(turn: int) -> None:
        try:
            for number in range(40):
                which = (turn + number // 4) % 4
                where = Comparison(ROW, "ge", turn * 40 + number)
                text = opened[which].page(Selection(where=where, limit=1), json_line).text
                if f'"r{which}-{turn * 40 + number}"'.encode() not in text:
                    wrong.append(text)
        except Exception as error:  # a thread's error is lost otherwise
            wrong.append(error)

    threads = [threading.Thread(target=ask, args=(turn,)) for turn in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == [] and all(table.readers == 0 for table in reading.engine().tables._tables.values())


class _Grants:
    """Gives each their own part."""

    def __init__(self, given: dict[str, Grant]) -> None:
        self.given = given

    def grant(self, actor: Actor, slug: str) -> Grant | None:
        return self.given.get(actor.id)

    def use(self, actor: Actor, slug: str, grant: Grant, selection: Selection) -> None:
        """Every use is fine."""


@pytest.fixture
def granted(tenant: str, people: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A closed dataset: the resident has the north, the neighbour all rows without the wards."""
    _publish(tenant, classification="personal", classification_reason="people", processing="accounts")
    north = Grant(uuid4(), tuple(column.name for column in COLUMNS), Comparison("ward", "eq", "north"))
    monkeypatch.setattr(access, "_providers", [])
    public.tell_grants(_Grants({people.resident.id: north, people.neighbour.id: Grant(uuid4(), ("id", "count"))}))
    yield


def test_who_has_a_grant_gets_no_more_from_memory(tenant: str, people: Any, granted: None) -> None:
    """All ask the same, again and again, in turns: who may read all first, so that all is kept."""
    system = Actor.system(tenant, "testing")
    for _ in range(4):
        texts = {
            by.id: public.open_rows(by, "counts").page(Selection(limit=3), json_line).text
            for by in (system, people.resident, people.neighbour)
        }
        assert b"Zuid" in texts[system.id] and b'"r0-0"' in texts[system.id]
        assert texts[people.resident.id].count(b'"ward":"north"') == 3 == texts[people.resident.id].count(b'"id"')
        assert texts[people.neighbour.id].count(b"{") == 3 and b"ward" not in texts[people.neighbour.id]
        for by in (people.nobody, people.foreigner):
            with pytest.raises(public.NoSuchDataset):
                public.open_rows(by, "counts")
    assert len(_kept()) == 1
