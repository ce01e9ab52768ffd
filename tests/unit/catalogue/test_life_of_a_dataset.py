"""How a dataset may live: the order of its stages holds whatever is asked, in whatever order."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.catalogue.rules import NEXT, NOTICE, Change, Standing, problems_of_change
from spiegelstad.catalogue.vocabulary import Status

ASKED = st.lists(st.tuples(st.sampled_from(Status), st.booleans()), max_size=25)


def lived(asked: list[tuple[Status, bool]], *, hold: str, is_open: bool) -> list[Status]:
    """Ask one change after the other of a new dataset; return the stages it came through."""
    stages = [Status.DRAFT]
    for status, is_told in asked:
        standing = Standing("counts", stages[-1], is_open, hold)
        if not problems_of_change(standing, Change(status, "because"), NOTICE if is_told else None):
            stages.append(status)
    return stages


@given(ASKED, st.booleans(), st.booleans())
def test_life_goes_as_drawn(asked, held, is_open):
    stages = lived(asked, hold="a case at court" if held else "", is_open=is_open)
    assert Status.DRAFT not in stages[1:], "what was published is never a draft again"
    assert Status.DESTROYED not in stages[:-1], "nothing comes after destruction"
    for before, after in pairwise(stages):
        assert after in NEXT[before]
        assert before in {Status.ARCHIVED, Status.DRAFT} or after is not Status.DESTROYED
    assert not (held and Status.DESTROYED in stages)


@given(st.integers(0, 60), st.sampled_from([Status.ARCHIVED, Status.DRAFT]), st.booleans())
def test_open_data_is_destroyed_only_when_its_users_knew(days, status, is_open):
    wrong = problems_of_change(
        Standing("counts", status, is_open), Change(Status.DESTROYED, "old"), timedelta(days=days)
    )
    assert bool(wrong) == (is_open and status is Status.ARCHIVED and days < NOTICE.days)


def test_every_stage_can_be_reached_and_one_is_the_end():
    reached, new = {Status.DRAFT}, {Status.DRAFT}
    while new:
        new = {after for stage in new for after in NEXT[stage]} - reached
        reached |= new
    assert reached == set(Status)
    assert [stage for stage in Status if not NEXT[stage]] == [Status.DESTROYED]


def test_change_says_everything_that_is_wrong():
    wrong = problems_of_change(
        Standing("counts", Status.PUBLISHED, True, "a case"), Change(Status.DESTROYED, " ", replaced_by="counts")
    )
    assert len(wrong) == 5
