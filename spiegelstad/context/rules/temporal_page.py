"""How much of a history one answer holds, and what it says of the rest (clause 6.3.10). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from spiegelstad.context.rules.documents import shown_time, time_text
from spiegelstad.context.rules.temporal import TemporalQuery

MOST_OF_ONE: Final = 1_000
"""Instances of one attribute in an answer."""
_FEWEST_OF_ONE: Final = 20
_MOST_OF_ALL: Final = 20_000


def limit_for(entities: int) -> int:
    """Return how many instances of each attribute an answer with so many entities holds at most."""
    return max(_FEWEST_OF_ONE, min(MOST_OF_ONE, _MOST_OF_ALL // max(entities, 1)))


@dataclass(frozen=True, slots=True)
class Cut:
    """Where an answer ends for all attributes alike: before this moment, or after it when it goes backwards."""

    at: datetime
    backwards: bool

    def keeps(self, at: datetime) -> bool:
        """Say whether an instance of this time is in the answer."""
        return at > self.at if self.backwards else at < self.at


def cut_of(histories: Iterable[Sequence[datetime]], limit: int, *, backwards: bool) -> Cut | None:
    """Return where to cut histories, given the times of each in order and one too many; None when all fit.

    What is on one side of the cut is there whole, so that a reader can go on from it. Only where more instances than
    fit have one and the same time the cut comes behind it, and the rest of them is left out.
    """
    lists = list(histories)
    over = [times[limit] for times in lists if len(times) > limit]
    if not over:
        return None
    at = max(over) if backwards else min(over)
    cut = Cut(at, backwards)
    if any(cut.keeps(one) for times in lists for one in times):
        return cut
    step = datetime.resolution
    return Cut(at - step if backwards else at + step, backwards)


def content_range(query: TemporalQuery, times: Sequence[datetime], last_n: int | None) -> str:
    """Return the Content-Range of a part: from where the query begins (or the part) to where the part ends."""
    oldest, newest = shown_time(time_text(min(times))), shown_time(time_text(max(times)))
    if last_n is not None:
        start = shown_time(query.to_at) if query.to_at else newest
        return f"date-time {start}-{oldest}/{last_n}"
    start = shown_time(query.from_at) if query.from_at else oldest
    return f"date-time {start}-{newest}/*"
