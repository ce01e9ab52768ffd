"""From the inputs a definition declares to exact dataset versions; what lives (series, areas) is frozen first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import Classification
from spiegelstad.indicators.actions.frozen import Frozen
from spiegelstad.indicators.formats.definition import Definition, Input, SeriesInput
from spiegelstad.indicators.formats.formula import parse_formula
from spiegelstad.indicators.queries.areas import placed_areas
from spiegelstad.indicators.rules.hierarchy import PlacedArea, areas_table, members_table
from spiegelstad.indicators.vocabulary import AREA_MEMBERS, AREAS, Theme
from spiegelstad.ingest import public as ingest
from spiegelstad.mirror import public as mirror
from spiegelstad.places import public as places

_STRICTNESS = [kind.value for kind in Classification]


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

    def __post_init__(self) -> None:
        found = catalogue.datasets(self._system)
        self._datasets = {one.slug: one.current for one in found if one.current is not None}

    @cached_property
    def areas(self) -> list[PlacedArea]:
        """The areas of today."""
        return placed_areas(self._system)

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
        if AREAS not in self._frozen:
            self._freeze_areas()
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
        sources = self._current(ingest.area_sources(self.tenant_id))
        for name, table in ((AREAS, areas_table(self.areas)), (AREA_MEMBERS, members_table(self.areas))):
            frozen = Frozen(f"frozen-{name.replace('_', '-')}", titles[name], Theme.PLACES.value, sources)
            self._frozen[name] = self._publish(frozen, table)

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
        sources = self._current(ingest.observing_sources(self.tenant_id, series.property))
        return self._publish(Frozen(slug, title, theme.value, sources, *closed), table)

    def _with_areas(self, table: pa.Table) -> pa.Table:
        """Add a column with the code of the area in which the series stands, for every area type."""
        series = table["series"].combine_chunks().dictionary_encode()
        _, first, row = np.unique(series.indices.to_numpy(), return_index=True, return_inverse=True)
        lon, lat = (np.asarray(table[name].take(pa.array(first)), dtype=np.float64) for name in ("lon", "lat"))
        for kind in places.area_types(self._system):
            codes = pa.array(places.locate(self.tenant_id, kind.slug, lon, lat), pa.string()).take(pa.array(row))
            table = table.append_column(f"{kind.slug.replace('-', '_')}_code", codes)
        return table

    def _current(self, slugs: Sequence[str]) -> tuple[catalogue.Version, ...]:
        """The current versions of datasets, as far as they have one: what live data was made from so far."""
        return tuple(self._datasets[slug] for slug in slugs if slug in self._datasets)

    def _publish(self, frozen: Frozen, table: pa.Table) -> catalogue.Version:
        dataset = frozen.dataset(table)
        catalogue.ensure_dataset(by=self._system, dataset=dataset)
        path = catalogue.incoming_file()
        pq.write_table(table, path, compression="zstd")
        return catalogue.publish_version(
            by=self._system,
            slug=dataset.slug,
            parquet=path,
            columns=dataset.columns,
            lineage=catalogue.Lineage("freeze", inputs=tuple(one.id for one in frozen.sources)),
            quality=frozen.quality,
        )


def strictest(closed: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Give the classification and department for something made of things with these.

    The strictest classification counts; the department only when all closed things are of the same one.
    """
    found = list(closed)
    level = max((kind for kind, _ in found), key=_STRICTNESS.index, default=Classification.PUBLIC)
    departments = {department for kind, department in found if kind != Classification.PUBLIC}
    return level, departments.pop() if len(departments) == 1 else ""


def _plain(table: pa.Table) -> pa.Table:
    """Turn dictionary-encoded text into plain text."""
    schema = pa.schema(
        [field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field for field in table.schema]
    )
    return table.cast(schema)


def _slug(text: str) -> str:
    return "".join(character if character.isalnum() else "-" for character in text.lower()).strip("-")
