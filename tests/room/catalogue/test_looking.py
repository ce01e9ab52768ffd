"""Looking at what versions hold: profiles of columns, and what differs between two versions."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import comparing, profiling, public, store
from spiegelstad.catalogue.public import Column
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db
DAY = datetime(2024, 7, 1, tzinfo=UTC)
COLUMNS = (Column("code", "VARCHAR", role="identifier"), Column("count", "BIGINT"), Column("note", "VARCHAR"))


def _table(rows: dict[str, tuple[int | None, str | None]]) -> pa.Table:
    kinds = pa.schema([("code", pa.string()), ("count", pa.int64()), ("note", pa.string())])
    values = [{"code": code, "count": count, "note": note} for code, (count, note) in rows.items()]
    return pa.Table.from_pylist(values, schema=kinds)


def _versions(tenant: str, *tables: pa.Table, columns: tuple[Column, ...] = COLUMNS) -> list[public.Version]:
    make_dataset(tenant, columns=columns)
    return [make_version(tenant, table=table, columns=columns) for table in tables]


def test_profile_tells_what_columns_hold(tenant: str, people: Any) -> None:
    table = pa.table({
        "place": ["a", "b", "a", "a"], "count": [1, 2, 3, 13], "share": [0.5, float("nan"), float("inf"), None],
        "day": [date(2024, 1, 1), date(2024, 3, 1), None, None], "at": pa.array([DAY] * 4, pa.timestamp("us", "UTC")),
        "open": [True, True, True, False], 'odd "name"': ["x", "x", "x", "x"], "shape": pa.array([b"1"] * 4),
    })  # fmt: skip
    make_dataset(tenant)
    version = make_version(tenant, table=table)
    found = profiling.profile(people.nobody, version)
    assert found is not None
    assert found["place"] == profiling.Held(1.0, 2, None, None, (("a", 3), ("b", 1)))
    assert (found["count"].low, found["count"].high, found["count"].bars) == (1, 13, (1, 1, 1, *[0] * 8, 1))
    assert (found["share"].filled, found["share"].low, found["share"].high) == (0.75, 0.5, 0.5)
    assert (found["day"].low, found["day"].high) == ("2024-01-01", "2024-03-01")
    assert str(found["at"].low).startswith("2024-07-01T")
    assert found["open"].frequent == ((True, 3), (False, 1))
    assert found['odd "name"'].frequent == (("x", 4),) and found["shape"].frequent == ()


def test_profile_is_made_once_and_goes_with_its_file(tenant: str, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_dataset(tenant)
    version = make_version(tenant)
    first = profiling.profile(people.nobody, version)
    monkeypatch.setattr(profiling, "make_profile", None)
    assert profiling.profile(people.nobody, version) == first is not None
    store.remove(version.content_hash)
    assert not store.sidecar_of(version.content_hash, "profile.json").exists()


def test_profile_of_a_large_version_is_left_to_the_worker(
    tenant: str, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_dataset(tenant)
    version = make_version(tenant)
    monkeypatch.setattr(profiling, "MOST_AT_ONCE", 1)
    assert profiling.profile(people.nobody, version) is None
    event = public.VersionPublished(tenant_id=tenant, slug="bicycle-counts", version_id=version.id)
    profiling.on_version_published(event)
    found = profiling.profile(people.nobody, version)
    assert found is not None and found["count"].high == 340


def test_profile_of_a_damaged_file_is_none(tenant: str, people: Any) -> None:
    make_dataset(tenant)
    version = make_version(tenant)
    store.path_of(version.content_hash).unlink()
    assert profiling.profile(people.nobody, version) is None


ROWS = st.dictionaries(
    st.sampled_from("abcdef"), st.tuples(st.none() | st.integers(0, 2), st.sampled_from([None, "x", "y"])), max_size=6
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=ROWS, after=ROWS)
def test_differences_are_those_of_two_dictionaries(tenant: str, before: Any, after: Any) -> None:
    make_dataset(tenant, columns=COLUMNS)
    older, newer = (make_version(tenant, table=_table(rows), columns=COLUMNS) for rows in (before, after))
    found = comparing.differences(Actor.system(tenant, "tests"), older, newer)
    same = before.keys() & after.keys()
    assert found.key == "code"
    assert {row["code"] for row in found.added_rows} == after.keys() - before.keys()
    assert found.added == len(found.added_rows)
    assert {row["code"] for row in found.removed_rows} == before.keys() - after.keys()
    assert found.removed == len(found.removed_rows)
    assert found.changed == sum(before[code] != after[code] for code in same)
    told = {(value.key, value.column.name): (value.before, value.after) for value in found.changed_values}
    wanted = {
        (code, name): (before[code][at], after[code][at])
        for code in same for at, name in enumerate(("count", "note")) if before[code][at] != after[code][at]
    }  # fmt: skip
    assert told == wanted


def test_differences_without_a_key_are_whole_rows(tenant: str, people: Any) -> None:
    plain = tuple(Column(column.name, column.type) for column in COLUMNS)
    older, newer = _versions(
        tenant, _table({"a": (1, None), "b": (2, None)}), _table({"a": (1, None), "b": (3, None)}), columns=plain
    )
    found = comparing.differences(people.nobody, older, newer)
    assert (found.key, found.added, found.removed, found.changed) == ("", 1, 1, 0)
    assert found.added_rows[0]["count"] == 3 and found.removed_rows[0]["count"] == 2


def test_differences_of_columns(tenant: str, people: Any) -> None:
    make_dataset(tenant, columns=COLUMNS)
    older = make_version(tenant, table=_table({"a": (1, "x")}), columns=COLUMNS)
    table = pa.table({"code": ["a"], "count": ["1"], "colour": ["red"]})
    columns = (COLUMNS[0], Column("count", "VARCHAR"), Column("colour", "VARCHAR"))
    newer = make_version(tenant, table=table, columns=columns)
    found = comparing.differences(people.nobody, older, newer)
    assert [column.name for column in found.added_columns] == ["colour"]
    assert [column.name for column in found.removed_columns] == ["note"]
    assert [(a.type, b.type) for a, b in found.retyped_columns] == [("BIGINT", "VARCHAR")]
    assert (found.added, found.removed, found.changed) == (0, 0, 0)


def test_keys_that_are_not_unique_are_no_keys(tenant: str, people: Any) -> None:
    rows = pa.concat_tables([_table({"a": (1, None)}), _table({"a": (2, None)})])
    older, newer = _versions(tenant, _table({"a": (1, None)}), rows)
    found = comparing.differences(people.nobody, older, newer)
    assert (found.key, found.added, found.removed) == ("", 1, 0)


def test_what_is_too_large_is_refused(tenant: str, people: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    older, newer = _versions(tenant, _table({"a": (1, None)}), _table({"a": (2, None)}))
    monkeypatch.setattr(comparing, "MOST_ROWS", 0)
    with pytest.raises(comparing.TooManyRows):
        comparing.differences(people.nobody, older, newer)
