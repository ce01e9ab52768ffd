"""Selections through the door: who may, what a grant gives, limits, pages, and what happens to a missing file."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa
import pytest
import shapely

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import access, public, queries, store
from spiegelstad.catalogue.public import (
    ROW,
    Aggregate,
    BadSelection,
    Column,
    Comparison,
    Grant,
    InBox,
    Order,
    Selection,
)
from spiegelstad.catalogue.selection import reading
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db
TABLE = pa.table(
    {
        "id": ["a", "b", "c", "d"],
        "ward": ["north", "north", "south", None],
        "count": [3, 1, 2, 4],
        "secret": [9, 8, 7, 6],
    }
)
COLUMNS = (
    Column("id", "VARCHAR", role="identifier"),
    Column("ward", "VARCHAR"),
    Column("count", "BIGINT", "C62"),
    Column("secret", "BIGINT"),
)


def _publish(
    tenant: str, slug: str = "counts", table: pa.Table = TABLE, columns: Any = COLUMNS, **changes: Any
) -> None:
    make_dataset(tenant, slug, columns, **changes)
    make_version(tenant, slug, table, columns=columns)


def test_selection_is_read_from_the_current_version(tenant: str, people: Any) -> None:
    _publish(tenant)
    where = Comparison("ward", "eq", "north")
    selection = Selection(("id", "count", ROW), where, order_by=(Order("count"),))
    assert public.select(people.nobody, "counts", selection).to_pylist() == [
        {"id": "b", "count": 1, "_row": 1}, {"id": "a", "count": 3, "_row": 0},
    ]  # fmt: skip
    assert public.count_rows(people.nobody, "counts", where) == 2
    assert public.count_rows(people.nobody, "counts") == 4
    sums = Selection(where=where, group_by=("ward",), aggregates=(Aggregate("sum", "count", "total"),))
    assert public.select(people.nobody, "counts", sums).to_pylist() == [{"ward": "north", "total": 4}]
    make_version(tenant, "counts", TABLE.slice(2), columns=COLUMNS)
    assert public.count_rows(people.nobody, "counts", where) == 0
    assert public.count_rows(people.nobody, "counts", where, 1) == 2


def test_batches_begin_with_their_columns(tenant: str, people: Any) -> None:
    """So a file without rows has its header too."""
    _publish(tenant)
    none = Selection(("id",), Comparison("count", "gt", 99))
    assert [batch.schema.names for batch in public.select_batches(people.nobody, "counts", none)] == [["id"]]
    one, other = (public.select_batches(people.nobody, "counts", Selection()) for _ in "ab")
    both = [[batch.num_rows, more.num_rows] for batch, more in zip(one, other, strict=True)]  # at once, on one thread
    assert both == [[0, 0], [4, 4]]


def test_box_of_points_and_of_geometry(tenant: str, people: Any) -> None:
    shapes = [shapely.Point(3.7, 51.0), shapely.box(3.0, 50.0, 3.5, 50.5), None]
    _publish(tenant, "shapes", pa.table({"id": ["p", "q", "r"], "g": shapely.to_wkb(shapes)}),
             (Column("id", "VARCHAR"), Column("g", "BLOB")))  # fmt: skip
    for box, found in (
        ((3.6, 50.9, 3.8, 51.1), ["p"]), ((3.4, 50.4, 4.0, 52.0), ["p", "q"]), ((0.0, 0.0, 1.0, 1.0), []),
    ):  # fmt: skip
        rows = public.select(people.nobody, "shapes", Selection(("id",), InBox(box)))
        assert rows.column(0).to_pylist() == found


def test_key_is_the_identifier_when_every_row_has_its_own(tenant: str, people: Any) -> None:
    _publish(tenant)
    key = public.open_rows(people.nobody, "counts").key
    assert key is not None and key.name == "id"
    make_version(tenant, "counts", pa.concat_tables([TABLE, TABLE]), columns=COLUMNS)
    assert public.open_rows(people.nobody, "counts").key is None


def test_who_may_not_read_gets_no_rows(tenant: str, people: Any) -> None:
    _publish(tenant, classification="confidential", classification_reason="not yet", department="mobiliteit")
    assert public.count_rows(people.steward, "counts") == 4
    for who in (people.nobody, people.resident, people.other_steward, people.clerk, people.foreigner):
        for ask in (public.count_rows, lambda by, slug: public.select(by, slug, Selection())):
            with pytest.raises(public.NoSuchDataset):
                ask(who, "counts")
        with pytest.raises(public.NoSuchVersion):
            public.count_rows(who, "counts", None, 1)


def test_version_is_what_the_dataset_now_tells_to_each(tenant: str, people: Any) -> None:
    """The one statement that finds it agrees with the list of datasets, for everybody, also after a change."""

    def found(ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except (public.NoSuchDataset, public.NoSuchVersion) as error:
            return type(error)

    def compare() -> int:
        seen = 0
        for by in (getattr(people, field.name) for field in dataclasses.fields(people)):
            listed = {one.slug: one.current for one in public.datasets(by)}
            for slug in (*kinds, "empty", "nothing"):
                expected = listed.get(slug, public.NoSuchDataset) or public.NoSuchVersion
                assert found(partial(public.current_version, by, slug)) == expected
                numbered = found(partial(queries.numbered_version, by, slug, 1))
                assert numbered == (public.NoSuchVersion if expected is public.NoSuchDataset else expected)
                seen += expected not in (public.NoSuchDataset, public.NoSuchVersion)
        return seen

    kinds = {"public": {}, "internal": {}, "confidential": {}, "personal": {"processing": "accounts"}}
    for kind, more in kinds.items():
        _publish(tenant, kind, classification=kind, classification_reason="why", **more)
    make_dataset(tenant, "empty", COLUMNS)
    assert compare() > 4
    _publish(tenant, "public", classification="internal", classification_reason="a mistake")
    make_dataset(tenant, "internal", COLUMNS, title={"nl": "Anders"}, department="milieu")
    assert compare() > 4
    assert public.current_version(people.nobody, "internal").title == {"nl": "Anders"}
    assert found(partial(public.current_version, people.nobody, "public")) is public.NoSuchDataset


class _Agreements:
    """Gives one resident the rows of the north without the secret; other room's part in this play."""

    def __init__(self, to: Actor) -> None:
        self.to, self.is_full = to, False
        self.uses: list[tuple[str, UUID, Selection]] = []
        self.given = Grant(uuid4(), ("id", "count"), Comparison("ward", "eq", "north"))

    def grant(self, actor: Actor, slug: str) -> Grant | None:
        return self.given if actor == self.to and slug == "counts" else None

    def use(self, actor: Actor, slug: str, grant: Grant, selection: Selection) -> None:
        if self.is_full:
            raise public.ReasonNeeded("Too often.")
        self.uses.append((slug, grant.agreement_id, selection))


