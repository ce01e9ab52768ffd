"""The part of a source's definition that says what its columns are and what their values must satisfy."""

from __future__ import annotations

import codecs
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from spiegelstad.base import units
from spiegelstad.ingest.definition.templates import columns_in
from spiegelstad.ingest.vocabulary import ColumnType

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?")


class Part(BaseModel):
    """A piece of a definition: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def wrong(message: str, remedy: str, *at: str | int) -> PydanticCustomError:
    """Make an error that says what is wrong and what to do; `at`: the key below the model that it is about."""
    return PydanticCustomError("definition", message, {"remedy": remedy, "at": at})


def address(text: str) -> str:
    """Accept an HTTP(S) address without a user name."""
    match = re.match(r"https?://([^/?#]+)", text)
    if not match or "@" in match[1] or not HOST.fullmatch(match[1]):
        raise wrong(f"`{text}` isn't an address", "Write https://host/path, without a user name.")
    return text


def _languages(value: dict[str, str]) -> dict[str, str]:
    for language in value:
        if not LANGUAGE.fullmatch(language):
            raise wrong(f"`{language}` isn't a language", "Write codes such as nl and en.", language)
    if "nl" not in value:
        raise wrong("the Dutch text is missing", "Add `nl: …`.")
    return value


def _unit(code: str) -> str:
    if code not in units.codes():
        raise wrong(f"the unit `{code}` is unknown", f"Use one of {', '.join(sorted(units.codes() - {''}))}.")
    return code


UNIX = ("unix", "unix-ms")


def _time_format(text: str) -> str:
    if text in UNIX:
        return text
    for sign in re.findall(r"%(-?.?)", text):
        if sign.lstrip("-") not in tuple("aAbBdfgGHIjmMnpSuUVwWyYzZ%"):
            raise wrong(f"`%{sign}` isn't known in a date or time", "Use %Y %m %d %H %M %S %f %z.")
    return text


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise wrong(f"`{text}` isn't a regular expression: {error}", "Correct the pattern.") from None
    if re.search(r"\(\?[=!<]|\\[1-9]", text):
        raise wrong("look-around and back-references aren't supported (RE2)", "Write a simpler pattern.")
    return text


def _not_ours(text: str) -> str:
    if text in ("row", "rowid", "file_row_number"):  # by which rows are told apart on the way
        raise wrong(f"the name `{text}` is the program's own", f"Choose another, and write `from: {text}` under it.")
    return text


Texts = Annotated[dict[str, str], Field(min_length=1), AfterValidator(_languages)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$"), AfterValidator(_not_ours)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
UnitCode = Annotated[str, AfterValidator(_unit)]
TimeFormat = Annotated[str, AfterValidator(_time_format)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Scalar = str | int | float | bool


class Column(Part):
    """One column of the dataset: where its text comes from, its type, and what a value must satisfy."""

    from_: str | list[str] | None = Field(
        None,
        alias="from",
        description="name of the column in the file (default: the same name); several: the first that the file has; "
        "`a.b` reads inside JSON; `file.name` is the name of the file; GeoJSON has `geometry`, `geometry.lon`, "
        "`geometry.lat`, `geometry.length_m`, `geometry.area_m2` and `feature.id`",
    )
    type: ColumnType = Field(ColumnType.TEXT, description="type of the values")
    required: bool = Field(False, description="a row without a value goes to quarantine")
    description: dict[str, str] = Field(default_factory=dict, description="what it means, by language")
    unit: UnitCode = Field("", description="UN/CEFACT code of the unit (EUR for euro)")
    role: str = Field("", description="role in the dataset, for example `identifier`")
    format: TimeFormat = Field(
        "",
        description="how a date or time is written (strptime), for example `%d/%m/%Y`; `unix` and `unix-ms`: seconds "
        "and milliseconds since 1970",
    )
    zone: str = Field("", description="IANA time zone of times without an offset, for example `Europe/Brussels`")
    ambiguous: Literal["reject", "first", "second"] = Field(
        "reject", description="a local time that occurs twice, in the night that the clock goes back"
    )
    minimum: float | None = Field(None, description="smallest value allowed")
    maximum: float | None = Field(None, description="largest value allowed")
    values: list[Scalar] = Field(default_factory=list, description="the only values allowed")
    pattern: Pattern = Field("", description="regular expression that the whole text matches (RE2)")
    default: Scalar | None = Field(None, description="value where the file has none")
    constant: Scalar | None = Field(None, description="the same value in every row; not read from the file")
    template: str = Field(
        "",
        description="text made of several columns of the file, for example `{Datum} {Uur}`; `{a|b}`: the first that "
        "the file has; no value where one of them has none",
    )
    missing: list[str] = Field(default_factory=list, description="texts that mean “no value”, besides the empty one")

    @property
    def sources(self) -> list[str]:
        """The names in the file that this column may come from; empty: not from the file, or its own name."""
        if self.from_ is None:
            return []
        return [self.from_] if isinstance(self.from_, str) else self.from_

    def inputs(self, name: str) -> list[tuple[str, ...]]:
        """What column `name` takes from the file: each value with its alternative names; nothing for a constant."""
        if self.constant is not None:
            return []
        if self.template:
            return [tuple(piece.split("|")) for piece in columns_in(self.template)]
        return [tuple(self.sources or [name])]

    @model_validator(mode="after")
    def _fits_its_type(self) -> Column:
        numeric = self.type in (ColumnType.INTEGER, ColumnType.NUMBER)
        for key, kept, allowed in (
            ("minimum", self.minimum is None, numeric),
            ("maximum", self.maximum is None, numeric),
            ("pattern", not self.pattern, self.type is ColumnType.TEXT),
            ("format", not self.format, self.type in (ColumnType.DATE, ColumnType.DATETIME)),
            ("zone", not self.zone, self.type is ColumnType.DATETIME),
        ):
            if not kept and not allowed:
                raise wrong(f"`{key}` has no meaning for the type {self.type}", f"Remove `{key}`.", key)
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise wrong("`minimum` is larger than `maximum`", "Swap them.", "minimum")
        if self.format in UNIX and self.type is not ColumnType.DATETIME:
            raise wrong(f"`{self.format}` gives a time, not a date", "Write `type: datetime`.", "format")
        if self.constant is not None and (self.from_ is not None or self.default is not None):
            raise wrong("`constant` excludes `from` and `default`", "Keep one of them.", "constant")
        if self.template and (self.from_ is not None or self.constant is not None):
            raise wrong("`template` excludes `from` and `constant`", "Keep one of them.", "template")
        if self.template and not columns_in(self.template):
            raise wrong("the template names no column", "Write names in braces, or use `constant`.", "template")
        self._times_have_a_zone()
        return self

    def _times_have_a_zone(self) -> None:
        if self.type is not ColumnType.DATETIME:
            return
        offset_written = not self.format or "%z" in self.format or self.format in UNIX
        if not offset_written and not self.zone:
            raise wrong("the format has no offset (%z) and no zone", "Add `zone: Europe/Brussels`.", "format")


class Format(Part):
    """How the file is written."""

    type: Literal[
        "csv", "geojson", "xlsx", "parquet", "json", "gtfs-realtime", "gbfs", "chirpstack", "things-stack"
    ] = Field(description="format of the file, or of a message")
    encoding: str = Field("utf-8", description="CSV: character encoding (`utf-8`, `latin-1`, `cp1252`, `utf-16`, …)")
    separator: str = Field("", description="CSV: character between values; found by itself when absent")
    quote: str = Field('"', min_length=1, max_length=1, description="CSV: character around values")
    decimal: Literal[".", ","] = Field(".", description="CSV: decimal sign of numbers")
    thousands: Literal["", ".", ",", " ", "'"] = Field("", description="CSV: sign between thousands in numbers")
    header: bool | Annotated[int, Field(ge=1, le=1000)] = Field(
        True, description="the first line holds the names; a number: that line does; false: `column1`, `column2`, …"
    )
    sheet: str = Field("", description="XLSX: name of the sheet (default: the first)")
    records: str = Field(
        "",
        description="JSON: dotted path to the list of records; empty: the root. GTFS-Realtime: `vehicles`, `stops` "
        "(each stop of each trip) or `alerts`. GBFS: `stations` or `vehicles`",
    )
    crs: str = Field("", description="GeoJSON: coordinate system, for example `EPSG:31370` (default: WGS84)")
    member: str = Field("*", description="zip: pattern of the files inside")
    missing: list[str] = Field(default_factory=list, description="texts that mean “no value” in every column")

    @model_validator(mode="after")
    def _known(self) -> Format:
        try:
            codecs.lookup(self.encoding)
        except LookupError:
            raise wrong(
                f"the encoding `{self.encoding}` is unknown", "Use utf-8, latin-1 or cp1252.", "encoding"
            ) from None
        if len(self.separator.replace("\\t", "\t")) > 1:
            raise wrong("the separator must be one character", "Use ; , | or \\t.", "separator")
        if self.thousands and self.thousands == self.decimal:
            raise wrong("`thousands` and `decimal` are the same sign", "Change one.", "thousands")
        return self

    @property
    def delimiter(self) -> str:
        """The separator itself, `\\t` made a tab."""
        return self.separator.replace("\\t", "\t")


class Keep(Part):
    """A row is kept only when it satisfies this; others are outside the scope of the dataset, not wrong."""

    column: str = Field("", description="column that is looked at")
    values: list[Scalar] = Field(default_factory=list, description="keep these values")
    pattern: Pattern = Field("", description="keep texts that match as a whole")
    minimum: Any = Field(None, description="keep from this number, date or time")
    maximum: Any = Field(None, description="keep up to this number, date or time")
    inside: Literal["", "city"] = Field("", description="keep points inside the city")
    lon: str = Field("", description="with `inside`: column of the longitude")
    lat: str = Field("", description="with `inside`: column of the latitude")

    @model_validator(mode="after")
    def _one_test(self) -> Keep:
        if self.inside:
            if not (self.lon and self.lat) or self.column:
                raise wrong(
                    "`inside` needs `lon` and `lat` and nothing else", "Write `{inside: city, lon: lon, lat: lat}`."
                )
        elif not self.column:
            raise wrong("this says nothing to keep", "Give `column` with `values`, `pattern`, `minimum` or `maximum`.")
        elif not self.values and not self.pattern and self.minimum is None and self.maximum is None:
            raise wrong("this says nothing to keep", "Add `values`, `pattern`, `minimum` or `maximum`.", "column")
        return self
