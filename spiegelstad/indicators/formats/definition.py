"""The definition of an indicator: `<slug>.yaml` with `<slug>.sql` beside it. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from spiegelstad.base.units import codes, unit
from spiegelstad.base.yaml_documents import Problem, read_document, validate
from spiegelstad.indicators.vocabulary import BUILT_IN_TABLES, Direction, Period, Resolution, Theme

MAX_SQL_BYTES = 64 * 1024
SMALLEST_MINIMUM_CELL = 3
"""Below 3 a hidden cell has one possible value only, so that hiding it hides nothing."""

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
TableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
AreaType = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)]


def _both_languages(value: dict[str, str]) -> dict[str, str]:
    missing = [language for language in ("nl", "en") if not value.get(language, "").strip()]
    if missing:
        raise PydanticCustomError(
            "language", "the text in {missing} is missing", {"missing": ", ".join(missing), "remedy": "Give nl and en."}
        )
    return value


Text = Annotated[dict[str, str], AfterValidator(_both_languages)]


def _known_unit(code: str) -> str:
    if code not in codes():
        remedy = "Use a UN/CEFACT code of spiegelstad/base/units.py, such as C62 (number), P1 (per cent) or EUR."
        raise PydanticCustomError("unit", "the unit {code} isn't known", {"code": code, "remedy": remedy})
    return code


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SeriesInput(_Part):
    """Live series that are frozen before use: all series of a property, from `history_days` before today."""

    property: str = Field(description="property of the series, for example bicycleCount")
    resolution: Resolution = Field(Resolution.DAY, description="rows per hour or per day")
    history_days: int = Field(default=730, ge=1, le=36_525, description="how many days before today are read")


class Input(_Part):
    """One table of the formula: a dataset by its slug, or series of a property."""

    dataset: Slug | None = Field(None, description="slug of a dataset")
    series: SeriesInput | None = Field(None, description="series of a property")

    @model_validator(mode="after")
    def _one_kind(self) -> Input:
        if (self.dataset is None) == (self.series is None):
            remedy = "Write {dataset: its-slug} or {series: {property: …}}."
            raise PydanticCustomError("input", "an input is a dataset or series", {"remedy": remedy})
        return self


class Target(_Part):
    """What the city wants: this value in areas of this type (or in one area) on this day."""

    area_type: AreaType = Field(description="for areas of this type")
    area_code: str = Field("", description="for this area only")
    value: float = Field(description="what the city wants to reach")
    on: dt.date = Field(description="by this day")
    source: Text | None = Field(None, description="where the target is written down")


class IndicatorDefinition(_Part):
    """All keys of an indicator's YAML. `factor` multiplies numerator / denominator (100 for per cent)."""

    indicator: Slug = Field(description="slug, the name of the file")
    title: Text = Field(description="title by language")
    explanation: Text = Field(description="what it says and how it is computed, in plain words, by language")
    theme: Theme = Field(description="theme under which it is shown")
    unit: Annotated[str, AfterValidator(_known_unit)] = Field(description="UN/CEFACT code of the unit")
    per: Text | None = Field(None, description="words after the unit, for example inhabitant")
    decimals: int | None = Field(default=None, ge=0, le=6, description="decimals shown; default: those of the unit")
    factor: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="multiplies numerator / denominator; 100 for P1, else 1"
    )
    direction: Direction = Field(Direction.NONE, description="whether higher or lower is better")
    area_types: Annotated[list[AreaType], Field(min_length=1)] = Field(description="area types that have figures")
    period: Period = Field(description="what one figure spans")
    inputs: dict[TableName, Input] = Field(default_factory=dict, description="table in the SQL → what it holds")
    numerator: Text | None = Field(None, description="words for what is above the line")
    denominator: Text | None = Field(None, description="words for what is below the line")
    minimum_cell: int = Field(default=0, ge=0, description="figures about fewer are hidden; 0: none, else 3 or more")
    suppress_on: Literal["denominator", "numerator", "value"] = Field(
        "denominator", description="which number counts people"
    )
    release: Text | None = Field(
        None, description="why these figures are public although an input is not; needs a minimum_cell"
    )
    similarity: bool = Field(False, description="whether it counts when similar areas are looked for")
    targets: list[Target] = Field(default_factory=list, description="what the city wants to reach, and when")

    @model_validator(mode="after")
    def _fits_together(self) -> IndicatorDefinition:
        for key, message, remedy in self._contradictions():
            raise PydanticCustomError("contradiction", message, {"remedy": remedy, "at": key})
        return self

    def _contradictions(self) -> list[tuple[tuple[str | int, ...], str, str]]:
        found: list[tuple[tuple[str | int, ...], str, str]] = []
        if 0 < self.minimum_cell < SMALLEST_MINIMUM_CELL:
            found.append((("minimum_cell",), "a minimum below 3 protects nobody", "Write 0 (none), or 3 or more."))
        if self.release and not self.minimum_cell:
            remedy = f"Give minimum_cell: {SMALLEST_MINIMUM_CELL} or more."
            found.append((("release",), "figures over closed data need a minimum cell size", remedy))
        if "city" in self.area_types:
            found.append((("area_types",), "the whole city is called `municipality`", "Write municipality."))
        found += [
            (("inputs", name), f"`{name}` is always there", "Remove it, or use another name.")
            for name in sorted(BUILT_IN_TABLES & self.inputs.keys())
        ]
        found += [
            (("targets", number, "area_type"), "a target for an area type that has no figures", "Add it to area_types.")
            for number, target in enumerate(self.targets)
            if target.area_type not in self.area_types
        ]
        return found

    @property
    def shown_decimals(self) -> int:
        """The number of decimals people see: as written, else what the unit usually has."""
        return unit(self.unit).decimals if self.decimals is None else self.decimals

    @property
    def ratio_factor(self) -> float:
        """What numerator / denominator is multiplied by: as written, else 100 for per cent, else 1."""
        return self.factor if self.factor is not None else (100.0 if self.unit == "P1" else 1.0)


