"""Which page each member comes on. Pure.

A page is full when it has a thousand members or two million characters, and then never changes. Pages are numbered
through the stream, so that no address ever means two things. In the view by time a branch is a month, or a part of one
when it has a hundred pages, and is named by its first page: no page reaches into the next month. In the view by place a
branch is a tile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from spiegelstad.ldes.rules.tiles import is_place

MEMBERS = 1_000
CHARACTERS = 2_000_000
PAGES = 100
WRITING = timedelta(hours=1)


@dataclass(slots=True)
class PageState:
    """A page while members come on it; the fields are those of `models.Page`."""

    branch: str
    number: int
    first: int
    last: int
    first_at: datetime
    last_at: datetime
    members: int = 0
    characters: int = 0
    is_full: bool = False

    def add(self, sequence: int, at: datetime, characters: int) -> None:
        """Put a member on it."""
        self.last, self.last_at = sequence, at
        self.members += 1
        self.characters += characters
        self.is_full = self.members >= MEMBERS or self.characters >= CHARACTERS


def month_of(at: datetime) -> str:
    """Return the month of a moment, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m")


def settled_month(now: datetime) -> str:
    """Return the last month to which members may still be added: what began to write before midnight ends later."""
    return month_of(now - WRITING)


def is_closed(branch: str, newest: str, now: datetime) -> bool:
    """Whether nothing will be added to a branch any more; `newest`: the last branch of the view by time."""
    return not is_place(branch) and (branch != newest or branch.rpartition("-")[0] < settled_month(now))


class Pager:
    """Puts members on pages, in the order in which they are added.

    `last`: the last page of each branch that may still grow, with how many pages the branch has; `number`: of the last
    page of the stream. `touched`: every page that changed or is new.
    """

    def __init__(self, number: int, last: Iterable[tuple[PageState, int]]) -> None:
        self.number = number
        self.touched: dict[int, PageState] = {}
        self._places: dict[str, PageState] = {}
        self._time: PageState | None = None
        self._pages = 0
        for page, pages in sorted(last, key=lambda pair: pair[0].last):
            if is_place(page.branch):
                self._places[page.branch] = page
            else:
                self._time, self._pages = page, pages

    def add(self, sequence: int, at: datetime, characters: int, tile: str) -> None:
        """Put a member on a page of the view by time, and on one of its tile in the view by place."""
        by_time = self._time
        if by_time is None or by_time.is_full or by_time.branch.rpartition("-")[0] != month_of(at):
            by_time = self._time = self._next_in_time(by_time, sequence, at)
        by_time.add(sequence, at, characters)
        self.touched[by_time.number] = by_time
        by_place = self._places.get(tile)
        if by_place is None or by_place.is_full:
            by_place = self._places[tile] = self._new(tile, sequence, at)
        by_place.add(sequence, at, characters)
        self.touched[by_place.number] = by_place

    def _next_in_time(self, before: PageState | None, sequence: int, at: datetime) -> PageState:
        month = month_of(at)
        if before is not None and before.branch.rpartition("-")[0] == month and self._pages < PAGES:
            self._pages += 1
            return self._new(before.branch, sequence, at)
        self._pages = 1
        return self._new(f"{month}-{self.number + 1}", sequence, at)

    def _new(self, branch: str, sequence: int, at: datetime) -> PageState:
        self.number += 1
        return PageState(branch, self.number, sequence, sequence, at, at)


def paged_again(
    branch: str, number: int, survivors: Iterable[tuple[int, datetime, int]], *, is_open: bool
) -> list[PageState]:
    """Return new pages for what stayed in a branch when other members went: sequence, moment and size of each.

    `number`: of the last page of the stream. All are full but, where the branch `is_open`, the last.
    """
    pages: list[PageState] = []
    for sequence, at, characters in survivors:
        if not pages or pages[-1].is_full:
            pages.append(PageState(branch, number + len(pages) + 1, sequence, sequence, at, at))
        pages[-1].add(sequence, at, characters)
    for page in pages if not is_open else pages[:-1]:
        page.is_full = True
    return pages
