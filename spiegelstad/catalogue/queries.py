"""Reads of the catalogue; what an actor may not read does not exist for them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import orjson
import pyarrow as pa
from django.db.models import Count, Max, Q, QuerySet

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base import sql
from spiegelstad.base.apart_protocol import Parameter
from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import models, store
from spiegelstad.catalogue.records import Dataset, Owner, Version, dataset_record, version_record
from spiegelstad.catalogue.sandbox.process import BadQuery, Limits, Session, TableFile, open_session
from spiegelstad.catalogue.vocabulary import Status
from spiegelstad.governance.public import visible


class NoSuchDataset(NotFound):
    """There is no such dataset, or not for this actor."""

    title = "No such dataset"


class NoSuchVersion(NotFound):
    """There is no such version of a dataset, or not for this actor."""

    title = "No such version"


DEFAULT_LIMITS = Limits()


def readable(actor: Actor, prefix: str = "") -> Q:
    """Return the filter of the datasets `actor` may read: by classification; drafts are for their stewards."""
    if actor.is_system or Role.ADMINISTRATOR in actor.roles:
        return visible(actor, prefix)
    own = Q(**{f"{prefix}department__in": sorted(actor.departments)}) if Role.STEWARD in actor.roles else Q(pk__in=[])
    return visible(actor, prefix) & (~Q(**{f"{prefix}status": Status.DRAFT}) | own)


def datasets(actor: Actor) -> list[Dataset]:
    """Return every dataset the actor may read, with its current version, by slug."""
    rows = models.Dataset.objects.filter(readable(actor)).select_related("current").order_by("slug")
    return [dataset_record(row) for row in rows]


def dataset(actor: Actor, slug: str) -> Dataset:
    """Return one dataset with its current version, or raise `NoSuchDataset`."""
    row = models.Dataset.objects.filter(readable(actor), slug=slug).select_related("current").first()
    if row is None:
        raise NoSuchDataset(f"There is no dataset {slug!r}.")
    return dataset_record(row)


class CatalogPage(NamedTuple):
    """Some datasets; `following` is the last of them when there are more. `total` and `changed_at` are of all."""

    datasets: list[Dataset]
    following: UUID | None
    total: int
    changed_at: datetime | None


def catalog_page(actor: Actor, after: UUID | None, size: int) -> CatalogPage:
    """Return `size` datasets with their current versions in the order they were declared, after the dataset `after`.

    Going by key, a page costs the same wherever it is, and nothing that stays is left out when others come or go.
    """
    readable_ = models.Dataset.objects.filter(readable(actor))
    wanted = readable_.filter(id__gt=after) if after else readable_
    rows = list(wanted.select_related("current").order_by("id")[: size + 1])
    following = rows[size - 1].id if len(rows) > size else None
    whole = readable_.aggregate(total=Count("pk"), changed_at=Max("changed_at"))
    return CatalogPage([dataset_record(row) for row in rows[:size]], following, **whole)


def slugs(actor: Actor, offset: int = 0, limit: int | None = None) -> list[str]:
    """Return the names of datasets, in their order."""
    found = models.Dataset.objects.filter(readable(actor)).order_by("slug").values_list("slug", flat=True)
    return list(found[offset : None if limit is None else offset + limit])


def datasets_by_slug(actor: Actor, wanted: Sequence[str]) -> list[Dataset]:
    """Return those of these datasets that the actor may read, with their current versions, by name."""
    found = models.Dataset.objects.filter(readable(actor), slug__in=wanted)
    return [dataset_record(row) for row in found.select_related("current").order_by("slug")]


def dataset_by_name_or_id(actor: Actor, text: str) -> Dataset:
    """Return a dataset by its slug or its id, or raise `NoSuchDataset`."""
    try:
        wanted = Q(id=UUID(text))
    except ValueError:
        wanted = Q(slug=text)
    row = models.Dataset.objects.filter(readable(actor), wanted).select_related("current").first()
    if row is None:
        raise NoSuchDataset(f"There is no dataset {text!r}.")
    return dataset_record(row)


def datasets_of(actor: Actor, limit: int, **filters: str) -> tuple[int, list[Dataset]]:
    """Return how many datasets have these values, and the first of them by name."""
    found = models.Dataset.objects.filter(readable(actor), **filters)
    return found.count(), [dataset_record(row) for row in found.select_related("current").order_by("slug")[:limit]]


def count_by(actor: Actor, column: str) -> dict[str, int]:
    """Return how many datasets there are for each value of a column."""
    found = models.Dataset.objects.filter(readable(actor)).values_list(column).annotate(Count("pk")).order_by(column)
    return dict(found)


def keywords(actor: Actor) -> list[str]:
    """Return the keywords of all datasets, in every language, each once."""
    found = models.Dataset.objects.filter(readable(actor)).exclude(keywords={}).values_list("keywords", flat=True)
    return sorted({word for by_language in found for words in by_language.values() for word in words})


def version_numbers(actor: Actor, slug: str, limit: int) -> list[tuple[int, datetime]]:
    """Return number and moment of the newest versions of a dataset."""
    found = _versions(actor).filter(dataset__slug=slug).order_by("-number")
    return list(found.values_list("number", "published_at")[:limit])


def current_version(actor: Actor, slug: str) -> Version:
    """Return the current version of a dataset; `NoSuchVersion` when nothing was published yet."""
    found = _readable_version(actor, slug, "v.id = d.current_id", ())
    if found is None:
        dataset(actor, slug)  # or NoSuchDataset
        raise NoSuchVersion(f"The dataset {slug!r} has no version yet.")
    return found


def current_ids(actor: Actor, slugs: Sequence[str]) -> dict[str, UUID]:
    """Return the current version of each of these datasets that has one and that the actor may read: one query."""
    rows = models.Dataset.objects.filter(readable(actor), slug__in=slugs, current__isnull=False)
    return dict(rows.values_list("slug", "current_id"))


def versions(actor: Actor, slug: str) -> list[Version]:
    """Return all versions of a dataset, the newest first."""
    rows = list(_versions(actor).filter(dataset__slug=slug).order_by("-number"))
    if not rows:
        dataset(actor, slug)  # or NoSuchDataset
    return [version_record(row) for row in rows]


def version(actor: Actor, version_id: UUID) -> Version:
    """Return one version by its id, or raise `NoSuchVersion`."""
    return _found(actor, [version_id])[version_id]


def versions_by_id(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Version]:
    """Return those of these versions that the actor may read, by id, in one query."""
    return {row.id: version_record(row) for row in _versions(actor).filter(id__in=ids)}


def numbered_version(actor: Actor, slug: str, number: int) -> Version:
    """Return one version by its number, or raise `NoSuchVersion`."""
    found = _readable_version(actor, slug, "v.dataset_id = d.id AND v.number = %s", (number,))
    if found is None:
        raise NoSuchVersion(f"There is no version {number} of {slug!r}.")
    return found


_OF_SLUG = """
SELECT v.id, d.id, d.slug, d.title::text, d.classification, d.department, d.licence_uri, d.processing_key,
    d.source::text
