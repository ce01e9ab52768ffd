"""JSON, GeoJSON, Excel and Parquet, read in pieces."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from spiegelstad.base.clock import now
from spiegelstad.base.progress import Silent
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import FileTooLarge, UnusableFile
from spiegelstad.ingest.formats import json_stream, xlsx
from spiegelstad.ingest.formats.rows import InputFile
from spiegelstad.ingest.pipeline.process import Processed, Task, process
from spiegelstad.ingest.testing import definition


def run(tmp_path: Path, name: str, form: dict[str, Any], columns: dict[str, Any], **changes: Any) -> Processed:
    """Process one file with these columns."""
    keys = {"unique": None, "quarantine": {"share": 1}, **changes}
    whole = SourceDefinition.model_validate(definition(columns=columns, format=form, **keys))
    work = tmp_path / "work"
    work.mkdir(exist_ok=True)
    files = [InputFile(tmp_path / name, name)]
    return process(Task("teststad", whole, whole.format, files, lambda kind: [], {}, now()), work, Silent())


def rows_of(processed: Processed) -> list[dict[str, Any]]:
    return pq.read_table(processed.parquet).to_pylist()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(items=st.lists(JSON, max_size=8), indent=st.sampled_from([None, 2]), piece=st.integers(1, 40), beside=JSON)
def test_items_are_streamed_as_they_stand(
    tmp_path_factory: pytest.TempPathFactory, items: list[Any], indent: int | None, piece: int, beside: Any
) -> None:
    path = tmp_path_factory.mktemp("json") / "x.json"
    document = {"before": beside, "a": {"other": beside, "list": items}, "after": beside}
    path.write_text(json.dumps(document, indent=indent, ensure_ascii=False), encoding="utf-8")
    whole, json_stream.PIECE = json_stream.PIECE, piece
    try:
        assert list(json_stream.stream_items(path, "x.json", "a.list")) == items
    finally:
        json_stream.PIECE = whole


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": [{"x": 1}, {"x"', "JSON"),
        ('{"a": [1, 2', "too early"),
        ('{"b": []}', "no `a`"),
        ('{"a": 3}', "no list of records at `a`"),
        ("<html>", "no `a`"),
        ("", "too early"),
        ('{"a": [' + "[" * 100_000 + "]}", "JSON"),
        ('{"a": [NaN]}', "JSON"),
        ('{"a": ["\\u00e', "JSON"),
    ],
)
def test_json_that_is_broken_fails_with_the_name_of_the_file(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(UnusableFile, match=said) as raised:
        list(json_stream.stream_items(tmp_path / "x.json", "x.json", "a"))
    assert raised.value.detail.startswith("x.json: ")


def test_json_with_a_record_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_ITEM", 1_000)
    monkeypatch.setattr(json_stream, "PIECE", 100)
    (tmp_path / "x.json").write_text(json.dumps([{"a": "x" * 2_000}]))
    with pytest.raises(UnusableFile, match="larger than"):
        list(json_stream.stream_items(tmp_path / "x.json", "x.json", ""))


def test_json_records_are_reached_by_dotted_names(tmp_path: Path) -> None:
    records = [
        {"fields": {"name": "Reep", "place": [51.05, 3.72], "more": '{"level": {"deep": 3}}', "open": True}},
        {"fields": {"name": "Ramen", "place": None}},
    ]
    (tmp_path / "x.json").write_text(json.dumps({"nhits": 2, "records": records}))
    columns = {
        "name": {"from": ["naam", "fields.name"], "required": True},
        "lat": {"from": "fields.place.0", "type": "number"},
        "deep": {"from": "fields.more.level.deep", "type": "integer"},
        "open": {"from": "fields.open", "type": "boolean"},
    }
    found = run(tmp_path, "x.json", {"type": "json", "records": "records"}, columns)
    assert rows_of(found) == [
        {"name": "Reep", "lat": 51.05, "deep": 3, "open": True},
        {"name": "Ramen", "lat": None, "deep": None, "open": None},
    ]


def test_half_of_a_pair_in_json_does_not_hold_up_the_other_records(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(r'[{"a": "cut \ud83d"}, {"a": "whole \ud83d\ude00"}, {"a": 1}]')
    found = run(tmp_path, "x", {"type": "json"}, {"a": {}})
    assert [row["a"] for row in rows_of(found)] == ["cut \N{REPLACEMENT CHARACTER}", "whole \N{GRINNING FACE}", "1"]


def test_json_object_gives_its_members(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"density": {"Dampoort": 8584, "Drongen": 513}}))
    columns = {"wijk": {"from": "key"}, "people": {"from": "value", "type": "integer"}}
    found = run(tmp_path, "x.json", {"type": "json", "records": "density"}, columns)
    assert [tuple(row.values()) for row in rows_of(found)] == [("Dampoort", 8584), ("Drongen", 513)]


def test_json_without_a_required_value_in_any_record_fails_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([{"a": 1}, {"a": 2}]))
    with pytest.raises(UnusableFile, match="no record has `b`"):
        run(tmp_path, "x.json", {"type": "json"}, {"a": {}, "b": {"required": True}})


SQUARE = {"type": "Polygon", "coordinates": [[[3.7, 51.0], [3.71, 51.0], [3.71, 51.01], [3.7, 51.01], [3.7, 51.0]]]}
BOW = {"type": "Polygon", "coordinates": [[[3.7, 51.0], [3.71, 51.01], [3.71, 51.0], [3.7, 51.01], [3.7, 51.0]]]}
SHAPES: dict[str, Any] = {
    "name": {"from": "naam"},
    "lon": {"from": "geometry.lon", "type": "number"},
    "area": {"from": "geometry.area_m2", "type": "number"},
    "shape": {"from": "geometry", "type": "geometry", "required": True},
}


def _geojson(path: Path, features: Sequence[tuple[str, Any]], **members: Any) -> None:
    listed = [{"type": "Feature", "properties": {"naam": name}, "geometry": shape} for name, shape in features]
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": listed}))


def test_geojson_gives_shapes_and_measures_and_quarantines_what_is_none(tmp_path: Path) -> None:
    strange = {"type": "Polygon", "coordinates": "none"}
    _geojson(tmp_path / "x.geojson", [("square", SQUARE), ("bow", BOW), ("none", None), ("strange", strange)])
    found = run(tmp_path, "x.geojson", {"type": "geojson"}, SHAPES)
    [row] = rows_of(found)
    assert row["name"] == "square" and row["lon"] == pytest.approx(3.705)
    assert row["area"] == pytest.approx(701.9 * 1112.6, rel=0.01)
    assert shapely.from_wkb(row["shape"]).equals(shapely.geometry.shape(SQUARE))
    rules = [[found.checks[int(one)].rule for one in row.reasons.split(",")] for row in found.failing]
    assert rules == [["geometry"], ["required"], ["geometry"]]
    assert "Self-intersection" in found.failing[0].raw


@pytest.mark.parametrize("where", ["file", "definition"])
def test_geojson_in_lambert_72_comes_out_in_degrees(tmp_path: Path, where: str) -> None:
    point = {"type": "Point", "coordinates": [105573.9925, 195131.559]}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::31370"}}
    _geojson(tmp_path / "x.geojson", [("brug", point)], **({"crs": crs} if where == "file" else {}))
    form = {"type": "geojson", **({"crs": "EPSG:31370"} if where == "definition" else {})}
    columns = {**SHAPES, "lat": {"from": "geometry.lat", "type": "number"}}
    [row] = rows_of(run(tmp_path, "x.geojson", form, columns))
    assert (row["lon"], row["lat"]) == pytest.approx((3.73499, 51.06462), abs=2e-5)


def test_shape_in_a_cell_of_csv_is_read(tmp_path: Path) -> None:
    cells = [json.dumps({"type": "Point", "coordinates": [3.7, 51]}).replace('"', '""'), "POINT (3.7 51)", "nowhere"]
    (tmp_path / "x.csv").write_text("a\n" + "\n".join(f'"{cell}"' for cell in cells))
    found = run(tmp_path, "x.csv", {"type": "csv"}, {"a": {"type": "geometry"}})
    assert [shapely.from_wkb(row["a"]).wkt for row in rows_of(found)] == ["POINT (3.7 51)"] * 2
    assert [found.checks[int(row.reasons)].rule for row in found.failing] == ["geometry"]


def test_excel_is_read_by_sheet_and_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Blad1")
    sheet.append(["Uitleg", None])
    sheet.append(["naam", "aantal", "op", "juist"])
    sheet.append(["Reep", 12.0, dt.datetime(2026, 1, 5), True])  # noqa: DTZ001
    sheet.append([None, None, None, None])
    sheet.append(["Ramen", 12.5, "2026-01-06", None])
    book.save(tmp_path / "x")
    columns = {
        "naam": {}, "aantal": {"type": "integer"}, "op": {"type": "date"}, "juist": {"type": "boolean"},
    }  # fmt: skip
    found = run(tmp_path, "x", {"type": "xlsx", "sheet": "Blad1", "header": 2}, columns)
    assert rows_of(found) == [{"naam": "Reep", "aantal": 12, "op": dt.date(2026, 1, 5), "juist": True}]
    assert found.outcome.read == 2 and json.loads(found.failing[0].raw)["aantal"] == "12.5"
    with pytest.raises(UnusableFile, match="no sheet `Blad2`"):
        run(tmp_path, "x", {"type": "xlsx", "sheet": "Blad2"}, columns)


def test_excel_that_tells_a_smaller_size_than_it_has_is_read_to_its_end(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["naam", "aantal"], *([f"Reep {number}", number] for number in range(5))):
        book.worksheets[0].append(row)
    book.save(tmp_path / "whole")
    with zipfile.ZipFile(tmp_path / "whole") as whole, zipfile.ZipFile(tmp_path / "x", "w") as told:
        for name in whole.namelist():
            told.writestr(name, whole.read(name).replace(b'<dimension ref="A1:B6"', b'<dimension ref="A1:A3"'))
    assert b'ref="A1:A3"' in zipfile.ZipFile(tmp_path / "x").read("xl/worksheets/sheet1.xml")
    found = run(tmp_path, "x", {"type": "xlsx"}, {"naam": {}, "aantal": {"type": "integer"}})
    assert [row["aantal"] for row in rows_of(found)] == [0, 1, 2, 3, 4]


def test_excel_that_is_none_or_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x").write_bytes(b"PK\x03\x04 but no more")
    with pytest.raises(UnusableFile, match="isn't an Excel file"):
        run(tmp_path, "x", {"type": "xlsx"}, {"a": {}})
    openpyxl.Workbook().save(tmp_path / "y")
    monkeypatch.setattr(xlsx, "MAX_UNPACKED", 100)
    with pytest.raises(FileTooLarge):
        run(tmp_path, "y", {"type": "xlsx"}, {"a": {}})


def test_parquet_keeps_its_values_and_reaches_into_structs(tmp_path: Path) -> None:
    table = pa.table({
        "code": ["44021", "11002"],
        "year": pa.array([{"2026": 1.25, "2027": None}, {"2026": 2.0, "2027": 3.0}]),
        "at": pa.array([dt.datetime(2026, 1, 5, 7, tzinfo=dt.UTC)] * 2),
        "shape": pa.array([shapely.to_wkb(shapely.Point(3.7, 51))] * 2, pa.binary()),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "x")
    columns = {
        "code": {},
        "first": {"from": "year.2026", "type": "number"},
        "at": {"type": "datetime"},
        "shape": {"type": "geometry"},
    }
    keep = [{"column": "code", "values": ["44021"]}]
    found = run(tmp_path, "x", {"type": "parquet"}, columns, keep=keep)
    assert rows_of(found) == [
        {
            "code": "44021",
            "first": 1.25,
            "at": dt.datetime(2026, 1, 5, 7, tzinfo=dt.UTC),
            "shape": table["shape"][0].as_py(),
        }
    ]
    assert (found.outcome.read, found.outcome.skipped) == (2, 1)
    (tmp_path / "y").write_bytes(b"PAR1 no")
    with pytest.raises(UnusableFile, match="isn't a Parquet file"):
        run(tmp_path, "y", {"type": "parquet"}, columns)
