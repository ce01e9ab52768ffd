"""One line of the table of measurements."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A work measured against a raw engine doing the same. Seconds are medians; `ratio` is ours / raw."""

    work: str
    against: str
    aim: str
    ours_s: float
    raw_s: float
    ratio: float
    memory_mb: float
    note: str = ""
