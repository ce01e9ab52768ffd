"""Words of observations (SOSA, NGSI-LD): quality of a value, resolution of a history."""

from enum import IntEnum, StrEnum


class Quality(IntEnum):
    """What is known about one value. A bad value is kept and never counts: not in rollups, not as the latest."""

    GOOD = 0
    SUSPECT = 1
    BAD = 2
    ESTIMATED = 3


class Resolution(StrEnum):
    """The grain of a history. A day is a day in Brussels."""

    RAW = "raw"
    HOUR = "hour"
    DAY = "day"
