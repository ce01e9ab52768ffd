"""CSV of every kind, and the order of rows in large files."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from spiegelstad.base.clock import now
from spiegelstad.base.progress import Silent
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.rows import InputFile
from spiegelstad.ingest.pipeline import process as processing
from spiegelstad.ingest.pipeline.process import Processed, Task, TooManyFail, process
from spiegelstad.ingest.testing import definition


def run(tmp_path: Path, content: bytes | list[bytes], columns: dict[str, Any], **changes: Any) -> Processed:
    """Process files with these columns."""
    contents = content if isinstance(content, list) else [content]
    files = []
    for number, one in enumerate(contents):
        path = tmp_path / f"in-{number}.csv"
        path.write_bytes(one)
        files.append(InputFile(path, f"map/in-{number}.csv"))
    form = {"type": "csv", **changes.pop("format", {})}
    memory = changes.pop("memory", "1GB")
    whole = SourceDefinition.model_validate(
        definition(columns=columns, format=form, **{"unique": None, "quarantine": {"share": 1}, **changes})
    )
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    task = Task("teststad", whole, whole.format, files, lambda kind: [], {}, now(), memory)
    return process(task, work, Silent())


def rows_of(processed: Processed) -> list[dict[str, Any]]:
    return pq.read_table(processed.parquet).to_pylist()


AB = {"a": {}, "b": {"type": "number"}}


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"a,b\nHet Eiland,1.5\n", {}),
        (b"a;b\nHet Eiland;1.5\n", {}),
        (b"a\tb\nHet Eiland\t1.5\n", {}),
        (b"a|b\r\nHet Eiland|1.5", {}),
        (b"a;b\r\r\nHet Eiland;1.5\r\r\n", {}),
        (codecs.BOM_UTF8 + b"a;b\nHet Eiland;1.5\n", {}),
        ("a;b\nHet Eiland;1.5\n".encode("utf-16"), {}),
        (b"a;b\nHet Eiland;1,5\n", {"decimal": ","}),
        (b"'a';'b'\n'Het Eiland';'1.5'\n", {"quote": "'"}),
        (b"title of the sheet\n\na;b\nHet Eiland;1.5\n", {"header": 3}),
        (b'"b";"c";"a"\n"1.5";"x;y";"Het Eiland"\n', {}),
    ],
)
def test_csv_of_every_kind_gives_the_same(tmp_path: Path, content: bytes, form: dict[str, Any]) -> None:
    assert rows_of(run(tmp_path, content, AB, format=form)) == [{"a": "Het Eiland", "b": 1.5}]


def test_csv_in_latin_1_keeps_its_letters(tmp_path: Path) -> None:
    content = "a;b\nFrançois Laurentplein;1\n".encode("latin-1")
    assert rows_of(run(tmp_path, content, AB, format={"encoding": "latin-1"}))[0]["a"] == "François Laurentplein"


def test_csv_without_header_numbers_its_columns(tmp_path: Path) -> None:
    found = run(tmp_path, b"x;1\ny;2\n", {"a": {"from": "column2", "type": "integer"}}, format={"header": False})
    assert rows_of(found) == [{"a": 1}, {"a": 2}]


def test_csv_with_equal_and_empty_names_makes_them_distinct(tmp_path: Path) -> None:
    found = run(tmp_path, b"A;a;;b\n1;2;3;4\n", {"x": {"from": "a_2"}, "y": {"from": "column3"}})
    assert rows_of(found) == [{"x": "2", "y": "3"}]


def test_name_that_is_made_for_a_repeated_one_is_not_another_columns(tmp_path: Path) -> None:
    found = run(tmp_path, b"a;a_2;a;b\n1;2;3;4\n", {"x": {"from": "a_2"}, "y": {"from": "a_3"}, "z": {"from": "b"}})
    assert rows_of(found) == [{"x": "2", "y": "3", "z": "4"}]


def test_lines_may_end_in_a_return_alone(tmp_path: Path) -> None:
    assert rows_of(run(tmp_path, b"a;b\rone;1\rtwo;2\r", AB)) == [{"a": "one", "b": 1}, {"a": "two", "b": 2}]


def test_several_files_are_read_together_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = [b"a;b\none;1\n", b"b;a;c\n2;two;x\n", b"a;b\nthree;3\nfour;x\n"]
    found = run(tmp_path, files, {**AB, "file": {"from": "file.name"}})
    assert [tuple(row.values()) for row in rows_of(found)] == [
        ("one", 1, "in-0"), ("two", 2, "in-1"), ("three", 3, "in-2"),
    ]  # fmt: skip
    assert [(one.file, one.row) for one in found.failing] == [("map/in-2.csv", 2)]


def test_lines_that_cannot_be_split_go_to_quarantine_with_their_line(tmp_path: Path) -> None:
    content = b'a;b\n1;1\n2\n3;3;3\n"x;y";4\n\xe9;5\n6;6\n'
    found = run(tmp_path, content, AB)
    assert [row["a"] for row in rows_of(found)] == ["1", "x;y", "6"]
    assert [(one.row, one.reasons) for one in found.failing] == [(3, "line"), (4, "line"), (6, "line")]
    assert found.outcome.read == 6 and found.outcome.quarantined == 3


@pytest.mark.parametrize(
    ("content", "said", "remedy"),
    [
        (b"", "empty", ""),
        (b" \n \n", "empty", ""),
        (b"<!DOCTYPE html><html>404</html>", "HTML page", "address"),
        (b"\n <html><body>Onderhoud</body></html>", "HTML page", "address"),
        (b"PK\x03\x04rest", "zip", "format.type"),
        (b"a;c\n1;2\n", "no column `b`; it has `a`, `c`", "from"),
        (b"a;b\n", "no rows", "last good version"),
    ],
)
def test_csv_that_is_none_fails_as_a_whole(tmp_path: Path, content: bytes, said: str, remedy: str) -> None:
    with pytest.raises(UnusableFile) as raised:
        run(tmp_path, content, AB)
    assert said in raised.value.detail and remedy in raised.value.remedy


def test_csv_in_the_wrong_encoding_fails_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"format\.encoding"):
        run(tmp_path, b"a;b\n\x81;1\n", AB, format={"encoding": "cp1252"})


def test_quarantine_that_is_full_fails_the_file(tmp_path: Path) -> None:
    content = b"a;b\n" + b"x;1\n" * 7 + b"x;bad\n" * 3
    assert run(tmp_path, content, AB, quarantine={"share": 0.3}).outcome.quarantined == 3
    with pytest.raises(TooManyFail, match="3 of 10 rows fail"):
        run(tmp_path, content, AB, quarantine={"share": 0.29})
    with pytest.raises(TooManyFail, match="3 of 10 rows fail") as raised:
        run(tmp_path, content, AB, quarantine={"rows": 2, "share": 1})
    assert len(raised.value.processed.failing) == 3


LARGE = 300_000


@pytest.fixture(scope="module")
def large() -> bytes:
    """A CSV of 300,000 rows, some of them wrong or repeated."""
    lines = [f"s{n % 40};{n};{'x' if n % 99_991 == 7 else n % 500};2026-01-01T00:00:00Z" for n in range(LARGE)]
    lines[250_000] = lines[5]
    return ("sensor;n;count;time\n" + "\n".join(lines) + "\n").encode()


COLUMNS = {
    "sensor": {"required": True, "values": [f"s{n}" for n in range(40)]},
    "n": {"type": "integer"},
    "count": {"type": "integer", "required": True},
    "time": {"type": "datetime"},
}


def test_straight_way_and_stage_give_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [b"a;b\n1;x\n2;2\n3;3;3\n4;4\n", b"a;b\n5;5\n6;y\n7;-1\n", b"b;a\n8;8\nz;9\n"]
    keep = [{"column": "a", "pattern": "[1-8]"}]
    columns = {**AB, "b": {"type": "number", "minimum": 0}, "file": {"from": "file.name"}}
    straight = run(tmp_path, lines, columns, keep=keep, unique=["a"])
    first = straight.parquet.read_bytes()
    monkeypatch.setattr(processing, "_straight", lambda *args: None)
    staged = run(tmp_path, lines, columns, keep=keep, unique=["a"])
    assert staged.parquet.read_bytes() == first
    assert (staged.failing, staged.outcome) == (straight.failing, straight.outcome)
    assert [(one.file[-8:-4], one.row) for one in staged.failing] == [
        ("in-0", 1),
        ("in-1", 2),
        ("in-1", 3),
        ("in-0", 4),
    ]


def test_rows_keep_their_order_and_number_whatever_the_memory_and_threads(
    tmp_path: Path, large: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    for number, (memory, cores) in enumerate((("1GB", 4), ("50MB", 2), ("1GB", 1))):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        folder = tmp_path / str(number)
        folder.mkdir()
        found = run(folder, large, COLUMNS, unique=["sensor", "n"], memory=memory)
        numbers = pq.read_table(found.parquet).column("n").to_pylist()
        assert numbers == sorted(numbers) and len(numbers) == LARGE - 5
        seen.append((found.parquet.read_bytes(), [(one.row, one.reasons) for one in found.failing]))
    assert [row for row, _ in seen[0][1]] == [8, 99_999, 199_990, 250_001, 299_981]
    assert '"n":"5"' in found.failing[3].raw  # the row that repeats an earlier one, found by a second scan
    assert seen[0] == seen[1] == seen[2]