@pytest.fixture
def agreements(people: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Agreements]:
    monkeypatch.setattr(access, "_providers", [])
    made = _Agreements(people.resident)
    public.tell_grants(made)
    yield made


def test_grant_gives_its_columns_and_rows_only(tenant: str, people: Any, agreements: _Agreements) -> None:
    _publish(tenant, classification="personal", classification_reason="people", processing="accounts")
    by = people.resident
    assert public.select(by, "counts", Selection(("id", "count", ROW))).to_pylist() == [
        {"id": "a", "count": 3, "_row": 0}, {"id": "b", "count": 1, "_row": 1},
    ]  # fmt: skip
    assert [batch.num_rows for batch in public.select_batches(by, "counts", Selection())] == [0, 2]
    assert public.count_rows(by, "counts") == 2 and public.count_rows(by, "counts", None, 1) == 2
    for selection in (
        Selection(("secret",)), Selection(where=Comparison("ward", "eq", "south")),
        Selection(("id",), order_by=(Order("secret"),)),
        Selection(aggregates=(Aggregate("max", "secret", "x"),)), Selection(group_by=("ward",)),
    ):  # fmt: skip
        with pytest.raises(BadSelection) as caught:
            public.select(by, "counts", selection)
        assert caught.value.remedy == "There are: id, count."
    assert len(agreements.uses) == 4 and agreements.uses[0][1] == agreements.given.agreement_id
    with pytest.raises(public.NoSuchDataset):
        public.count_rows(people.neighbour, "counts")


