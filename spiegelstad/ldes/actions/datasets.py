# ruff: noqa: S608  SQL of fixed parts, in which every name is quoted and every value bound
"""Streams of datasets: each version is compared with what the stream last told of every row.

So a row gives a member when it is new, changed or gone, also after a version was deleted: what is told of a dataset can
always be made again from its versions. One version is one transaction.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base import sql
from spiegelstad.catalogue import public as catalogue
from spiegelstad.ldes import models
from spiegelstad.ldes.actions.appending import Arrival, append, locked, stream_of
from spiegelstad.ldes.actions.removing import IS_SUPERSEDED, remove, remove_stream
from spiegelstad.ldes.formats import rows as told
from spiegelstad.ldes.formats import tables
from spiegelstad.ldes.vocabulary import Kind

if TYPE_CHECKING:
    import duckdb

_HERE = Path(__file__).parent
_STATE = sql.load(_HERE, "state")
_VERSIONS = sql.load(_HERE, "told_versions")
_PIECE = 10_000
_MEMORY = "512MB"


def build_dataset(tenant_id: str, slug: str) -> int:
    """Let the stream of a dataset tell all its versions; return how many members came.

    Nothing is told of a dataset that is not open, and what was told goes; the stream of one that is destroyed goes
    itself. Safe to be killed, and to be run at any time: what was told is not told again.
    """
    by = Actor.system(tenant_id, "streams")
    try:
        dataset = catalogue.dataset(by, slug)
    except catalogue.NoSuchDataset:
        dataset = None
    if dataset is None or dataset.status == catalogue.Status.DESTROYED:
        remove_stream(tenant_id, Kind.DATASET, slug)
        return 0
    if dataset.current is None or slug not in catalogue.current_ids(Actor.anonymous(tenant_id), [slug]):
        _empty(tenant_id, slug)
        return 0
    versions = sorted(catalogue.versions(by, slug), key=lambda version: version.number)
    _forget_deleted(tenant_id, slug, [version.number for version in versions])
    done = 0
    for version in versions:
        with transaction.atomic():
            stream = stream_of(tenant_id, Kind.DATASET, slug, lambda: _described(dataset))
            is_told = version.number <= stream.version
            if not is_told or (version is versions[-1] and stream.version > version.number):
                done += _tell(stream, version)
    return done


def key_of(columns: Sequence[catalogue.Column]) -> str:
    """Return the column by which rows are known; empty when there is none, or several."""
    keys = [column.name for column in columns if column.role == "identifier"]
    return keys[0] if len(keys) == 1 else ""


def _described(dataset: catalogue.Dataset) -> models.Stream:
    return models.Stream(
        tenant_id=dataset.tenant_id, kind=Kind.DATASET, name=dataset.slug, key=key_of(dataset.columns)
    )  # fmt: skip


def _empty(tenant_id: str, slug: str) -> None:
    """Remove all that was told. The stream stays, so that its pages never get a number again."""
    with transaction.atomic():
        stream = locked(tenant_id, Kind.DATASET, slug)
        if stream is not None and stream.version:
            remove(stream, "true", {})
            stream.version = 0
            stream.save()


def _forget_deleted(tenant_id: str, slug: str, numbers: Sequence[int]) -> None:
    """Remove what was told of versions that are deleted, but for what is still so: a row that has not changed since."""
    with transaction.atomic():
        stream = locked(tenant_id, Kind.DATASET, slug)
        if stream is None:
            return
        params = {"tenant": tenant_id, "stream": stream.id}
        deleted = {number for (number,) in sql.rows(_VERSIONS, params)} - set(numbers)
        if stream.version in deleted:  # the last that was told: nothing of it is so any more
            remove(stream, "version = %(version)s", {"version": stream.version})
            before = max((number for number in numbers if number < stream.version), default=1)
            stream.version = before - 1  # the one before is compared again, and all that came after it
            stream.save()
        if deleted:
            remove(stream, f"version = ANY(%(versions)s) AND {IS_SUPERSEDED}", {"versions": sorted(deleted)})


def _tell(stream: models.Stream, version: catalogue.Version) -> int:
    """Add what a version changes; a stream whose rows got another key begins again."""
    if (key := key_of(version.columns)) != stream.key:
        remove(stream, "true", {})
        stream.key = key
    stream.version = version.number
    stream.save()
    if key:
        return append(stream, _rows(stream, version))
    is_told = models.Member.objects.filter(stream_id=stream.id, version=version.number).exists()
    return 0 if is_told else append(stream, [_whole(version)])


def _whole(version: catalogue.Version) -> Arrival:
    dataset = told.dataset_iri(version.slug)
    iri, body = f"{dataset}/versions/{version.number}", told.version_body(version)
    return Arrival(version.published_at, iri, dataset, body, version=version.number)


def _rows(stream: models.Stream, version: catalogue.Version) -> Iterator[Arrival]:
    """Return the rows that are new or changed, then those that are gone. PostgreSQL is asked before the first."""
    return _compared(_state(stream), catalogue.parquet_path(version.id), stream.key, version)


def _state(stream: models.Stream) -> pa.Table:
    """Return key, digest and tile of what the stream last told of each row that is there."""
    begin = len(_row_iri(stream.name, ""))
    schema = pa.schema([(name, pa.string()) for name in ("key", "digest", "tile")])
    batches = []
    with connection.chunked_cursor() as cursor:
        cursor.execute(_STATE, {"tenant": stream.tenant_id, "stream": stream.id})
        while found := cursor.fetchmany(_PIECE):
            keys, digests, tiles = zip(*found, strict=True)
            named = [[key[begin:] for key in keys], [digest.hex for digest in digests], list(tiles)]
            batches.append(pa.record_batch([pa.array(one, pa.string()) for one in named], schema=schema))
    return pa.Table.from_batches(batches, schema)


def _compared(state: pa.Table, path: Path, key: str, version: catalogue.Version) -> Iterator[Arrival]:
    import duckdb  # noqa: PLC0415  heavy, and not needed to serve pages

    temporary = str(Path(settings.VAR) / "streams")
    with duckdb.connect(config={"memory_limit": _MEMORY, "threads": 2, "temp_directory": temporary}) as engine:
        engine.register("state", state)
        engine.execute(
            f"CREATE TEMP TABLE known AS SELECT {told.key_sql(key)} AS key FROM read_parquet(?)"
            " GROUP BY 1 HAVING count(*) = 1 AND key <> ''",
            [str(path)],
        )
        yield from _changed(engine, path, key, version)
        body = told.gone_body(version.slug)
        for row_key, tile in engine.execute("SELECT key, tile FROM state ANTI JOIN known USING (key)").fetchall():
            yield _arrival(version, row_key, body, tile, None)


def _changed(
    engine: "duckdb.DuckDBPyConnection", path: Path, key: str, version: catalogue.Version
) -> Iterator[Arrival]:
    placed = catalogue.geometry_of(version.columns) is not None
    engine.register("given", tables.reader(path, version.columns))
    body = told.body_sql(version.slug, version.columns, placed=placed)
    found = engine.sql(
        f"""
        SELECT key, body, md5(body), tile
        FROM (SELECT {told.key_sql(key)} AS key, {body} AS body, {tables.TILE} AS tile FROM given)
        SEMI JOIN known USING (key)
        LEFT JOIN (SELECT key, digest FROM state) USING (key)
        WHERE digest IS DISTINCT FROM md5(body)
        """
    )
    for batch in found.to_arrow_reader(_PIECE):
        for row_key, body, digest, tile in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield _arrival(version, row_key, body, tile, UUID(digest))


def _arrival(version: catalogue.Version, key: str, body: str, tile: str, digest: UUID | None) -> Arrival:
    object_ = _row_iri(version.slug, key)
    iri = f"{object_}#version-{version.number}"
    return Arrival(version.published_at, iri, object_, body, tile, version.number, digest, gone=digest is None)


def _row_iri(slug: str, key: str) -> str:
    return f"{told.dataset_iri(slug)}/rows/{key}"
