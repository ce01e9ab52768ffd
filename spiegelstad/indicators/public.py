"""The door of indicators: definitions, computing, figures and their proof."""

from spiegelstad.indicators.actions.compute import FiguresComputed, compute, waiting
from spiegelstad.indicators.actions.sync import InvalidDefinitions, Synced, load_definitions, sync_indicators
from spiegelstad.indicators.formats.definition import Definition, IndicatorDefinition
from spiegelstad.indicators.jobs import on_version_published
from spiegelstad.indicators.queries.checking import check
from spiegelstad.indicators.queries.comparison import Compared, Profile, profile
from spiegelstad.indicators.queries.figures import (
    Choropleth,
    Explored,
    choropleth,
    explore,
    figures,
    latest,
    periods,
    ranking,
)
from spiegelstad.indicators.queries.indicators import (
    Computation,
    UnknownIndicator,
    computations,
    failing,
    indicator,
    indicators,
    reading_series,
)
from spiegelstad.indicators.queries.origin import UnknownFigure, figure
from spiegelstad.indicators.queries.verification import Difference, VerifyResult, verify
from spiegelstad.indicators.rules.comparison import Similar
from spiegelstad.indicators.rules.figures import (
    Figure,
    FigureOrigin,
    Indicator,
    InputOrigin,
    Latest,
    Ranked,
    Target,
    Trend,
)
from spiegelstad.indicators.vocabulary import ComputationState, Direction, Period, Theme

__all__ = [
    "Choropleth",
    "Compared",
    "Computation",
    "ComputationState",
    "Definition",
    "Difference",
    "Direction",
    "Explored",
    "Figure",
    "FigureOrigin",
    "FiguresComputed",
    "Indicator",
    "IndicatorDefinition",
    "InputOrigin",
    "InvalidDefinitions",
    "Latest",
    "Period",
    "Profile",
    "Ranked",
    "Similar",
    "Synced",
    "Target",
    "Theme",
    "Trend",
    "UnknownFigure",
    "UnknownIndicator",
    "VerifyResult",
    "check",
    "choropleth",
    "computations",
    "compute",
    "explore",
    "failing",
    "figure",
    "figures",
    "indicator",
    "indicators",
    "latest",
    "load_definitions",
    "on_version_published",
    "periods",
    "profile",
    "ranking",
    "reading_series",
    "sync_indicators",
    "verify",
    "waiting",
]
