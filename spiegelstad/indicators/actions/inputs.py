"""From the inputs a definition declares to exact dataset versions; what lives (series, areas) is frozen first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import Classification
from spiegelstad.indicators.formats.definition import Definition, Input, SeriesInput
from spiegelstad.indicators.formats.formula import parse_formula
from spiegelstad.indicators.queries.areas import placed_areas
from spiegelstad.indicators.rules.hierarchy import PlacedArea, areas_table, members_table
from spiegelstad.indicators.vocabulary import AREA_MEMBERS, AREAS, Theme
from spiegelstad.mirror import public as mirror
from spiegelstad.places import public as places

LICENCE = "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0"
_STRICTNESS = [kind.value for kind in Classification]
_TYPES = (
    (pa.types.is_integer, "BIGINT"),
    (pa.types.is_floating, "DOUBLE"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_timestamp, "TIMESTAMP WITH TIME ZONE"),
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """The tables of one formula: the version behind each name; `classification` is that of the strictest."""

    versions: Mapping[str, catalogue.Version]
    classification: str

    @property
    def tables(self) -> dict[str, UUID]:
        """Name in the SQL → version."""
        return {name: version.id for name, version in self.versions.items()}


@dataclass
class Inputs:
    """The inputs of one round of computing: every dataset is looked up once, everything live is frozen once."""

    tenant_id: str
    _datasets: dict[str, catalogue.Version] = field(default_factory=dict)
    _frozen: dict[str, catalogue.Version] = field(default_factory=dict)
    areas: list[PlacedArea] = field(default_factory=list)

    def __post_init__(self) -> None:
        found = catalogue.datasets(self._system)
        self._datasets = {one.slug: one.current for one in found if one.current is not None}
        self.areas = placed_areas(self._system)
        self._freeze_areas()

    @property
    def _system(self) -> Actor:
        return Actor.system(self.tenant_id, "indicators")

    def missing(self, definition: Definition) -> list[str]:
        """Give the slugs of declared datasets that have no version yet."""
        wanted = (one.dataset for one in definition.yaml.inputs.values() if one.dataset)
        return sorted({slug for slug in wanted if slug not in self._datasets})

    def resolve(self, definition: Definition) -> Resolved:
        """Give the exact version behind every table of a definition that misses nothing."""
        versions = {name: self._version(one, definition.yaml.theme) for name, one in definition.yaml.inputs.items()}
        versions[AREAS] = self._frozen[AREAS]
        if AREA_MEMBERS in parse_formula(definition.sql).tables:
            versions[AREA_MEMBERS] = self._frozen[AREA_MEMBERS]
        return Resolved(versions, strictest((one.classification, one.department) for one in versions.values())[0])

    def _version(self, declared: Input, theme: Theme) -> catalogue.Version:
        if declared.dataset is not None:
            return self._datasets[declared.dataset]
        assert declared.series is not None  # the definition says one of both
        slug = f"frozen-{_slug(declared.series.property)}-{declared.series.resolution}-{declared.series.history_days}d"
        if slug not in self._frozen:
            self._frozen[slug] = self._freeze_series(slug, declared.series, theme)
        return self._frozen[slug]

    def _freeze_areas(self) -> None:
        titles = {
            AREAS: {"nl": "Gebieden, zoals gebruikt voor cijfers", "en": "Areas, as used for figures"},
            AREA_MEMBERS: {"nl": "Welk gebied in welk gebied ligt", "en": "Which area lies in which"},
        }
        for name, table in ((AREAS, areas_table(self.areas)), (AREA_MEMBERS, members_table(self.areas))):
            dataset = _declared(f"frozen-{name.replace('_', '-')}", titles[name], Theme.PLACES, table)
            self._frozen[name] = self._publish(dataset, table)

    def _freeze_series(self, slug: str, series: SeriesInput, theme: Theme) -> catalogue.Version:
        """Freeze whole days up to last night, with the codes of the areas in which each series lies."""
        today = now().astimezone(BRUSSELS).date()
        table = mirror.freeze(
            self._system,
            today - dt.timedelta(days=series.history_days),
            today,
            resolution=mirror.Resolution(series.resolution.value),
            property=series.property,
        )
        table = _plain(self._with_areas(table))
        members = mirror.series(self._system, property=series.property)
        closed = strictest((one.classification, one.department) for one in members)
        title = {"nl": f"Bevroren reeksen: {series.property}", "en": f"Frozen series: {series.property}"}
        return self._publish(_declared(slug, title, theme, table, closed), table)

    def _with_areas(self, table: pa.Table) -> pa.Table:
        lon, lat = (np.asarray(table[name], dtype=np.float64) for name in ("lon", "lat"))
        for kind in places.area_types(self._system):
            codes = places.locate(self.tenant_id, kind.slug, lon, lat)
            table = table.append_column(f"{kind.slug.replace('-', '_')}_code", pa.array(codes, pa.string()))
        return table

    def _publish(self, dataset: catalogue.DatasetIn, table: pa.Table) -> catalogue.Version:
        catalogue.ensure_dataset(by=self._system, dataset=dataset)
        path = catalogue.incoming_file()
        pq.write_table(table, path, compression="zstd")
        lineage = catalogue.Lineage(activity="freeze")
        return catalogue.publish_version(
            by=self._system, slug=dataset.slug, parquet=path, columns=dataset.columns, lineage=lineage
        )


def strictest(closed: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Give the classification and department for something made of things with these.

    The strictest classification counts; the department only when all closed things are of the same one.
    """
    found = list(closed)
    level = max((kind for kind, _ in found), key=_STRICTNESS.index, default=Classification.PUBLIC)
    departments = {department for kind, department in found if kind != Classification.PUBLIC}
    return level, departments.pop() if len(departments) == 1 else ""


def _declared(
    slug: str,
    title: dict[str, str],
    theme: Theme,
    table: pa.Table,
    closed: tuple[str, str] = (Classification.PUBLIC, ""),
) -> catalogue.DatasetIn:
    classification, department = closed
    is_public = classification == Classification.PUBLIC
    return catalogue.DatasetIn(
        slug=slug,
        title=title,
        description={
            "nl": "Vastgezet op het ogenblik van een berekening, zodat elk cijfer na te rekenen blijft.",
            "en": "Frozen at the time of a computation, so that every figure can be recomputed.",
        },
        theme=theme.value,
        department=department,
        classification=classification,
        classification_reason="" if is_public else "Rests on series that are not public.",
        licence_uri=LICENCE,
        source=catalogue.SourceInfo(name="Spiegelstad"),
        columns=tuple(catalogue.Column(column.name, _type_name(column.type)) for column in table.schema),
    )


def _type_name(kind: pa.DataType) -> str:
    return next((name for test, name in _TYPES if test(kind)), "VARCHAR")


def _plain(table: pa.Table) -> pa.Table:
    """Turn dictionary-encoded text into plain text."""
    schema = pa.schema(
        [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in table.schema]
    )
    return table.cast(schema)


def _slug(text: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in text.lower()).strip("-")
