"""What a dataset and a version consist of, when they are right, and how a dataset lives. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from spiegelstad.base.localised import Localised
from spiegelstad.catalogue.vocabulary import STATUS_NAMES, ColumnType, Frequency, HvdCategory, Status, Theme
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
    """What a version covers: moments (with zone), bounds in WGS84, codes of areas (none where they are not told)."""

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
    of its entry in the processing register, required for personal data. `is_draft`: a new one is for its stewards
    until they publish it; what is there already keeps its status.
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
    is_draft: bool = False


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


def geometry_of(columns: Sequence[Column]) -> tuple[str, ...] | None:
    """Return the columns that say where: one with geometry, or longitude and latitude; None when there are none."""
    for column in columns:
        if column.type == ColumnType.BLOB:
            return (column.name,)
    names = {column.role or column.name: column.name for column in columns if column.type == ColumnType.DOUBLE}
    return (names["lon"], names["lat"]) if {"lon", "lat"} <= names.keys() else None


def is_past_retention(superseded_at: datetime | None, retention_days: int | None, at: datetime) -> bool:
    """Whether a version may go: a later one has been in its place for longer than the dataset keeps old ones."""
    if superseded_at is None or retention_days is None:
        return False
    return at - superseded_at > timedelta(days=retention_days)


NEXT: Mapping[Status, frozenset[Status]] = {
    Status.DRAFT: frozenset({Status.PUBLISHED, Status.DESTROYED}),
    Status.PUBLISHED: frozenset({Status.DEPRECATED}),
    Status.DEPRECATED: frozenset({Status.PUBLISHED, Status.ARCHIVED}),
    Status.ARCHIVED: frozenset({Status.PUBLISHED, Status.DESTROYED}),
    Status.DESTROYED: frozenset(),
}
"""What a dataset can become. Nothing that was published is ever a draft again, and what is destroyed stays so."""

CLOSED_FOR_DATA = frozenset({Status.ARCHIVED, Status.DESTROYED})
"""In these no version is added."""

NOTICE = timedelta(days=30)
"""How long before it is destroyed the users of open data are told."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of status: `reason` is for everyone to read, `replaced_by` the slug of what to use instead."""

    status: Status
    reason: str
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a dataset stands in its life. `hold`: why nothing of it may be deleted now, else empty.

    `promised_on`: the day, still to come, before which it is not destroyed, as its users were told.
    """

    slug: str
    status: Status
    is_open: bool
    hold: str = ""
    promised_on: date | None = None


def problems_of_change(standing: Standing, change: Change, told: timedelta | None = None) -> list[str]:
    """Say why a dataset cannot change so; `told`: how long before its users were told, None when they were not."""
    found = [] if change.reason.strip() else [_("Give the reason: everyone reads it.")]
    names = {status: str(STATUS_NAMES[status]) for status in Status}
    if change.status not in NEXT[standing.status]:
        known = ", ".join(names[status] for status in Status if status in NEXT[standing.status])
        text = _("From “{status}” it can become: {known}.") if known else _("What is destroyed stays so.")
        found.append(text.format(status=names[standing.status], known=known))
    if change.replaced_by and (change.status is not Status.DEPRECATED or change.replaced_by == standing.slug):
        found.append(_("Only a deprecated dataset is replaced, by another one."))
    if change.status is Status.DESTROYED:
        if standing.hold:
            found.append(_("Nothing of it may be deleted now: {reason}").format(reason=standing.hold))
        if standing.promised_on:
            text = _("Its users were told that it stays until {day}. Announce another day, and they are told that.")
            found.append(text.format(day=date_format(standing.promised_on, "j F Y")))
        elif standing.is_open and standing.status is not Status.DRAFT and (told is None or told < NOTICE):
            found.append(_("Its users must know it {count} days before: announce it.").format(count=NOTICE.days))
    return found
