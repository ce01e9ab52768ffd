"""Words of indicators: themes, directions, periods, and the URIs of PROV-O."""

from enum import StrEnum


class Theme(StrEnum):
    """What part of the city a source or indicator is about."""

    POPULATION = "population"
    INCOME = "income"
    HOUSING = "housing"
    MOBILITY = "mobility"
    AIR = "air"
    ENERGY = "energy"
    GREEN = "green"
    MONEY = "money"
    PLACES = "places"


class Direction(StrEnum):
    """Which way is better: `higher`, `lower`, or neither."""

    HIGHER = "higher"
    LOWER = "lower"
    NONE = "none"


class Period(StrEnum):
    """How long one figure counts; written `2025`, `2025-03`, `2025-03-31`, or empty for `none`."""

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    NONE = "none"


PERIOD_LENGTH = {Period.YEAR: 4, Period.MONTH: 7, Period.DAY: 10, Period.NONE: 0}
"""The number of characters of a period of each kind: longer is finer, and a prefix contains what it starts."""


class Resolution(StrEnum):
    """The step in which observations are frozen for a formula."""

    HOUR = "hour"
    DAY = "day"


class ComputationState(StrEnum):
    """How a computation ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


AREAS = "areas"
AREA_MEMBERS = "area_members"
BUILT_IN_TABLES = frozenset({AREAS, AREA_MEMBERS})
"""Tables that every formula may read without declaring them; both are frozen dataset versions."""

PROV = "http://www.w3.org/ns/prov#"
"""W3C PROV-O, https://www.w3.org/TR/prov-o/"""
