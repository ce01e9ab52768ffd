"""The door of the mirror: entities, series, observations and their rollups."""

from spiegelstad.mirror.actions.observations import (
    ImportResult,
    NoSuchSeries,
    RawIsGone,
    delete_observations,
    import_observations,
)
from spiegelstad.mirror.actions.series import (
    EntityIn,
    InvalidSeries,
    SeriesIn,
    UnitIsFixed,
    ensure_series,
    upsert_entities,
)
from spiegelstad.mirror.rules.checking import InvalidObservations, Refusal
from spiegelstad.mirror.vocabulary import Quality, Resolution

__all__ = [
    "EntityIn",
    "ImportResult",
    "InvalidObservations",
    "InvalidSeries",
    "NoSuchSeries",
    "Quality",
    "RawIsGone",
    "Refusal",
    "Resolution",
    "SeriesIn",
    "UnitIsFixed",
    "delete_observations",
    "ensure_series",
    "import_observations",
    "upsert_entities",
]
