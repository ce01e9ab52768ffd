"""What a dataset and a version consist of, and when they are right. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from spiegelstad.base.localised import Localised
from spiegelstad.catalogue.vocabulary import ColumnType, Frequency, HvdCategory, Theme
from spiegelstad.governance.public import Classification

Bounds = tuple[float, float, float, float]
_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
_MAX_SLUG = 80


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `type` is a DuckDB type name (`ColumnType`), `unit` a UN/CEFACT code, `role` what it is used for."""

    name: str
    type: str
    unit: str = ""
    description: Localised = field(default_factory=dict)
    role: str = ""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """Where a dataset comes from: the source's name, its page, and who publishes it."""

    name: str
    url: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The run of a source that made a version: rows in each outcome, `checksum` of what was read."""

    id: UUID
    source: str
    definition_hash: str
    started_at: datetime
    rows_read: int
    accepted: int
    quarantined: int
    checksum: str = ""


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a version comes from: a run, or other versions, and the activity in words (`ingest`, `freeze`)."""

    activity: str
    run: RunInfo | None = None
    inputs: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """How many rows kept a rule: `share` is passed / (passed + failed), 1 when there were none."""

    rule: str
    column: str
    passed: int
    failed: int
    share: float


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality report of a version; `score` is the share of rows that kept every rule, from 0 to 1."""

    checks: tuple[QualityCheck, ...] = ()
    score: float = 1.0


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a version covers: moments (with zone), bounds in WGS84, codes of areas."""

    from_: datetime | None = None
    to: datetime | None = None
    bbox: Bounds | None = None
    area_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """Who answers questions: a service of the city, never a person (vCard)."""

    name: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Where data can be had (DCAT): `format` is a code of the EU's authority table `file-type`, sizes in bytes."""

    access_url: str
    title: Localised = field(default_factory=dict)
    download_url: str = ""
    format: str = ""
    media_type: str = ""
    licence_uri: str = ""
    byte_size: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetIn:
    """A dataset as declared. Anything but public needs `classification_reason`; `retention_days` None keeps all.

    `keywords` by language; `distributions` only for data that is kept elsewhere, with `uri` its own identifier there.
    `legal_basis`: why we may hold it; `review_on`: when its classification is looked at again; `processing`: the key
    of its entry in the processing register, required for personal data.
    """

    slug: str
    title: Localised
    theme: str
    licence_uri: str
    columns: tuple[Column, ...]
    source: SourceInfo
    description: Localised = field(default_factory=dict)
    department: str = ""
    classification: str = "public"
    classification_reason: str = ""
    retention_days: int | None = None
    keywords: Mapping[str, Sequence[str]] = field(default_factory=dict)
    hvd_category: str = ""
    frequency: str = ""
    contact: Contact = field(default_factory=Contact)
    landing_page: str = ""
    conforms_to: tuple[str, ...] = ()
    is_authoritative: bool = False
    legal_basis: str = ""
    review_on: date | None = None
    processing: str = ""
    uri: str = ""
    distributions: tuple[Distribution, ...] = ()


def problems_of_dataset(dataset: DatasetIn) -> list[str]:
    """Say everything that is wrong with a declaration."""
    found = problems_of_columns(dataset.columns) if not dataset.distributions else []
    if dataset.classification == Classification.PERSONAL and not dataset.processing:
        found.append("personal data needs its entry in the processing register: name it in processing")
    for name, value, known in (
        ("hvd_category", dataset.hvd_category, HvdCategory),
        ("frequency", dataset.frequency, Frequency),
    ):
        if value and value not in set(known):
            found.append(f"{value!r} is not a {name}; there are: {', '.join(known)}")
    if not _SLUG.match(dataset.slug) or len(dataset.slug) > _MAX_SLUG:
        found.append(f"{dataset.slug!r} cannot be part of an address: use small letters, digits and hyphens")
    if dataset.theme not in set(Theme):
        found.append(f"{dataset.theme!r} is not a theme; there are: {', '.join(Theme)}")
    if dataset.classification != "public" and not dataset.classification_reason.strip():
        found.append(f"data is open unless there is a reason: say why it is {dataset.classification}")
    if dataset.retention_days is not None and dataset.retention_days < 1:
        found.append("retention_days must be at least 1")
    if not any(dataset.title.values()):
        found.append("the title is empty")
    return found


def problems_of_columns(columns: Sequence[Column]) -> list[str]:
    """Say which columns are wrong: none at all, twice the same name, an unknown type."""
    names = [column.name.casefold() for column in columns]
    found = [] if columns else ["there are no columns"]
    found += [f"the column {name!r} stands there twice" for name in sorted({n for n in names if names.count(n) > 1})]
    found += [
        f"{column.type!r} is not a type for column {column.name!r}; there are: {', '.join(ColumnType)}"
        for column in columns
        if column.type not in set(ColumnType)
    ]
    return found


def problems_of_file(declared: Sequence[Column], actual: Mapping[str, str]) -> list[str]:
    """Say where a file (its columns with their types, in order) differs from the columns that were declared."""
    wanted = {column.name: column.type for column in declared}
    found = [f"the column {name!r} is missing in the file" for name in wanted if name not in actual]
    found += [f"the column {name!r} of the file is not declared" for name in actual if name not in wanted]
    found += [
        f"the column {name!r} is {actual[name]} in the file and {type_} in the declaration"
        for name, type_ in wanted.items()
        if name in actual and actual[name] != type_
    ]
    return found


def is_past_retention(superseded_at: datetime | None, retention_days: int | None, at: datetime) -> bool:
    """Whether a version may go: a later one has been in its place for longer than the dataset keeps old ones."""
    if superseded_at is None or retention_days is None:
        return False
def geometry_of(columns: Sequence[Column]) -> tuple[str, ...] | None:
    """Return the columns that say where: one with geometry, or longitude and latitude; None when there are none."""
    for column in columns:
        if column.type == ColumnType.BLOB:
            return (column.name,)
    names = {column.role or column.name: column.name for column in columns if column.type == ColumnType.DOUBLE}
    return (names["lon"], names["lat"]) if {"lon", "lat"} <= names.keys() else None


    return at - superseded_at > timedelta(days=retention_days)
