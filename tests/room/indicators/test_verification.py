"""Verification: every figure comes out of its recorded inputs to the digit, and whatever was changed is found."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
import pytest
from django.db import connection

from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue import testing as catalogue_testing
from spiegelstad.indicators import models, public
from spiegelstad.indicators.testing import SECTORS, SHARE_SQL, make_figures, make_population, write_definition
from tests.conftest import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indicators"


@pytest.fixture
def made(people: People, folder: Path) -> str:
    """A city with two indicators, one of which hides small cells, and an old computation of each."""
    make_figures(people.system.tenant_id, folder, ["inhabitants"])
    write_definition(folder, "older", SHARE_SQL, unit="P1", minimum_cell=60)
    public.sync_indicators(by=people.system, folder=folder)
    public.compute(by=people.system)
    make_population(people.system.tenant_id, {**SECTORS, "W1A": [101, 111, 121]})
    public.compute(by=people.system)
    return people.system.tenant_id


def _change(sql: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        assert cursor.rowcount == 1


def _some_figure(slug: str = "inhabitants") -> UUID:
    rows = models.Figure.objects.filter(computation__indicator__slug=slug, area_code="W2", period="2024")
    return rows.order_by("id").values_list("id", flat=True)[0]  # type: ignore[no-any-return]


def test_all_figures_old_and_new_come_out_the_same(people: People, made: str) -> None:
    result = public.verify(people.system)
    assert result.holds and (result.computations, result.figures) == (4, 4 * 39)
    assert models.Figure.objects.filter(suppressed=True).count() > 0


def test_one_figure_is_verified_alone(people: People, made: str) -> None:
    result = public.verify(people.nobody, [_some_figure()])
    assert result.holds and (result.computations, result.figures) == (1, 1)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("value = nextafter(value)", "value differs"),
        ("value = value + 1", "value differs"),
        ("value = NULL", "value differs"),
        ("numerator = numerator - 1", "numerator differs"),
        ("denominator = denominator + 1", "denominator differs"),
        ("suppressed = true, value = NULL, numerator = NULL, denominator = NULL", "value differs"),
        ("area_code = 'W9'", "the figure is gone"),
        ("period = '1999'", "the figure is gone"),
    ],
)
def test_changed_figure_is_found_and_named(people: People, made: str, change: str, what: str) -> None:
    id_ = _some_figure("older")
    if "nextafter" in change:
        figure = models.Figure.objects.get(tenant_id=made, id=id_)
        change = f"value = {np.nextafter(figure.value, np.inf)!r}".replace("np.float64(", "").replace(")", "")
    _change(f"UPDATE indicators_figure SET {change} WHERE tenant_id = %s AND id = %s", made, id_)
    result = public.verify(people.system)
    assert not result.holds and what in {one.what for one in result.differences}
    assert {one.indicator for one in result.differences} == {"older"}
    if what != "the figure is gone":
        assert {one.figure_id for one in result.differences} == {id_}
        assert public.verify(people.system, [id_]).differences


def test_removed_and_added_figures_are_found(people: People, made: str) -> None:
    removed, added = _some_figure(), uuid4()
    figure = models.Figure.objects.get(tenant_id=made, id=removed)
    same = {"computation_id": figure.computation_id, "area_type": "wijk", "area_code": "W2", "value": 1.0}
    models.Figure.objects.create(tenant_id=made, id=added, period="2026", **same)
    _change("DELETE FROM indicators_figure WHERE tenant_id = %s AND id = %s", made, removed)
    found = {(one.what, one.figure_id, one.period) for one in public.verify(people.system).differences}
    assert found == {("the figure is gone", None, "2024"), ("the figure was added", added, "2026")}


def test_changed_file_is_found_by_its_hash(people: People, made: str) -> None:
    version = catalogue.current_version(people.system, "population")
    path = catalogue.parquet_path(version.id)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    result = public.verify(people.system)
    assert {one.what for one in result.differences} == {"the file of population version 2 was changed"}
    assert {one.indicator for one in result.differences} == {"inhabitants", "older"}
    assert len(result.differences) == 2, "the computations over version 1 still hold"


def test_missing_file_is_found(people: People, made: str) -> None:
    catalogue.parquet_path(catalogue.current_version(people.system, "population").id).unlink()
    found = {one.what for one in public.verify(people.system).differences}
    assert found == {"the file of population version 2 is missing"}


def test_changed_definition_is_found(people: People, made: str) -> None:
    _change(
        "UPDATE indicators_definition SET sql = sql || ' ' WHERE id IN "
        "(SELECT definition_id FROM indicators_indicator WHERE slug = 'inhabitants')"
    )
    found = {(one.indicator, one.what) for one in public.verify(people.system).differences}
    assert found == {("inhabitants", "the definition was changed")}


def test_sums_of_decimals_come_out_the_same_every_time(people: People, folder: Path) -> None:
    """A million decimals in random order: with several threads DuckDB gives other last digits from run to run."""
    tenant = people.system.tenant_id
    random = np.random.default_rng(7)
    sectors = np.array(sorted(SECTORS))[random.integers(0, len(SECTORS), 1_000_000)]
    table = pa.table({"sector": pa.array(sectors), "amount": random.lognormal(0, 8, 1_000_000)})
    catalogue_testing.make_dataset(tenant, "amounts", catalogue_testing.columns_of(table))
    version = catalogue_testing.make_version(tenant, "amounts", table)
    sql = """SELECT m.area_type, m.area_code, '2025' AS period, avg(a.amount) AS value FROM amounts a
        JOIN area_members m ON m.member_type = 'sector' AND m.member_code = a.sector GROUP BY ALL"""
    write_definition(folder, "amount", sql, inputs={"amounts": {"dataset": "amounts"}})
    make_figures(tenant, folder)
    for _ in range(3):
        assert public.verify(people.system).holds
    bare = "SELECT sector, sum(amount) AS total FROM a GROUP BY ALL ORDER BY ALL"
    once, *again = (catalogue.query(people.system, bare, tables={"a": version.id}) for _ in range(4))
    assert all(table.equals(once) for table in again)
