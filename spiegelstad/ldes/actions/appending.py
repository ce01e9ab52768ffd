"""How members come into a stream: rows by COPY, and the pages they are on, in the caller's transaction."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import count
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.ldes import models
from spiegelstad.ldes.formats.members import finished
from spiegelstad.ldes.queries.members import members_text
from spiegelstad.ldes.rules.paging import Pager, PageState
from spiegelstad.ldes.rules.tiles import NOWHERE
from spiegelstad.ldes.vocabulary import Kind, iri_of

_TICK = timedelta(microseconds=1)
_HERE = Path(__file__).parent
_COLUMNS = {
    "tenant_id": "text", "stream_id": "uuid", "sequence": "int8", "issued_at": "timestamptz", "object": "text",
    "version": "int4", "digest": "uuid", "gone": "bool", "tile": "text", "body": "text",
}  # fmt: skip
_COPY = f"COPY ldes_member ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
_LAST = sql.load(_HERE, "last_pages")
_WRITE = sql.load(_HERE, "write_pages")
_UNFINISHED = sql.load(_HERE, "unfinished_pages")
_FINISH = sql.load(_HERE, "finish_page")
_LEVEL = 1  # of zlib: what repeats itself as N-Triples do comes to a tenth by any, and this one is quick


class Arrival(NamedTuple):
    """A member that comes. `iri` may hold `{}` for its place in the stream; IRIs and `body` hold the places that
    `vocabulary` names.
    """

    generated_at: datetime
    iri: str
    object: str
    body: str
    tile: str = NOWHERE
    version: int | None = None
    digest: UUID | None = None
    gone: bool = False


def locked(tenant_id: str, kind: Kind, name: str) -> models.Stream | None:
    """Return a stream under lock, in a transaction; None when there is none."""
    return models.Stream.objects.select_for_update().filter(tenant_id=tenant_id, kind=kind, name=name).first()


def stream_of(tenant_id: str, kind: Kind, name: str, make: Callable[[], models.Stream]) -> models.Stream:
    """Return a stream under lock, in a transaction; `make` describes it when there is none yet."""
    found = locked(tenant_id, kind, name)
    if found is None:
        models.Stream.objects.bulk_create([make()], ignore_conflicts=True)
        found = models.Stream.objects.select_for_update().get(tenant_id=tenant_id, kind=kind, name=name)
    return found


def append(stream: models.Stream, arrivals: Iterable[Arrival]) -> int:
    """Add members to a stream that is locked, in the caller's transaction; return how many.

    Each is issued a microsecond after the one before it at the earliest, so that time tells their order.
    """
    moment = now()
    if stream.last_issued_at is not None:
        moment = max(moment, stream.last_issued_at + _TICK)
    found = sql.rows(_LAST, {"tenant": stream.tenant_id, "stream": stream.id})
    pager = Pager(stream.last_page, ((PageState(*page), pages) for *page, pages in found))
    with sql.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            copy.set_types(list(_COLUMNS.values()))
            for row in _rows(stream, arrivals, moment, pager):
                copy.write_row(row)
        done: int = cursor.rowcount
    if done:
        write_pages(stream, pager.touched.values())
        finish_pages(stream)
        stream.last_sequence += done
        stream.last_page = pager.number
        stream.last_issued_at = moment + (done - 1) * _TICK
        stream.revision += 1
        stream.save()
    return done


def _rows(
    stream: models.Stream, arrivals: Iterable[Arrival], moment: datetime, pager: Pager
) -> Iterator[tuple[object, ...]]:
    tenant_id, stream_id, name = stream.tenant_id, stream.id, iri_of(stream.kind, stream.name)
    for sequence, one in zip(count(stream.last_sequence + 1), arrivals, strict=False):
        iri = one.iri.replace("{}", str(sequence))
        body = finished(
            name, iri, one.object, one.body, sequence=sequence, issued_at=moment, generated_at=one.generated_at,
            gone=one.gone,
        )  # fmt: skip
        pager.add(sequence, moment, len(body), one.tile)
        yield tenant_id, stream_id, sequence, moment, one.object, one.version, one.digest, one.gone, one.tile, body
        moment += _TICK


_fields = attrgetter(*(one.name for one in fields(PageState)))


def write_pages(stream: models.Stream, pages: Iterable[PageState]) -> None:
    """Write pages, new or changed."""
    columns = [list(column) for column in zip(*map(_fields, pages), strict=True)]
    if columns:
        with sql.cursor() as cursor:
            cursor.execute(_WRITE, [stream.tenant_id, stream.id, *columns])


def finish_pages(stream: models.Stream) -> None:
    """Put together, once, what pages that are full will send for ever; in the caller's transaction."""
    named = {"tenant": stream.tenant_id, "stream": stream.id}
    for number, branch, first, last in sql.rows(_UNFINISHED, named):
        told = zlib.compress(members_text(stream.tenant_id, stream.id, branch, first, last), _LEVEL)
        with sql.prepared() as cursor:
            cursor.execute(_FINISH, {**named, "number": number, "told": told})
