"""Rows of a dataset as N-Triples: an SQL expression for DuckDB, so that a million rows are a matter of seconds.

A column is a property of the dataset's own vocabulary, `…/data/<slug>#<column>`, that the stream's description defines.
"""

from collections.abc import Sequence
from urllib.parse import quote

from spiegelstad.catalogue.public import Column, ColumnType, Version
from spiegelstad.ldes.formats.terms import iri, line, lines, literal, number, texts, typed
from spiegelstad.ldes.vocabulary import BASE, DCAT, DCT, GEO, GEOMETRY, LABEL, SUBJECT, XSD

WKT = "__wkt"
"""The column that holds where a row is."""
_ESCAPES = [("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")]
_ESCAPES += [(chr(code), f"\\u{code:04X}") for code in (*range(0x20), 0x7F) if code not in (0x09, 0x0A, 0x0D)]


def dataset_iri(slug: str) -> str:
    """Return the IRI of a dataset."""
    return f"{BASE}data/{slug}"


def property_iri(slug: str, column: str) -> str:
    """Return the IRI of a column as a property."""
    return f"{dataset_iri(slug)}#{quote(column, safe='')}"


def class_iri(slug: str) -> str:
    """Return the IRI of what the rows are."""
    return f"{dataset_iri(slug)}#Row"


def body_sql(slug: str, columns: Sequence[Column], *, placed: bool) -> str:
    """Return an SQL expression for the triples of a row; a missing value gives no triple."""
    parts = [_quoted(typed(SUBJECT, class_iri(slug)))]
    parts += [
        _part(property_iri(slug, column.name), *_value(column))
        for column in columns
        if column.type != ColumnType.BLOB
    ]  # fmt: skip
    if placed:
        parts.append(_part(GEOMETRY, name_sql(WKT), f"{GEO}wktLiteral"))
    return " || ".join(parts)


def gone_body(slug: str) -> str:
    """Return the triples of a row that is gone."""
    return typed(SUBJECT, class_iri(slug))


def version_body(version: Version) -> str:
    """Return the triples of a version as a whole, of a dataset whose rows have no key."""
    files = f"{dataset_iri(version.slug)}/versions/{version.number}.parquet"
    facts = [
        (f"{DCT}title", texts(version.title)),
        (f"{DCAT}version", literal(str(version.number))),
        (f"{DCT}license", iri(version.licence_uri)),
        (f"{DCT}extent", number(version.rows)),
    ]
    about = [(f"{DCAT}downloadURL", iri(files)), (f"{DCAT}byteSize", number(version.bytes))]
    node = f"_:{LABEL}0"
    return "".join(
        [
            typed(SUBJECT, f"{DCAT}Dataset"), lines(SUBJECT, facts), line(SUBJECT, f"{DCAT}distribution", node),
            typed(node, f"{DCAT}Distribution"), lines(node, about),
        ]
    )  # fmt: skip


def key_sql(column: str) -> str:
    """Return an SQL expression for a row's key as it stands in the row's IRI."""
    return f"url_encode({name_sql(column)}::VARCHAR)"


def name_sql(name: str) -> str:
    """Quote a name for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def _part(predicate: str, value: str, datatype: str) -> str:
    head, tail = line(SUBJECT, predicate, "\x00").split("\x00")
    end = f'"^^{iri(datatype)}{tail}' if datatype else f'"{tail}'
    opening = head + '"'
    return f"coalesce({_quoted(opening)} || {value} || {_quoted(end)}, '')"


def _value(column: Column) -> tuple[str, str]:
    """Return the SQL of a value as text, and its datatype."""
    name = name_sql(column.name)
    match column.type:
        case ColumnType.BIGINT:
            return f"{name}::VARCHAR", f"{XSD}integer"
        case ColumnType.DOUBLE:
            named = f"CASE WHEN isnan({name}) THEN 'NaN' WHEN isinf({name}) THEN if({name} > 0, 'INF', '-INF')"
            return f"{named} ELSE {name}::VARCHAR END", f"{XSD}double"
        case ColumnType.BOOLEAN:
            return f"{name}::VARCHAR", f"{XSD}boolean"
        case ColumnType.DATE:
            return f"strftime({name}, '%Y-%m-%d')", f"{XSD}date"
        case ColumnType.TIMESTAMPTZ:
            return f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')", f"{XSD}dateTime"
    return _escaped(name), ""


def _escaped(name: str) -> str:
    """Return the SQL that escapes a text; most texts have nothing to be escaped, and a look at them is quick."""
    done = name
    for raw, written in _ESCAPES:
        done = f"replace({done}, {_quoted(raw)}, {_quoted(written)})"
    return f"""CASE WHEN regexp_matches({name}, '[\\x00-\\x1f\\x7f"\\\\]') THEN {done} ELSE {name} END"""


def _quoted(text: str) -> str:
    """Write a text as SQL; control characters by their number, for DuckDB reads no text with them."""
    pieces, plain = [], ""
    for character in text:
        if ord(character) < 0x20 or ord(character) == 0x7F:
            pieces += [f"'{plain}'"] * bool(plain) + [f"chr({ord(character)})"]
            plain = ""
        else:
            plain += "''" if character == "'" else character
    pieces += [f"'{plain}'"] * bool(plain)
    return "(" + " || ".join(pieces) + ")" if pieces else "''"
