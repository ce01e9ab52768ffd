"""Live data as it was at one moment, declared as a dataset: series and areas become versions before use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import Classification

LICENCE = "https://data.vlaanderen.be/id/licentie/modellicentie-gratis-hergebruik/v1.0"
_TYPES = (
    (pa.types.is_integer, "BIGINT"),
    (pa.types.is_floating, "DOUBLE"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_timestamp, "TIMESTAMP WITH TIME ZONE"),
)


@dataclass(frozen=True, slots=True)
class Frozen:
    """A dataset that holds live data as it was. Publisher, licence, steward and quality are those of its sources."""

    slug: str
    title: Mapping[str, str]
    theme: str
    sources: tuple[catalogue.Version, ...] = ()
    classification: str = Classification.PUBLIC
    department: str = ""

    def dataset(self, table: pa.Table) -> catalogue.DatasetIn:
        """Declare the dataset for a table."""
        is_public = self.classification == Classification.PUBLIC
        departments, licences = ({getattr(one, name) for one in self.sources} for name in ("department", "licence_uri"))
        publishers = sorted({one.source.publisher for one in self.sources if one.source.publisher})
        return catalogue.DatasetIn(
            slug=self.slug,
            title=self.title,
            description={
                "nl": "Vastgezet op het ogenblik van een berekening, zodat elk cijfer na te rekenen blijft.",
                "en": "Frozen at the time of a computation, so that every figure can be recomputed.",
            },
            theme=self.theme,
            department=self.department or (departments.pop() if len(departments) == 1 else ""),
            classification=self.classification,
            classification_reason="" if is_public else "Rests on series that are not public.",
            licence_uri=licences.pop() if len(licences) == 1 else LICENCE,
            source=catalogue.SourceInfo(
                name=", ".join(sorted(one.source.name for one in self.sources)) or "Spiegelstad",
                url=self.sources[0].source.url if len(self.sources) == 1 else "",
                publisher=", ".join(publishers),
            ),
            processing=self._processing,
            columns=tuple(catalogue.Column(column.name, _type_name(column.type)) for column in table.schema),
        )

    @property
    def _processing(self) -> str:
        """The entry of the processing register of its sources; of series, which name none, that of all figures."""
        known = next((one.processing for one in self.sources if one.processing), "")
        return known or ("figures" if self.classification == Classification.PERSONAL else "")

    @property
    def quality(self) -> catalogue.Quality:
        """The checks of all sources together, with the lowest score."""
        checks = tuple(check for one in self.sources for check in one.quality.checks)
        return catalogue.Quality(checks, min((one.quality.score for one in self.sources), default=1.0))


def _type_name(kind: pa.DataType) -> str:
    return next((name for test, name in _TYPES if test(kind)), "VARCHAR")
