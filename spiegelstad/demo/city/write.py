"""Writing the files of the city's departments: the same content always gives the same bytes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from spiegelstad.demo.city.blocks import Shapes
from spiegelstad.demo.city.dirt import Cells

#: The time stamp inside zip files, so that the bytes don't depend on the clock.
_STAMP = (2000, 1, 1, 0, 0, 0)


def texts(values: NDArray[Any], *, decimals: int | None = None, decimal: str = ".") -> Cells:
    """Numbers as text; NaN becomes empty."""
    array = pa.array(np.round(values, decimals) if decimals is not None else values)
    written = pc.cast(array, pa.string())
    if decimal != ".":
        written = pc.replace_substring(written, ".", decimal)
    if pa.types.is_floating(array.type):
        written = pc.if_else(pc.is_nan(array), "", written)
    return np.asarray(written.to_numpy(zero_copy_only=False), dtype=object)


def csv_bytes(columns: Mapping[str, Cells], *, encoding: str = "utf-8", bom: bool = False) -> bytes:
    """CSV with semicolons and Windows line ends; None is empty. No cell may hold a semicolon, quote or line end."""
    cells = [pa.array(values, pa.string()) for values in columns.values()]
    lines = pc.binary_join_element_wise(*cells, ";", null_handling="replace", null_replacement="")
    text = "\r\n".join([";".join(columns), *lines.to_pylist(), ""])
    return text.encode("utf-8-sig" if bom else encoding)


def json_bytes(columns: Mapping[str, Cells], *, records: str) -> bytes:
    """A JSON document with the rows under the dotted path `records`."""
    rows: object = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for key in reversed(records.split(".")):
        rows = {key: rows}
    return orjson.dumps(rows, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2)


def geojson_bytes(columns: Mapping[str, Cells], shapes: Shapes, *, epsg: int) -> bytes:
    """A FeatureCollection; coordinates as they are in the shapes (Lambert on centimetres)."""
    geometries = shapely.to_geojson(shapes)
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{epsg}"}}
    head = orjson.dumps({"type": "FeatureCollection", "crs": crs})[:-1] + b',"features":[\n'
    rows = zip(*columns.values(), strict=True)
    features = (
        b'{"type":"Feature","properties":%b,"geometry":%b}'
        % (
            orjson.dumps(dict(zip(columns, row, strict=True)), option=orjson.OPT_SERIALIZE_NUMPY),
            b"null" if geometry is None else geometry.encode(),
        )
        for row, geometry in zip(rows, geometries, strict=True)
    )
    return head + b",\n".join(features) + b"\n]}\n"


def parquet_bytes(columns: Mapping[str, Cells], shapes: Shapes) -> bytes:
    """Parquet with a column `geometry` of WKB."""
    arrays = {name: pa.array(values.tolist()) for name, values in columns.items()}
    arrays["geometry"] = pa.array(shapely.to_wkb(shapes, output_dimension=2).tolist(), pa.binary())
    sink = io.BytesIO()
    pq.write_table(pa.table(arrays), sink, compression="zstd")
    return sink.getvalue()


def xlsx_bytes(columns: Mapping[str, Cells], *, sheet: str, title: str = "") -> bytes:
    """A workbook with one sheet; written by hand, because Excel libraries put the clock into the file."""
    rows = [list(columns), *zip(*columns.values(), strict=True)]
    if title:
        rows = [[title], *rows]
    body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="{escape(sheet)}" '
        'sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
    }
    return zip_bytes({name: (head + text).encode() for name, text in parts.items()})


def _cell(value: object) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def zip_bytes(members: Mapping[str, bytes]) -> bytes:
    """A zip file without a trace of the clock."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, _STAMP), content, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def save(folder: Path, name: str, content: bytes) -> None:
    """Write a file whole: under another name first, so that a kill leaves no half file."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_bytes(content)
    fresh.replace(path)
