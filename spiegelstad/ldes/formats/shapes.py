"""What members look like: SHACL shapes, and the vocabulary of a dataset's own columns."""

from collections.abc import Iterable, Sequence
from itertools import count

from spiegelstad.catalogue.public import Column, ColumnType
from spiegelstad.ldes.formats.rows import class_iri, property_iri
from spiegelstad.ldes.formats.terms import iri, line, lines, literal, number, texts, typed
from spiegelstad.ldes.vocabulary import (
    GENERATED,
    GEO,
    GEOMETRY,
    ISSUED,
    RDF,
    RDFS,
    SCHEMA,
    SH,
    SKOS,
    VERSION_OF,
    XSD,
)

DATATYPES = {
    ColumnType.VARCHAR: f"{XSD}string",
    ColumnType.BIGINT: f"{XSD}integer",
    ColumnType.DOUBLE: f"{XSD}double",
    ColumnType.BOOLEAN: f"{XSD}boolean",
    ColumnType.DATE: f"{XSD}date",
    ColumnType.TIMESTAMPTZ: f"{XSD}dateTime",
}
_Facts = list[tuple[str, str | Iterable[str]]]


def shape(shape_iri: str, slug: str = "", columns: Sequence[Column] = ()) -> str:
    """Return the shape of members; with the columns of dataset `slug` where its rows are the members.

    Only what every member has is required, those included that tell that something is gone.
    """
    moment = [(f"{SH}datatype", iri(f"{XSD}dateTime"))]
    properties: list[tuple[str, _Facts]] = [
        (VERSION_OF, [(f"{SH}nodeKind", iri(f"{SH}IRI")), *_once()]),
        (ISSUED, [*moment, *_once()]),
        (GENERATED, [*moment, *_once()]),
        (GEOMETRY, [(f"{SH}datatype", iri(f"{GEO}wktLiteral")), (f"{SH}maxCount", number(1))]),
    ]
    for column in columns:
        if column.type != ColumnType.BLOB:
            properties.append((property_iri(slug, column.name), _of_column(column)))
    subject, labels = iri(shape_iri), count()
    parts = [typed(subject, f"{SH}NodeShape"), line(subject, f"{SH}nodeKind", iri(f"{SH}IRI"))]
    for path, facts in properties:
        node = f"_:property{next(labels)}"
        parts += [line(subject, f"{SH}property", node), line(node, f"{SH}path", iri(path)), lines(node, facts)]
    return "".join(parts)


def _once() -> _Facts:
    return [(f"{SH}minCount", number(1)), (f"{SH}maxCount", number(1))]


def _of_column(column: Column) -> _Facts:
    return [
        (f"{SH}datatype", iri(DATATYPES[ColumnType(column.type)])),
        (f"{SH}maxCount", number(1)),
        (f"{SH}name", literal(column.name)),
        (f"{SH}description", texts(column.description)),
    ]


def vocabulary(slug: str, columns: Sequence[Column]) -> str:
    """Return the definitions of a dataset's columns as properties, with their units (UN/CEFACT codes)."""
    rows = iri(class_iri(slug))
    parts = [typed(rows, f"{RDFS}Class"), line(rows, f"{RDFS}label", literal(f"{slug}: row"))]
    for column in columns:
        if column.type != ColumnType.BLOB:
            subject = iri(property_iri(slug, column.name))
            facts: _Facts = [
                (f"{RDFS}label", literal(column.name)),
                (f"{RDFS}domain", rows),
                (f"{RDFS}range", iri(DATATYPES[ColumnType(column.type)])),
                (f"{SKOS}definition", texts(column.description)),
                (f"{SCHEMA}unitCode", [literal(column.unit)] if column.unit else []),
            ]
            parts += [typed(subject, f"{RDF}Property"), lines(subject, facts)]
    return "".join(parts)
