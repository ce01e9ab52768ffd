"""The door of the mirror: series, observations and their rollups."""

from spiegelstad.mirror.actions.attributes import (
    AttributeValue,
    attribute_series,
    delete_values,
    forget_values,
    may_be_observed,
    record_values,
)
from spiegelstad.mirror.actions.batches import forget_refused_rows, keep_refused_rows
from spiegelstad.mirror.actions.news import forget_news, forget_old_news
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
from spiegelstad.mirror.queries.evolution import (
    Aggregates,
    Periods,
    Range,
    Sum,
    TooManyPeriods,
    aggregated,
    observed,
    observed_at,
    observed_within,
    series_of_entities,
)
from spiegelstad.mirror.queries.history import daily, freeze, hourly, raw
from spiegelstad.mirror.queries.latest import Latest, latest
from spiegelstad.mirror.queries.news import Piece, news
from spiegelstad.mirror.queries.refused_rows import RefusedRow, refused_rows
from spiegelstad.mirror.queries.series import NoSuchSeries, Series, one_series, series
from spiegelstad.mirror.rules.checking import InvalidObservations, Refusal
from spiegelstad.mirror.vocabulary import Quality, Resolution

__all__ = [
    "Aggregates",
    "AttributeValue",
    "BadRow",
    "ImportResult",
    "InvalidObservations",
    "InvalidSeries",
    "Latest",
    "NoSuchSeries",
    "Periods",
    "Piece",
    "Quality",
    "Range",
    "RawIsGone",
    "Refusal",
    "RefusedRow",
    "Removal",
    "Resolution",
    "Series",
    "SeriesIn",
    "Sum",
    "TooManyPeriods",
    "UnitIsFixed",
    "aggregated",
    "attribute_series",
    "daily",
    "delete_observations",
    "delete_values",
    "drop_raw_observations",
    "ensure_series",
    "forget_news",
    "forget_old_news",
    "forget_refused_rows",
    "forget_values",
    "freeze",
    "hourly",
    "import_observations",
    "keep_refused_rows",
    "latest",
    "may_be_observed",
    "news",
    "observed",
    "observed_at",
    "observed_within",
    "one_series",
    "raw",
    "record_values",
    "refused_rows",
    "series",
    "series_of_entities",
]
