"""One description of a dataset and of the catalogue, of which every format (DCAT, CKAN) is a projection. Pure.

Addresses are absolute. What is not known is empty, and no format says anything of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from spiegelstad.base.localised import Localised
from spiegelstad.catalogue.rules import Bounds, Contact, Coverage, Distribution, QualityCheck, RunInfo, SourceInfo


@dataclass(frozen=True, slots=True)
class Measured:
    """The quality report of a version: `score` from 0 to 1, None when nothing was checked."""

    score: float | None = None
    checks: tuple[QualityCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """How a version was made: `activity` (`ingest`, `freeze`), its run, the addresses of its input versions."""

    activity: str
    run: RunInfo | None = None
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDescription:
    """One version: its address, and what can be downloaded of it."""

    uri: str
    number: int
    published_at: datetime
    rows: int
    coverage: Coverage
    quality: Measured
    origin: Origin
    distributions: tuple[Distribution, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A dataset as it is told to others.

    `uri` names it: ours, or for data that is kept elsewhere the one it has there; `page` is always ours. `modified_at`
    is of the data, `record_*` are of the description. `versions` are (address, number, moment), the newest first.
    `statements` (N-Triples): what the catalogue that it was read from says more than there are fields for.
    """

    id: str
    uri: str
    page: str
    slug: str
    department: str
    title: Localised
    description: Localised
    theme: str
    keywords: Mapping[str, Sequence[str]]
    publisher: str
    contact: Contact
    classification: str
    licence_uri: str
    hvd_category: str
    frequency: str
    landing_page: str
    conforms_to: tuple[str, ...]
    is_authoritative: bool
    legal_basis: str
    source: SourceInfo
    status: str
    replaced_by: str
    issued_at: datetime | None
    modified_at: datetime | None
    record_issued_at: datetime
    record_modified_at: datetime
    distributions: tuple[Distribution, ...]
    is_tabular: bool
    is_geographic: bool
    current: VersionDescription | None
    versions: tuple[tuple[str, int, datetime], ...] = ()
    statements: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogDescription:
    """A city's catalogue: `host` ends with a slash."""

    host: str
    name: Localised
    bounds: Bounds | None
    issued_at: datetime | None = None
    languages: tuple[str, ...] = ("nl", "en")

    @property
    def uri(self) -> str:
        """The catalogue's own address."""
        return f"{self.host}catalog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the catalogue: its address, that of the first and the next; `total` and `changed_at` of them all."""

    uri: str
    first: str
    next: str = ""
    total: int = 0
    changed_at: datetime | None = None
    datasets: tuple[Description, ...] = ()
