"""What readers of the catalogue get: frozen records, made from the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.functional import cached_property
from pydantic import TypeAdapter

from spiegelstad.base.localised import Localised
from spiegelstad.catalogue import models
from spiegelstad.catalogue.rules import Column, Contact, Coverage, Distribution, Lineage, Quality, SourceInfo

_COLUMNS = TypeAdapter(tuple[Column, ...])
_DISTRIBUTIONS = TypeAdapter(tuple[Distribution, ...])
_LINEAGE = TypeAdapter(Lineage)
_QUALITY = TypeAdapter(Quality)


@dataclass(frozen=True)
class Version:
    """One state of a dataset, which never changes. `rows` and `bytes` are those of its Parquet file."""

    id: UUID
    dataset_id: UUID
    slug: str
    title: Localised
    number: int
    content_hash: str
    rows: int
    bytes: int
    coverage: Coverage
    published_at: datetime
    published_by: str
    classification: str
    department: str
    licence_uri: str
    processing: str
    source: SourceInfo
    _row: models.Version

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns in order."""
        return _COLUMNS.validate_python(self._row.columns)

    @cached_property
    def lineage(self) -> Lineage:
        """The run or the versions it was made from."""
        return _LINEAGE.validate_python(self._row.lineage)

    @cached_property
    def quality(self) -> Quality:
        """The quality report."""
        return _QUALITY.validate_python(self._row.quality)


@dataclass(frozen=True)
class Dataset:
    """A dataset with its current version (None as long as nothing was published)."""

    id: UUID
    tenant_id: str
    slug: str
    title: Localised
    description: Localised
    theme: str
    department: str
    classification: str
    classification_reason: str
    licence_uri: str
    retention_days: int | None
    source: SourceInfo
    keywords: Mapping[str, Sequence[str]]
    hvd_category: str
    frequency: str
    contact: Contact
    landing_page: str
    conforms_to: tuple[str, ...]
    is_authoritative: bool
    legal_basis: str
    review_on: date | None
    processing: str
    uri: str
    status: str
    status_reason: str
    replaced_by: str
    legal_hold: str
    planned_status: str
    planned_reason: str
    planned_on: date | None
    created_at: datetime
    changed_at: datetime
    current: Version | None
    _row: models.Dataset

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns as declared."""
        return _COLUMNS.validate_python(self._row.columns)

    @cached_property
    def distributions(self) -> tuple[Distribution, ...]:
        """Where data that is kept elsewhere can be had."""
        return _DISTRIBUTIONS.validate_python(self._row.distributions)


def read_columns(stored: Any) -> tuple[Column, ...]:
    """Return columns as they stand in a JSON column."""
    return _COLUMNS.validate_python(stored)


def dataset_record(row: models.Dataset) -> Dataset:
    """Make the record of a row that was selected with `current`."""
    current = row.current
    return Dataset(
        id=row.id,
        tenant_id=row.tenant_id,
        slug=row.slug,
        title=row.title,
        description=row.description,
        theme=row.theme,
        department=row.department,
        classification=row.classification,
        classification_reason=row.classification_reason,
        licence_uri=row.licence_uri,
        retention_days=row.retention_days,
        source=SourceInfo(**row.source),
        keywords=row.keywords,
        hvd_category=row.hvd_category,
        frequency=row.frequency,
        contact=Contact(**row.contact),
        landing_page=row.landing_page,
        conforms_to=tuple(row.conforms_to),
        is_authoritative=row.is_authoritative,
        legal_basis=row.legal_basis,
        review_on=row.review_on,
        processing=row.processing_key,
        uri=row.uri,
        status=row.status,
        status_reason=row.status_reason,
        replaced_by=row.replaced_by,
        legal_hold=row.legal_hold,
        planned_status=row.planned_status,
        planned_reason=row.planned_reason,
        planned_on=row.planned_on,
        created_at=row.created_at,
        changed_at=row.changed_at,
        current=None if current is None else version_record(current, row),
        _row=row,
    )


class Owner(NamedTuple):
    """What a version tells of its dataset: the columns of `models.Dataset` that are needed for it."""

    id: UUID
    slug: str
    title: Localised
    classification: str
    department: str
    licence_uri: str
    processing_key: str
    source: Mapping[str, str]


def version_record(row: models.Version, dataset: models.Dataset | Owner | None = None) -> Version:
    """Make the record of a row that was selected with `dataset`, or for which `dataset` is given."""
    owner = dataset or row.dataset
    return Version(
        id=row.id,
        dataset_id=owner.id,
        slug=owner.slug,
        title=owner.title,
        number=row.number,
        content_hash=row.content_hash,
        rows=row.rows,
        bytes=row.bytes,
        coverage=Coverage(row.covers_from, row.covers_to, row.box, tuple(row.area_codes)),
        published_at=row.published_at,
        published_by=row.published_by,
        classification=owner.classification,
        department=owner.department,
        licence_uri=owner.licence_uri,
        processing=owner.processing_key,
        source=SourceInfo(**owner.source),
        _row=row,
    )


def as_json(value: Any) -> Any:
    """Turn records of `rules` into what a JSON column holds."""
    if isinstance(value, tuple | list):
        return [as_json(item) for item in value]
    return TypeAdapter(Mapping[str, Any]).dump_python(asdict(value), mode="json")
