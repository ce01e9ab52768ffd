"""Checking definitions without running them: the YAML, the SQL, and the SQL against the columns of its inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from spiegelstad.base.yaml_documents import Document, Problem, read_document
from spiegelstad.catalogue import public as catalogue
from spiegelstad.indicators.formats.definition import Definition, read_definition
from spiegelstad.indicators.formats.formula import Formula, bind_formula, parse_formula
from spiegelstad.indicators.rules.hierarchy import areas_table, members_table
from spiegelstad.indicators.vocabulary import AREA_MEMBERS, AREAS, BUILT_IN_TABLES, Resolution
from spiegelstad.ingest import public as ingest

Columns = Mapping[str, str]
"""Column → DuckDB type."""

_SERIES = {
    "series": "VARCHAR",
    "entity": "VARCHAR",
    "property": "VARCHAR",
    "unit": "VARCHAR",
    "lon": "DOUBLE",
    "lat": "DOUBLE",
    "bucket": "DATE",
    "count": "BIGINT",
    "sum": "DOUBLE",
    "minimum": "DOUBLE",
    "maximum": "DOUBLE",
    "average": "DOUBLE",
}
_ARROW_NAMES = {"string": "VARCHAR", "int64": "BIGINT", "double": "DOUBLE"}


def check(folder: Path) -> list[Problem]:
    """Give every problem of a city's indicators, `indicators/<city>`, against its sources, `sources/<city>`.

    When the sources themselves are wrong, or missing, the SQL is parsed but not held against their columns.
    """
    try:
        sources = ingest.read_definitions(folder.absolute().parents[1] / "sources" / folder.name)
    except ingest.InvalidDefinitions:
        return check_folder(folder, None, [])
    datasets = {
        file.definition.source: {column.name: column.type for column in ingest.catalogue_columns(file.definition)}
        for file in sources.sources
    }
    return check_folder(folder, datasets, [kind.slug for kind in sources.city.area_types])


def check_folder(folder: Path, datasets: Mapping[str, Columns] | None, area_types: list[str]) -> list[Problem]:
    """Give every problem of all indicators in a folder.

    `datasets`: the columns of every dataset there will be; None when they aren't known, then the SQL is parsed only.
    `area_types`: the slugs of the city's area types, for the columns of frozen series.
    """
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.yaml")):
        read = read_definition(path)
        problems += read if isinstance(read, tuple) else _check(path, read, datasets, area_types)
    declared = {path.stem for path in folder.glob("*.yaml")}
    problems += [
        Problem(str(path), 1, "", "a formula without a definition", f"Write {path.stem}.yaml, or remove it.")
        for path in sorted(folder.glob("*.sql"))
        if path.stem not in declared
    ]
    return problems


def _check(
    path: Path, definition: Definition, datasets: Mapping[str, Columns] | None, area_types: list[str]
) -> Iterator[Problem]:
    document = read_document(path)
    unknown = list(_unknown_inputs(document, definition, datasets, area_types))
    yield from unknown
    formula = parse_formula(definition.sql)
    sql_file = str(path.with_suffix(".sql"))
    yield from (Problem(sql_file, p.line, "", p.message, p.remedy) for p in formula.problems)
    if not formula.problems and (refusal := _refusal(formula)):
        yield Problem(sql_file, 1, "", refusal, "Write it with what a formula may use.")
    inputs = definition.yaml.inputs.keys()
    for table in sorted(formula.tables - inputs - BUILT_IN_TABLES):
        yield Problem(sql_file, 1, "", f"there is no table `{table}`", f"Declare it under inputs in {path.name}.")
    for name in inputs - formula.tables:
        if not formula.problems:
            yield document.problem(("inputs", name), "the formula doesn't read this input", "Remove it.")
    if datasets is None or unknown or formula.problems or formula.tables - inputs - BUILT_IN_TABLES:
        return
    tables = _tables(definition, datasets, area_types)
    yield from (Problem(sql_file, p.line, "", p.message, p.remedy) for p in bind_formula(definition.sql, tables))


def _refusal(formula: Formula) -> str:
    """Say why the sandbox would refuse this formula; empty when it wouldn't."""
    try:
        catalogue.check_tree(formula.tree, formula.tables)
    except catalogue.NotAllowedSql as refusal:
        return str(refusal)
    return ""


def _unknown_inputs(
    document: Document, definition: Definition, datasets: Mapping[str, Columns] | None, area_types: list[str]
) -> Iterator[Problem]:
    for name, one in definition.yaml.inputs.items():
        if datasets is not None and one.dataset is not None and one.dataset not in datasets:
            known = ", ".join(sorted(datasets))
            yield document.problem(
                ("inputs", name, "dataset"), f"no source makes the dataset `{one.dataset}`", f"There are: {known}."
            )
    for number, kind in enumerate(definition.yaml.area_types):
        if area_types and kind not in area_types:
            remedy = f"The city has: {', '.join(area_types)}."
            yield document.problem(("area_types", number), f"the city has no area type `{kind}`", remedy)


def _tables(definition: Definition, datasets: Mapping[str, Columns], area_types: list[str]) -> dict[str, Columns]:
    tables: dict[str, Columns] = {
        AREAS: {field.name: _ARROW_NAMES[str(field.type)] for field in areas_table([]).schema},
        AREA_MEMBERS: {field.name: _ARROW_NAMES[str(field.type)] for field in members_table([]).schema},
    }
    codes = {f"{kind.replace('-', '_')}_code": "VARCHAR" for kind in area_types}
    for name, one in definition.yaml.inputs.items():
        if one.dataset is not None:
            tables[name] = datasets[one.dataset]
        elif one.series is not None:
            hourly = {"bucket": "TIMESTAMP WITH TIME ZONE"} if one.series.resolution is Resolution.HOUR else {}
            tables[name] = {**_SERIES, **hourly, **codes}
    return tables
