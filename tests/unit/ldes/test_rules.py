"""Tiles contain what is in them, and pages hold every member once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.ldes.rules import paging
from spiegelstad.ldes.rules.paging import Pager, PageState, is_closed, month_of, paged_again
from spiegelstad.ldes.rules.retention import days_of
from spiegelstad.ldes.rules.tiles import NOWHERE, WORLD, ZOOMS, parent_of, polygon_of, tiles_of

lon, lat = st.floats(-179.9, 179.9), st.floats(-84.9, 84.9)
sizes = st.floats(0, 2)


@given(lon, lat, sizes, sizes)
@settings(max_examples=100)
def test_tile_contains_the_box_and_no_smaller_one_does(x: float, y: float, width: float, height: float) -> None:
    box = shapely.box(x, y, min(x + width, 180), min(y + height, 85))
    (tile,) = tiles_of([box.bounds])
    assert shapely.from_wkt(polygon_of(tile)).buffer(1e-9).contains(box)
    if tile != WORLD:
        outer = shapely.from_wkt(polygon_of(parent_of(tile))).buffer(1e-9)
        assert outer.contains(shapely.from_wkt(polygon_of(tile)))
    deeper = [zoom for zoom in ZOOMS if zoom > int(tile.split("/")[0])]
    corners = [tiles_of([[*corner, *corner]])[0] for corner in ((box.bounds[0], box.bounds[1]), box.bounds[2:])]
    if deeper and deeper[0] == ZOOMS[-1]:
        assert corners[0] != corners[1]


def test_nowhere_is_no_place_on_earth() -> None:
    assert tiles_of([[float("nan")] * 4, [3.7, 51.0, 3.7, 51.0]]) == [NOWHERE, "14/8360/5484"]


_gaps = st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["14/1/1", "14/1/2"])), min_size=1, max_size=60)


@given(_gaps, st.lists(st.integers(0, 59), max_size=4))
@settings(max_examples=60)
def test_pages_hold_each_member_once_in_order(gaps: list[tuple[int, str]], stops: list[int]) -> None:
    """Also when the pager begins again from what was written, as each job does."""
    with pytest.MonkeyPatch.context() as small:
        small.setattr(paging, "MEMBERS", 3)
        small.setattr(paging, "PAGES", 2)
        at, pages, number = datetime(2026, 1, 1, tzinfo=UTC), {}, 0
        pager = Pager(0, [])
        for sequence, (days, tile) in enumerate(gaps, start=1):
            if sequence in stops:
                pager = Pager(number, _last(pages))
            at += timedelta(days=days, microseconds=1)
            pager.add(sequence, at, 10, tile)
            pages |= pager.touched
            number = pager.number
        for branch_of in ("-", "/"):
            mine = sorted((page for page in pages.values() if branch_of in page.branch), key=lambda page: page.first)
            assert sum(page.members for page in mine) == len(gaps)
            assert all(page.members <= 3 for page in mine)
        in_time = sorted((page for page in pages.values() if "-" in page.branch), key=lambda page: page.first)
        assert [page.first for page in in_time[1:]] == [page.last + 1 for page in in_time[:-1]]
        assert all(month_of(page.first_at) == month_of(page.last_at) == page.branch[:7] for page in in_time)
        counts = [sum(one.branch == page.branch for one in in_time) for page in in_time]
        assert max(counts) <= 2 and len({page.number for page in pages.values()}) == len(pages)


def _last(pages: dict[int, PageState]) -> list[tuple[PageState, int]]:
    branches = {page.branch for page in pages.values()}
    found = {branch: [page for page in pages.values() if page.branch == branch] for branch in branches}
    return [(max(one, key=lambda page: page.number), len(one)) for one in found.values()]


def test_branch_closes_with_its_month_or_when_another_begins() -> None:
    now = datetime(2026, 3, 31, 23, tzinfo=UTC)
    assert not is_closed("2026-03-7", "2026-03-7", now)
    assert is_closed("2026-03-7", "2026-03-9", now)
    assert not is_closed("2026-03-7", "2026-03-7", now + timedelta(hours=1.5)), "who began to write before midnight"
    assert is_closed("2026-03-7", "2026-03-7", now + timedelta(hours=2))
    assert not is_closed("14/1/1", "2026-03-7", now + timedelta(days=99))


def test_what_stayed_comes_on_new_pages() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    pages = paged_again("2026-03-1", 40, [(n, at, paging.CHARACTERS // 2) for n in (2, 5, 9)], is_open=True)
    assert [(page.number, page.first, page.last, page.is_full) for page in pages] == [
        (41, 2, 5, True),
        (42, 9, 9, False),
    ]
    assert all(page.is_full for page in paged_again("2026-03-1", 40, [(2, at, 1)], is_open=False))


def test_city_says_for_how_long_all_is_kept() -> None:
    assert days_of({}) == 90 and days_of({"streams": {"days": 7}}) == 7
