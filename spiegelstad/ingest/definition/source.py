"""The definition of a source: where its data is, how it is read, checked and mapped, and whose it is."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from spiegelstad.ingest.definition.columns import (
    Column,
    Format,
    Keep,
    Name,
    Part,
    Slug,
    Texts,
    UnitCode,
    address,
    wrong,
)
from spiegelstad.ingest.definition.cron import Cron
from spiegelstad.ingest.definition.durations import duration
from spiegelstad.ingest.definition.live import Mqtt, Webhook
from spiegelstad.ingest.definition.metadata import Metadata
from spiegelstad.ingest.vocabulary import Way


def _cron(text: str) -> str:
    try:
        Cron.parse(text)
    except ValueError as error:
        raise wrong(f"`{text}` isn't a schedule: {error}", 'Write five fields such as "*/5 * * * *".') from None
    return text


def _duration(text: str) -> str:
    try:
        duration(text)
    except ValueError:
        raise wrong(f"`{text}` isn't a duration", "Write ISO 8601 such as P2D, PT6H or P1M.") from None
    return text


def _inside_folder(text: str) -> str:
    if text.startswith(("/", "~")) or ".." in text.split("/") or "\\" in text or "\0" in text:
        raise wrong(f"`{text}` leaves the data folder", "Write a path below the data folder, without `..`.")
    return text


FilePattern = Annotated[str, Field(min_length=1), AfterValidator(_inside_folder)]


class Opendatasoft(Part):
    """A dataset on an Opendatasoft portal (explore API v2.1)."""

    domain: str = Field(pattern=r"^(https?://)?[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?$", description="host of the portal")
    dataset: str = Field(pattern=r"^[A-Za-z0-9_@-]+$", description="identifier of the dataset")
    mode: Literal["export", "records"] = Field(
        "export", description="`export`: the whole dataset in one file; `records`: page by page (JSON, up to 10,000)"
    )
    where: str = Field("", description="ODSQL filter")
    select: str = Field("", description="ODSQL list of fields")
    order_by: str = Field("", description="ODSQL order")


class Gbfs(Part):
    """A system of shared bicycles, cars or scooters that publishes GBFS 2 or 3."""

    url: Annotated[str, AfterValidator(address)] = Field(description="address of its `gbfs.json`")
    language: str = Field("nl", description="GBFS 2: language of the feeds, when there are several")


PLACES = ("file", "url", "opendatasoft", "gbfs", "mqtt", "webhook")


class Where(Part):
    """Where the data is, or how it comes: one of `file`, `url`, `opendatasoft`, `gbfs`, `mqtt` and `webhook`."""

    file: FilePattern | None = Field(None, description="pattern of files below the data folder; read together, by name")
    url: Annotated[str, AfterValidator(address)] | None = Field(None, description="HTTP(S) address")
    opendatasoft: Opendatasoft | None = Field(None, description="dataset on an Opendatasoft portal")
    gbfs: Gbfs | None = Field(None, description="shared bicycles, cars or scooters: discovery file and its feeds")
    mqtt: Mqtt | None = Field(None, description="messages of an MQTT broker, as they come")
    webhook: Webhook | None = Field(None, description="messages that a LoRaWAN server posts, as they come")
    offline: FilePattern | None = Field(
        None, description="pattern of files that are read instead when SPIEGELSTAD_DATA is set"
    )
    offline_format: Format | None = Field(None, description="format of the offline files, when it differs")
    schedule: Annotated[str, AfterValidator(_cron)] | None = Field(
        None, description="when to fetch, as cron (Brussels time); absent: by hand and at the start"
    )
    redirects_to: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]*$")]] = Field(
        default_factory=list, description="other hosts that the address may redirect to"
    )
    max_megabytes: int = Field(2_000, ge=1, le=100_000, description="largest file that is accepted, unpacked")

    @model_validator(mode="after")
    def _one_place(self) -> Where:
        given = [key for key in PLACES if getattr(self, key) is not None]
        if len(given) > 1:
            raise wrong(
                f"{' and '.join(f'`{key}`' for key in given)} exclude each other", "Keep one of them.", given[1]
            )
        if not given and self.offline is None:
            raise wrong("it doesn't say where the data is", f"Add {', '.join(f'`{key}`' for key in PLACES)}.")
        if self.way is not Way.RUN:
            for key in ("schedule", "offline", "offline_format"):
                if getattr(self, key) is not None:
                    raise wrong(f"messages come by themselves: `{key}` has no meaning", f"Remove `{key}`.", key)
        return self

    @property
    def way(self) -> Way:
        """How the data comes in."""
        if self.mqtt is not None:
            return Way.MQTT
        return Way.WEBHOOK if self.webhook is not None else Way.RUN


class Locate(Part):
    """Adds columns with the code of the area that a point lies in."""

    lon: Name = Field(description="column of the longitude (WGS84)")
    lat: Name = Field(description="column of the latitude (WGS84)")
    into: dict[str, Name] = Field(min_length=1, description="area type → name of the column that is added")


class Rule(Part):
    """A rule over rows: one of `freshness`, `inside` and `reference`."""

    freshness: Annotated[str, AfterValidator(_duration)] | None = Field(
        None, description="the newest time in `column` is at most this old (ISO 8601); else the data is stale"
    )
    inside: Literal["city"] | None = Field(None, description="the point `lon`, `lat` lies inside the city")
    reference: str | None = Field(None, description="the value of `column` is the code of an area of this type")
    column: str = Field("", description="column the rule is about")
    lon: str = Field("", description="with `inside`: column of the longitude")
    lat: str = Field("", description="with `inside`: column of the latitude")

    @model_validator(mode="after")
    def _one_kind(self) -> Rule:
        given = [key for key in ("freshness", "inside", "reference") if getattr(self, key) is not None]
        if len(given) != 1:
            raise wrong("a rule is one of `freshness`, `inside` and `reference`", "Split it, or complete it.")
        needed = ("lon", "lat") if self.inside else ("column",)
        if absent := [key for key in needed if not getattr(self, key)]:
            raise wrong(f"`{given[0]}` needs {' and '.join(f'`{key}`' for key in absent)}", "Add it.", given[0])
        return self


class Quarantine(Part):
    """How much may fail before the file fails as a whole and the last good version stays."""

    rows: int = Field(10_000, ge=0, le=100_000, description="largest number of rows in quarantine")
    share: float = Field(0.25, ge=0, le=1, description="largest share of the rows that may fail")


class Areas(Part):
    """Each row is an area of `type`."""

    type: str = Field(description="area type, from city.yaml")
    code: Name = Field(description="column of the code")
    name: Name = Field(description="column of the name")
    parent: Name | None = Field(None, description="column of the code of the area above")
    geometry: Name = Field(description="column of the geometry")
    valid_from: dt.date | Name | None = Field(None, description="date, or column of the date, from which it holds")
    valid_to: dt.date | Name | None = Field(None, description="date, or column of the date, until which it holds")
    attributes: list[Name] = Field(default_factory=list, description="columns to keep with the area")
    complete: bool = Field(False, description="the source holds all areas of the type: others are removed")


class Addresses(Part):
    """Each row is an address."""

    id: str = Field(description="template of the identifier, for example `{id}`; a column's name alone is right too")
    street: Name = Field(description="column of the street")
    house_number: Name = Field(description="column of the house number")
    box_number: Name | None = Field(None, description="column of the box number")
    postcode: Name = Field(description="column of the postcode")
    municipality: Name = Field(description="column of the municipality")
    complete: bool = Field(False, description="the source holds all addresses of the city: others are removed")
    lon: Name = Field(description="column of the longitude")
    lat: Name = Field(description="column of the latitude")


class Entities(Part):
    """The rows describe entities; rows with the same identifier are one entity (the last row counts)."""

    type: str = Field(pattern=r"^[A-Z][A-Za-z0-9]*$", description="entity type, for example OffStreetParking")
    id: str = Field(pattern=r"^urn:", description="template of the identifier (URN)")
    name: str = Field(description="template of the name")
    lon: Name | None = Field(None, description="column of the longitude")
    lat: Name | None = Field(None, description="column of the latitude")
    attributes: list[Name] = Field(default_factory=list, description="columns that become attributes")


class Observations(Part):
    """Each row gives one observation of the series that the template names."""

    series: str = Field(description="template of the key of the series, for example `parking:{garage}`")
    entity: str = Field("", description="template of the entity's identifier")
    property: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9]*$", description="the property that is observed")
    name: Texts = Field(description="name of the series by language; templates")
    observed_at: Name = Field(description="column of the time (datetime)")
    value: Name = Field(description="column of the value (integer or number)")
    quality: Name | None = Field(None, description="column of the quality flag: 0 good, 1 suspect, 2 bad, 3 estimated")
    unit: UnitCode = Field(description="UN/CEFACT code of the unit")
    lon: Name | None = Field(None, description="column of the longitude of the series")
    lat: Name | None = Field(None, description="column of the latitude of the series")
    minimum: float | None = Field(None, description="smallest value that makes sense")
    maximum: float | None = Field(None, description="largest value that makes sense")
    expected_every_s: int | None = Field(None, ge=1, description="seconds between observations")


class SourceDefinition(Metadata):
    """One source: one YAML file under `sources/<city>/`, one dataset with the same slug."""

    source: Slug = Field(description="slug of the source and of its dataset")
    kind: Literal["gbfs-stations", "gtfs-realtime-vehicles", "opendatasoft-parking"] | None = Field(
        None, description="a ready kind: gives `format`, `columns` and what becomes of the rows; own keys go before"
    )
    title: Texts = Field(description="title by language")
    description: Texts = Field(description="what it holds, by language")
    publisher: str = Field(min_length=1, description="who publishes it")
    homepage: Annotated[str, AfterValidator(address)] | Literal[""] = Field("", description="page about the source")
    department: Slug = Field(description="department whose steward answers for it, from city.yaml")
    theme: Literal["population", "income", "housing", "mobility", "air", "energy", "green", "money", "places"] = Field(
        description="theme of the dataset"
    )
    classification: Literal["public", "internal", "confidential", "personal"] = Field(
        "public", description="who may read it; anything but `public` needs `classification_reason`"
    )
    classification_reason: str = Field("", description="why it isn't open")
    licence: Annotated[str, AfterValidator(address)] = Field(description="URI of the licence")
    retention_days: int | None = Field(None, ge=1, description="days that old versions are kept")
    where: Where = Field(description="where the data is")
    format: Format = Field(description="how the file is written")
    columns: dict[Name, Column] = Field(min_length=1, max_length=500, description="columns of the dataset, in order")
    locate: Locate | list[Locate] | None = Field(None, description="areas that a point lies in")
    unique: list[Name] = Field(default_factory=list, description="columns that together occur once; the first row wins")
    rules: list[Rule] = Field(default_factory=list, max_length=100, description="rules over rows and the whole")
    keep: list[Keep] = Field(default_factory=list, max_length=20, description="which rows are in scope; all must hold")
    quarantine: Quarantine = Field(default_factory=Quarantine, description="how much may fail")
    areas: Areas | None = Field(None, description="rows become areas")
    addresses: Addresses | None = Field(None, description="rows become addresses")
    entities: Entities | None = Field(None, description="rows become entities")
    observations: list[Observations] = Field(
        default_factory=list, max_length=50, description="values become observations"
    )

    @model_validator(mode="after")
    def _not_open_needs_a_reason(self) -> SourceDefinition:
        if self.classification != "public" and not self.classification_reason.strip():
            raise wrong(
                f"the classification `{self.classification}` needs a reason",
                "Add `classification_reason`, or make it public.",
                "classification",
            )
        if self.classification == "personal" and not self.processing:
            raise wrong(
                "personal data needs its entry in the processing register",
                "Name it in `processing`: a key of the register, or of the city's own processing.yaml.",
                "processing",
            )
        return self

    @property
    def locates(self) -> list[Locate]:
        """The `locate` parts, however many there are."""
        if self.locate is None:
            return []
        return self.locate if isinstance(self.locate, list) else [self.locate]
