"""The door of the mirror: series, observations and their rollups."""

from spiegelstad.mirror.actions.batches import forget_refused_rows, keep_refused_rows
from spiegelstad.mirror.actions.observations import (
    ImportResult,
    RawIsGone,
    delete_observations,
    import_observations,
)
from spiegelstad.mirror.actions.retention import Removal, drop_raw_observations
from spiegelstad.mirror.actions.series import (
    InvalidSeries,
    SeriesIn,
    UnitIsFixed,
    ensure_series,
)
from spiegelstad.mirror.formats.batches import BadRow
from spiegelstad.mirror.queries.history import daily, freeze, hourly, raw
from spiegelstad.mirror.queries.latest import Latest, latest
from spiegelstad.mirror.queries.refused_rows import RefusedRow, refused_rows
from spiegelstad.mirror.queries.series import NoSuchSeries, Series, one_series, series
from spiegelstad.mirror.rules.checking import InvalidObservations, Refusal
from spiegelstad.mirror.vocabulary import Quality, Resolution

__all__ = [
    "BadRow",
    "ImportResult",
    "InvalidObservations",
    "InvalidSeries",
    "Latest",
    "NoSuchSeries",
    "Quality",
    "RawIsGone",
    "Refusal",
    "RefusedRow",
    "Removal",
    "Resolution",
    "Series",
    "SeriesIn",
    "UnitIsFixed",
    "daily",
    "delete_observations",
    "drop_raw_observations",
    "ensure_series",
    "forget_refused_rows",
    "freeze",
    "hourly",
    "import_observations",
    "keep_refused_rows",
    "latest",
    "one_series",
    "raw",
    "refused_rows",
    "series",
]