def test_refused_use_reads_nothing(tenant: str, people: Any, agreements: _Agreements) -> None:
    _publish(tenant, classification="confidential", classification_reason="not yet")
    agreements.is_full = True
    for ask in (public.select, public.select_batches):
        with pytest.raises(public.ReasonNeeded):
            ask(people.resident, "counts", Selection())


def test_missing_file_is_told_without_its_path(tenant: str, people: Any) -> None:
    _publish(tenant)
    path = store.path_of(public.current_version(people.nobody, "counts").content_hash)
    path.rename(path.with_suffix(".away"))
    with pytest.raises(public.DataUnreadable) as caught:
        public.select(people.nobody, "counts", Selection(("id",)))
    assert ".parquet" not in str(caught.value) and str(store.root()) not in str(caught.value)


def _numbers(tenant: str, count: int) -> None:
    table = pa.table({"n": pa.array(range(count), pa.int64())})
    _publish(tenant, "numbers", table, (Column("n", "BIGINT"),))


def test_late_and_too_large_answers_are_stopped(tenant: str, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _numbers(tenant, 3_000_000)
    with pytest.raises(public.ResultTooLarge):
        public.select(people.nobody, "numbers", Selection())
    monkeypatch.setattr(reading, "SECONDS", 0.0)
    heavy = Selection(group_by=("n",), aggregates=(Aggregate("median", "n", "m"),))
    with pytest.raises(public.QueryTooSlow):
        public.select(people.nobody, "numbers", heavy)
    monkeypatch.undo()
    assert public.select(people.nobody, "numbers", Selection(limit=1)).num_rows == 1


def test_sum_beyond_all_numbers_is_refused(tenant: str, people: Any) -> None:
    _publish(tenant, "numbers", pa.table({"n": [2**63 - 1, 2**63 - 1]}), (Column("n", "BIGINT"),))
    with pytest.raises(BadSelection):
        public.select(people.nobody, "numbers", Selection(aggregates=(Aggregate("sum", "n", "x"),)))


def test_many_threads_ask_at_once(tenant: str, people: Any) -> None:
    """Each has a cursor of its own, over one engine."""
    _numbers(tenant, 50_000)
    rows, wrong = public.open_rows(people.nobody, "numbers"), []

    def ask(number: int) -> None:
        for _ in range(20):
            found = rows.select(Selection(where=Comparison("n", "eq", number)))
            if found.to_pylist() != [{"n": number}]:
                wrong.append(number)

    threads = [threading.Thread(target=ask, args=(number * 1_000,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_engine_reads_versions_and_nothing_else(tenant: str, tmp_path: Any) -> None:
    """Even SQL that is not ours could not: no other file, no setting, no extension, no variable of Python."""
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    frame = pa.table({"a": [1]})  # noqa: F841  must not be found by its name
    for sql in (
        f"SELECT * FROM read_csv('{secret}')", f"SELECT * FROM '{secret}'", "SELECT * FROM read_text('/etc/hostname')",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'", "INSTALL httpfs", "LOAD httpfs",
        f"ATTACH '{tmp_path / 'x.db'}'",
        "SET enable_external_access = true", "SET memory_limit = '100GB'", "SELECT * FROM frame",
        "SELECT * FROM read_csv('https://example.org/x.csv')",
    ):  # fmt: skip
        with pytest.raises(Exception, match=r"(?i)permission|disabled|locked|exist|not allowed|cannot"):
            reading.engine()._duckdb.cursor().execute(sql)
    assert not (tmp_path / "out.csv").exists()


def test_engine_is_made_anew_after_a_fork(
    tenant: str, people: Any, in_child: Callable[[Callable[[], object]], int]
) -> None:
    """Threads do not come along into a child; it would wait for them for ever."""
    _publish(tenant)
    rows = public.open_rows(people.nobody, "counts")
    assert rows.select(Selection()).num_rows == 4

    def work() -> None:
        assert dataclasses.replace(rows).select(Selection()).num_rows == 4

    assert in_child(work) == 0
