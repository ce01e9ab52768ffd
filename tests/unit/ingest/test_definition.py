"""Definitions of sources: every kind of wrong YAML is named by file, line, key and remedy, all at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from spiegelstad.ingest.definition.folder import InvalidDefinitions, canonical, check, read_definitions
from spiegelstad.ingest.testing import city, definition, write_city


def _problems(tmp_path: Path, **changes: Any) -> list[tuple[str, str, str]]:
    found = check(write_city(tmp_path, definition(**changes)))
    assert all(problem.file.endswith("bicycle-counts.yaml") and problem.line > 0 for problem in found)
    return [(problem.key, problem.message, problem.remedy) for problem in found]


def test_definition_that_is_right_has_no_problems(tmp_path: Path) -> None:
    assert _problems(tmp_path) == []


COLUMNS = definition()["columns"]


@pytest.mark.parametrize(
    ("changes", "key", "said", "remedy"),
    [
        ({"publisher": None}, "publisher", "missing", "Add the key"),
        ({"publishr": "x"}, "publishr", "unknown key", "Did you mean `publisher`?"),
        ({"theme": "mobillity"}, "theme", "should be", "mobility"),
        ({"source": "Not A Slug"}, "source", "match pattern", ""),
        ({"title": {"en": "only English"}}, "title", "Dutch", "nl"),
        ({"title": {"nl": "x", "dutch": "y"}}, "title.dutch", "isn't a language", "nl and en"),
        ({"licence": "free"}, "licence", "isn't an address", "https://"),
        ({"licence": "https://user@host/x"}, "licence", "isn't an address", "user name"),
        ({"department": "mobilteit"}, "department", "no department", "Did you mean `mobiliteit`?"),
        ({"classification": "internal"}, "classification", "needs a reason", "classification_reason"),
        ({"retention_days": 0}, "retention_days", "greater than or equal to 1", ""),
        ({"where": {}}, "where", "doesn't say where", "Add `file`"),
        ({"where": {"file": "a.csv", "url": "https://x.be/a"}}, "where.url", "exclude each other", "Keep one"),
        ({"where": {"file": "../secret.csv"}}, "where.file", "leaves the data folder", "without `..`"),
        ({"where": {"file": "/etc/passwd"}}, "where.file", "leaves the data folder", "below"),
        ({"where": {"url": "ftp://x.be/a"}}, "where.url", "isn't an address", "https"),
        ({"where": {"file": "a.csv", "schedule": "* * *"}}, "where.schedule", "3 fields", "five fields"),
        ({"where": {"file": "a.csv", "schedule": "61 * * * *"}}, "where.schedule", "between 0 and 59", "five"),
        ({"format": {"type": "cvs"}}, "format.type", "should be", "csv"),
        ({"format": {"type": "csv", "encoding": "utf-9"}}, "format.encoding", "unknown", "latin-1"),
        ({"format": {"type": "csv", "separator": "||"}}, "format.separator", "one character", ""),
        ({"format": {"type": "csv", "decimal": ",", "thousands": ","}}, "format.thousands", "same sign", ""),
        ({"columns": {}}, "columns", "at least 1", ""),
        ({"columns": {**COLUMNS, "Bad Name": {}}}, "columns.Bad Name", "pattern", ""),
        ({"columns": {**COLUMNS, "x": {"type": "text", "minimum": 3}}}, "columns.x.minimum", "no meaning", "Remove"),
        ({"columns": {**COLUMNS, "x": {"type": "number", "unit": "kmh"}}}, "columns.x.unit", "unknown", "KMH"),
        ({"columns": {**COLUMNS, "x": {"pattern": "("}}}, "columns.x.pattern", "regular expression", ""),
        ({"columns": {**COLUMNS, "x": {"pattern": "(?=a)a"}}}, "columns.x.pattern", "look-around", ""),
        (
            {"columns": {**COLUMNS, "x": {"type": "number", "minimum": 3, "maximum": 2}}},
            "columns.x.minimum", "larger than", "Swap",
        ),
        (
            {"columns": {**COLUMNS, "x": {"type": "datetime", "format": "%d/%m/%Y %H:%M"}}},
            "columns.x.format", "no offset", "zone",
        ),
        (
            {"columns": {**COLUMNS, "x": {"type": "date", "format": "%Q"}}},
            "columns.x.format", "isn't known", "%Y",
        ),
        (
            {"columns": {**COLUMNS, "x": {"type": "datetime", "zone": "Europe/Gent"}}},
            "columns.x.zone", "unknown", "Europe/Brussels",
        ),
        ({"columns": {**COLUMNS, "rowid": {}}}, "columns.rowid", "the program's own", "`from: rowid`"),
        ({"locate": {"lon": "a", "lat": "b", "into": {"wijk": "row"}}}, "locate.into.wijk", "the program's own", ""),
        ({"unique": ["plaec"]}, "unique[0]", "no column `plaec`", "Did you mean `place`?"),
        ({"rules": [{"column": "place"}]}, "rules[0]", "a rule is one of", ""),
        ({"rules": [{"freshness": "2 days", "column": "time"}]}, "rules[0].freshness", "isn't a duration", "P2D"),
        ({"rules": [{"freshness": "P2D", "column": "place"}]}, "rules[0].column", "is text", "datetime"),
        ({"rules": [{"inside": "city", "lon": "x"}]}, "rules[0].inside", "needs `lat`", ""),
        ({"rules": [{"column": "place", "reference": "wijkk"}]}, "rules[0].reference", "no area type", "`wijk`"),
        ({"keep": [{"column": "place"}]}, "keep[0].column", "nothing to keep", "values"),
        ({"locate": {"lon": "a", "lat": "b", "into": {"wijk": "place"}}}, "locate.lon", "no column `a`", ""),
        (
            {"observations": [{
                "series": "bike:{plac}", "property": "bikes", "name": {"nl": "x"}, "observed_at": "time",
                "value": "place", "unit": "C62",
            }]},
            "observations[0].series", "no column `plac`", "`place`",
        ),
        ({"quarantine": {"share": 2}}, "quarantine.share", "less than or equal to 1", ""),
    ],
)  # fmt: skip
def test_definition_that_is_wrong_is_explained(
    tmp_path: Path, changes: dict[str, Any], key: str, said: str, remedy: str
) -> None:
    if changes.get("source"):
        found = [(p.key, p.message, p.remedy) for p in check(_named(tmp_path, definition(**changes)))]
    else:
        found = _problems(tmp_path, **changes)
    assert any(key == k and said in m and remedy in r for k, m, r in found), found


def _named(folder: Path, whole: dict[str, Any]) -> Path:
    write_city(folder, definition())
    (folder / "bicycle-counts.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))
    return folder


def test_all_problems_of_all_files_come_at_once_with_their_lines(tmp_path: Path) -> None:
    write_city(tmp_path, definition("one"), definition("two"))
    one = (
        (tmp_path / "one.yaml").read_text().replace("theme: mobility", "theme: none").replace("publisher", "publisheer")
    )
    (tmp_path / "one.yaml").write_text(one)
    two = (tmp_path / "two.yaml").read_text().replace("source: two", "source: two\nsource: three")
    (tmp_path / "two.yaml").write_text(two)
    found = check(tmp_path)
    assert {(Path(p.file).name, p.key) for p in found} == {
        ("one.yaml", "theme"), ("one.yaml", "publisher"), ("one.yaml", "publisheer"), ("two.yaml", "source"),
    }  # fmt: skip
    line = next(p.line for p in found if p.key == "theme")
    assert one.splitlines()[line - 1] == "theme: none"
    with pytest.raises(InvalidDefinitions) as raised:
        read_definitions(tmp_path)
    assert len(raised.value.problems) == 4


def test_same_slug_in_two_files_and_a_wrong_file_name_are_found(tmp_path: Path) -> None:
    write_city(tmp_path, definition("one"))
    (tmp_path / "other.yaml").write_text((tmp_path / "one.yaml").read_text())
    assert ["called `other.yaml`" in p.message for p in check(tmp_path)] == [True]


def test_city_that_is_wrong_is_explained(tmp_path: Path) -> None:
    write_city(tmp_path, definition())
    wrong = city() | {"bbox": [4, 51, 3, 52], "order": ["bicycle-count"]}
    (tmp_path / "city.yaml").write_text(yaml.safe_dump(wrong, sort_keys=False))
    assert [problem.key for problem in check(tmp_path)] == ["bbox"]
    (tmp_path / "city.yaml").write_text(yaml.safe_dump(wrong | {"bbox": [3, 51, 4, 52]}, sort_keys=False))
    assert [(p.key, p.remedy) for p in check(tmp_path)] == [("order[0]", "Did you mean `bicycle-counts`?")]


def test_city_that_is_absent_is_explained(tmp_path: Path) -> None:
    assert "no city.yaml" in check(tmp_path)[0].message


def test_sources_run_in_the_order_of_the_city(tmp_path: Path) -> None:
    write_city(tmp_path, definition("alpha"), definition("beta"), definition("gamma"))
    (tmp_path / "city.yaml").write_text(yaml.safe_dump(city() | {"order": ["gamma"]}, sort_keys=False))
    slugs = [file.definition.source for file in read_definitions(tmp_path).sources]
    assert slugs == ["gamma", "alpha", "beta"]


def test_version_of_a_definition_ignores_how_the_yaml_is_written(tmp_path: Path) -> None:
    first = read_definitions(write_city(tmp_path, definition())).sources[0]
    path = tmp_path / "bicycle-counts.yaml"
    path.write_text("# a remark\n" + path.read_text().replace("type: csv", "type: 'csv'"))
    again = read_definitions(tmp_path).sources[0]
    changed = read_definitions(write_city(tmp_path, definition(unique=["place"]))).sources[0]
    assert first.hash == again.hash != changed.hash
    assert type(first.definition).model_validate_json(canonical(first.definition)) == first.definition