@dataclass(frozen=True)
class Definition:
    """A valid definition with its SQL; `hash` (SHA-256) changes exactly when one of the two says something else."""

    yaml: IndicatorDefinition
    sql: str

    @property
    def slug(self) -> str:
        """The name of the indicator."""
        return self.yaml.indicator

    @property
    def body(self) -> dict[str, object]:
        """The definition as plain JSON values, the form in which it is kept and hashed."""
        return self.yaml.model_dump(mode="json", exclude_none=True)

    @property
    def hash(self) -> str:
        """The SHA-256 of body and SQL, in hexadecimal."""
        return definition_hash(self.body, self.sql)


def definition_hash(body: dict[str, object], sql: str) -> str:
    """Hash a definition body (canonical JSON) with its SQL."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(canonical + b"\x00" + sql.encode()).hexdigest()


def parse_definition(body: dict[str, object], sql: str) -> Definition:
    """Rebuild a definition from the form in which it was kept."""
    return Definition(IndicatorDefinition.model_validate(body), sql)


def read_definition(path: Path) -> Definition | tuple[Problem, ...]:
    """Read one `<slug>.yaml` and the `.sql` beside it, or give every problem with file, line, key and remedy."""
    document = read_document(path)
    checked = validate(document, IndicatorDefinition)
    sql, problems = _read_sql(path.with_suffix(".sql"))
    if isinstance(checked, tuple):
        return (*checked, *problems)
    if checked.indicator != path.stem:
        message = f"the indicator is called `{checked.indicator}` and its file `{path.stem}`"
        problems.append(
            document.problem(("indicator",), message, f"Write `indicator: {path.stem}` or rename the file.")
        )
    return tuple(problems) if problems else Definition(checked, sql)


def _read_sql(path: Path) -> tuple[str, list[Problem]]:
    try:
        sql = path.read_bytes()[: MAX_SQL_BYTES + 1].decode("utf-8-sig").strip()
    except OSError:
        return "", [Problem(str(path), 1, "", "the SQL file is missing", f"Write the formula in {path.name}.")]
    except UnicodeDecodeError:
        return "", [Problem(str(path), 1, "", "the file isn't UTF-8", "Save it in the encoding UTF-8.")]
    if not re.sub(r"--[^\n]*", "", sql).strip():
        return "", [Problem(str(path), 1, "", "the SQL file is empty", "Write one SELECT.")]
    if len(sql.encode()) > MAX_SQL_BYTES:
        return "", [Problem(str(path), 1, "", f"larger than {MAX_SQL_BYTES // 1024} KiB", "Simplify the formula.")]
    return sql, []
