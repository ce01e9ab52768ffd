"""Definitions of indicators: what is right is read, what is wrong is told with file, line, key and remedy."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest
from django.conf import settings

from spiegelstad.base.yaml_documents import Problem
from spiegelstad.indicators.formats.definition import Definition, parse_definition, read_definition
from spiegelstad.indicators.queries.checking import check, check_folder

RIGHT = """\
indicator: green
title: {nl: Groen, en: Green}
explanation: {nl: Hoeveel groen., en: How much green.}
theme: green
unit: MTK
direction: higher
area_types: [municipality, sector]
period: year
inputs:
  parks: {dataset: parks}
  counts: {series: {property: bicycleCount, resolution: hour}}
minimum_cell: 10
targets: [{area_type: municipality, value: 30, on: 2030-12-31}]
"""
SQL = """SELECT sector AS area_code, 'sector' AS area_type, '2025' AS period,
  sum(m2) AS numerator, count(*) AS denominator
FROM parks JOIN counts USING (sector_code) GROUP BY ALL"""
DATASETS = {"parks": {"sector": "VARCHAR", "sector_code": "VARCHAR", "m2": "DOUBLE"}}


def _write(tmp_path: Path, yaml: str = RIGHT, sql: str | None = SQL) -> Path:
    path = tmp_path / "green.yaml"
    path.write_text(yaml, encoding="utf-8")
    if sql is not None:
        path.with_suffix(".sql").write_text(sql, encoding="utf-8")
    return path


def _read(path: Path) -> Definition:
    found = read_definition(path)
    assert isinstance(found, Definition), found
    return found


def _problems(tmp_path: Path, yaml: str = RIGHT, sql: str | None = SQL) -> tuple[Problem, ...]:
    found = read_definition(_write(tmp_path, yaml, sql))
    assert isinstance(found, tuple)
    return found


def test_definition_is_read_with_its_defaults(tmp_path: Path) -> None:
    definition = _read(_write(tmp_path))
    assert definition.slug == "green" and definition.sql == SQL
    assert definition.yaml.targets[0].on == dt.date(2030, 12, 31)
    assert definition.yaml.shown_decimals == 1 and definition.yaml.ratio_factor == 1
    assert definition.yaml.inputs["counts"].series is not None
    assert definition.yaml.inputs["counts"].series.history_days == 730


def test_per_cent_is_a_hundredfold(tmp_path: Path) -> None:
    assert _read(_write(tmp_path, RIGHT.replace("MTK", "P1"))).yaml.ratio_factor == 100
    assert _read(_write(tmp_path, RIGHT.replace("MTK", "P1") + "factor: 1000\n")).yaml.ratio_factor == 1000


def test_definition_that_was_kept_is_the_same(tmp_path: Path) -> None:
    definition = _read(_write(tmp_path))
    assert parse_definition(definition.body, definition.sql) == definition
    assert parse_definition(definition.body, definition.sql).hash == definition.hash


@pytest.mark.parametrize(
    ("yaml", "sql"),
    [(RIGHT.replace("30,", "31,"), SQL), (RIGHT, SQL + "\n-- more"), (RIGHT.replace("10", "11"), SQL)],
)
def test_hash_changes_with_yaml_and_sql(tmp_path: Path, yaml: str, sql: str) -> None:
    before = _read(_write(tmp_path)).hash
    assert _read(_write(tmp_path, yaml, sql)).hash != before
    assert _read(_write(tmp_path, "# only a comment\n" + RIGHT)).hash == before


@pytest.mark.parametrize(
    ("change", "line", "key", "said"),
    [
        (("unit: MTK", "unit: XYZ"), 5, "unit", "isn't known"),
        (("theme: green", "theme: gren"), 4, "theme", "input should be"),
        (("title: {nl: Groen, en: Green}", "title: {nl: Groen}"), 2, "title", "en is missing"),
        (("{dataset: parks}", "{datset: parks}"), 10, "inputs.parks.datset", "unknown key"),
        (("{dataset: parks}", "{}"), 10, "inputs.parks", "dataset or series"),
        (("parks: {", "areas: {"), 10, "inputs.areas", "always there"),
        (("minimum_cell: 10", "minimum_cell: 2"), 12, "minimum_cell", "protects nobody"),
        (("minimum_cell: 10", "release: {nl: a, en: b}"), 12, "release", "minimum cell"),
        (("[municipality, sector]", "[city, sector]"), 7, "area_types", "municipality"),
        (("area_type: municipality, v", "area_type: wijk, v"), 13, "targets[0].area_type", "no figures"),
        (("indicator: green", "indicator: gren"), 1, "indicator", "its file"),
        (("value: 30", "value: many"), 13, "targets[0].value", "number"),
    ],
)
def test_wrong_definition_is_told_with_line_and_key(
    tmp_path: Path, change: tuple[str, str], line: int, key: str, said: str
) -> None:
    assert change[0] in RIGHT
    problems = _problems(tmp_path, RIGHT.replace(*change))
    assert (line, key) in {(problem.line, problem.key) for problem in problems}
    problem = next(problem for problem in problems if problem.key == key)
    assert said in problem.message and problem.remedy and problem.file.endswith("green.yaml")


@pytest.mark.parametrize(
    ("sql", "said"), [(None, "missing"), ("-- nothing\n", "empty"), ("SELECT '" + "x" * 70_000 + "'", "larger")]
)
def test_sql_file_must_be_there_and_say_something(tmp_path: Path, sql: str | None, said: str) -> None:
    (problem,) = _problems(tmp_path, sql=sql)
    assert said in problem.message and problem.file.endswith("green.sql")


def test_problems_of_yaml_and_sql_come_together(tmp_path: Path) -> None:
    assert len(_problems(tmp_path, RIGHT.replace("MTK", "XYZ").replace("theme: green", "theme: x"), None)) == 3


def test_check_finds_nothing_wrong_with_a_right_definition(tmp_path: Path) -> None:
    _write(tmp_path)
    assert check_folder(tmp_path, DATASETS, ["municipality", "sector"]) == []
    assert check_folder(tmp_path, None, []) == []


@pytest.mark.parametrize(
    ("was", "is_now", "line", "said"),
    [
        ("m2", "square_metres", 2, "square_metres"),
        ("FROM parks", "FROM park", 1, "no table `park`"),
        ("SELECT", "SELEC", 1, "syntax error"),
        ("'2025' AS period", "2025 AS period", 1, "not text"),
        ("sum(m2)", "string_agg(sector, '')", 1, "not a number"),
        ("sum(m2)", "sum(m2 * random())", 2, "same answer"),
        ("'2025' AS", "current_date::VARCHAR AS", 1, "same answer"),
        ("FROM parks", "FROM read_parquet('x') JOIN parks USING (sector)", 3, "isn't allowed"),
        ("FROM parks", "FROM main.parks", 3, "schema"),
        ("JOIN counts", "JOIN counts TABLESAMPLE 10%", 3, "sample"),
        ("sum(m2)", "sum(m2 + length(getenv('HOME')))", 1, "not allowed"),
    ],
)
def test_check_finds_bad_sql_without_running_it(tmp_path: Path, was: str, is_now: str, line: int, said: str) -> None:
    assert was in SQL
    _write(tmp_path, sql=SQL.replace(was, is_now))
    problems = check_folder(tmp_path, DATASETS, ["municipality", "sector"])
    found = [problem for problem in problems if said in problem.message]
    assert found and found[0].line == line and found[0].file.endswith("green.sql") and found[0].remedy


def test_indicators_of_every_city_are_right() -> None:
    folders = [path for path in (settings.HOME / "indicators").iterdir() if path.is_dir()]
    assert folders and [problem for folder in folders for problem in check(folder)] == []


def test_check_holds_formulas_against_the_sources_of_the_city(tmp_path: Path) -> None:
    shutil.copytree(settings.HOME / "sources" / "gent", tmp_path / "sources" / "gent")
    shutil.copytree(settings.HOME / "indicators" / "gent", tmp_path / "indicators" / "gent")
    path = tmp_path / "indicators" / "gent" / "population.sql"
    path.write_text(path.read_text().replace("inhabitants_per_km2", "inhabitants_per_mile"))
    (problem,) = check(tmp_path / "indicators" / "gent")
    assert problem.file == str(path) and "inhabitants_per_mile" in problem.message
    (tmp_path / "sources" / "gent" / "city.yaml").unlink()
    assert check(tmp_path / "indicators" / "gent") == [], "without sources the SQL is only parsed"


def test_check_finds_inputs_that_do_not_exist_or_are_not_read(tmp_path: Path) -> None:
    _write(tmp_path, sql=SQL.replace(" JOIN counts USING (sector_code)", ""))
    (tmp_path / "lonely.sql").write_text("SELECT 1", encoding="utf-8")
    messages = [problem.message for problem in check_folder(tmp_path, {"forests": {}}, ["municipality"])]
    assert messages == [
        "no source makes the dataset `parks`",
        "the city has no area type `sector`",
        "the formula doesn't read this input",
        "a formula without a definition",
    ]


def test_own_names_of_a_query_are_not_inputs(tmp_path: Path) -> None:
    _write(tmp_path, sql=f"WITH RECURSIVE mine AS ({SQL}), yours AS (FROM mine) SELECT * FROM yours")
    assert check_folder(tmp_path, DATASETS, ["municipality", "sector"]) == []
