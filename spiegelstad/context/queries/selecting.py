"""Rows of entities as documents."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from spiegelstad.base.clock import now
from spiegelstad.base.sql import rows
from spiegelstad.context.queries.shapes import SHAPE, Shape
from spiegelstad.context.queries.sql_of import Condition
from spiegelstad.context.rules.documents import Document, time_text
from spiegelstad.context.rules.merging import alive

COLUMNS = "e.id, e.types, e.scopes, e.attributes, e.created_at, e.modified_at, e.expires_at"
"""What a document is made of."""


def select(what: str, condition: Condition) -> str:
    """Return the SELECT of rows `e` that meet the condition."""
    return f"SELECT {what} FROM context_entity e WHERE {condition.sql}"  # noqa: S608 - values are parameters


def documents(condition: Condition, rest: str, params: Sequence[Any] = ()) -> list[Document]:
    """Return the documents that meet the condition; `rest`: order and limit, with `params`."""
    return as_documents(rows(f"{select(COLUMNS, condition)} {rest}", [*condition.params, *params]))


def documents_of_shapes(shapes: Sequence[Shape], condition: Condition, each: str, rest: str) -> list[Document]:
    """Return the documents of these shapes that meet the condition; `each`: order and limit of the candidates of one
    shape, `rest`: of them all.
    """
    columns = [list(column) for column in zip(*shapes, strict=True)] or [[], [], []]
    statement = f"""
        SELECT {COLUMNS} FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS s (classification, department, shape)
        CROSS JOIN LATERAL (
            SELECT * FROM context_entity e
            WHERE e.classification = s.classification AND e.department = s.department AND {SHAPE} = s.shape
              AND {condition.sql} {each}
        ) e {rest}"""  # noqa: S608 - values are parameters
    return as_documents(rows(statement, [*columns, *condition.params]))


def as_documents(found: Iterable[tuple[Any, ...]]) -> list[Document]:
    """Return rows of COLUMNS as documents, without instances that expired."""
    moment = time_text(now())
    return [_document(row, moment) for row in found]


def _document(row: tuple[Any, ...], moment: str) -> Document:
    id_, types, scopes, attributes, created_at, modified_at, expires_at = row
    document = Document(
        id_,
        types,
        scopes,
        orjson.loads(attributes),
        time_text(created_at),
        time_text(modified_at),
        time_text(expires_at) if expires_at else None,
    )
    return alive(document, moment) if '"expiresAt"' in attributes else document