FROM catalogue_dataset d JOIN catalogue_version v ON {which}
WHERE d.tenant_id = %s AND d.slug = %s AND d.id IN ({readable})"""


def _readable_version(actor: Actor, slug: str, which: str, params: tuple[int, ...]) -> Version | None:
    """Return a version as the actor may read it now: one prepared statement, an eighth of what the ORM needs for it.

    What may change is read each time; a row of `Version` never does.
    """
    readable_, values = _readable_sql(actor)
    with sql.prepared() as cursor:
        cursor.execute(_OF_SLUG.format(which=which, readable=readable_), (*params, actor.tenant_id, slug, *values))
        found = cursor.fetchone()
    if found is None or (row := _kept_row(found[0])) is None:
        return None
    owner = Owner._make(found[1:])
    return version_record(row, owner._replace(title=orjson.loads(found[3]), source=orjson.loads(found[8])))


@lru_cache(maxsize=1024)
def _readable_sql(actor: Actor) -> tuple[str, tuple[object, ...]]:
    """Return `readable` as SQL of the datasets; it depends on the actor alone."""
    return models.Dataset.objects.filter(readable(actor)).values("pk").query.sql_with_params()


@lru_cache(maxsize=256)
def _kept_row(version_id: UUID) -> models.Version | None:
    return models.Version.objects.filter(id=version_id).first()


def derived_versions(actor: Actor, version_id: UUID) -> list[Version]:
    """Return the versions that were made from this one."""
    return [version_record(row) for row in _versions(actor).filter(inputs=version_id).order_by("-published_at")[:50]]


def parquet_path(version_id: UUID) -> Path:
    """Return the file of a version: for rooms that read on behalf of the program, never for a face."""
    row = models.Version.objects.filter(id=version_id).values_list("content_hash", flat=True).first()
    if row is None:
        raise NoSuchVersion(f"There is no version {version_id}.")
    return store.path_of(row)


def query(
    actor: Actor,
    sql: str,
    *,
    tables: Mapping[str, UUID],
    params: dict[str, Parameter] | list[Parameter] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> pa.Table:
    """Run one SELECT over versions, in the sandbox: `tables` gives each version the name it has in the SQL.

    Raises NoSuchVersion, BadQuery, QueryTooSlow, QueryTooHeavy, ResultTooLarge or DataUnreadable.
    """
    with session(actor, tables=tables, limits=limits) as open_:
        return open_.query(sql, params)


@contextmanager
def session(actor: Actor, *, tables: Mapping[str, UUID], limits: Limits = DEFAULT_LIMITS) -> Iterator[Session]:
    """Lend a sandbox for many queries over the same versions; `limits` hold for each query."""
    for name in tables:
        if not name.isidentifier() or not name.isascii():
            raise BadQuery(f"{name!r} cannot be the name of a table.")
    found = _found(actor, list(tables.values()))
    files = {
        name: TableFile(store.path_of(found[id_].content_hash), tuple(column.name for column in found[id_].columns))
        for name, id_ in tables.items()
    }
    with open_session(files, limits) as open_:
        yield open_


def _versions(actor: Actor) -> QuerySet[models.Version]:
    return models.Version.objects.filter(readable(actor, "dataset__")).select_related("dataset")


def _found(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Version]:
    found = versions_by_id(actor, ids) if ids else {}
    for id_ in ids:
        if id_ not in found:
            raise NoSuchVersion(f"There is no version {id_}.")
    return found
