"""Which language answers (clause 4.15), and which members are picked (clause 4.21)."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.languages import choose, ranges
from spiegelstad.context.rules.projection import depth_of, projection
from spiegelstad.context.rules.terms import CORE


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-CH,fr;q=0.9,en;q=0.8,*;q=0.5", "fr"),
        ("fr-CH", "fr"),
        ("nl", "nl-BE"),
        ("de,nl-BE;q=0.2", "nl-BE"),
        ("nl-BE;q=0.2,fr;q=0.9", "fr"),
        ("fr;q=0,nl-BE", "nl-BE"),
        ("de", "@none"),
        ("*", "@none"),
    ],
)
def test_language_chosen_is_the_best_match(wanted: str, chosen: str) -> None:
    assert choose({"nl-BE": "a", "fr": "b", "@none": "c"}, wanted) == chosen


def test_language_without_match_is_the_first_by_tag() -> None:
    assert choose({"nl": "a", "fr": "b"}, "de") == "fr"


@pytest.mark.parametrize("wanted", ["", "nl;q=2", "nl fr", "nl;", "123456789", "nl,,fr"])
def test_language_list_is_refused_when_it_is_none(wanted: str) -> None:
    with pytest.raises(BadRequestData):
        ranges(wanted)


def test_projection_reads_members_and_what_they_link_to() -> None:
    wind, owner = CORE.expand("wind"), CORE.expand("owner")
    assert projection("id,wind|type", CORE.expand) == {"id": None, wind: None, "type": None}
    nested = projection("owner{wind|owner{id}},wind", CORE.expand)
    assert nested == {owner: {wind: None, owner: {"id": None}}, wind: None}
    assert depth_of(nested) == 2
    assert projection(["wind", "owner{id}"], CORE.expand) == {wind: None, owner: {"id": None}}
    assert depth_of(None) == depth_of({wind: None}) == 0


@pytest.mark.parametrize(
    "text", ["", ",", "a,", "{a}", "a{}", "a{b", "a}", "a{b}c", "a b", "a b c", "a-b", "a{b}{c}", [], [1], 1, "a{" * 20]
)
def test_projection_refuses_what_breaks_the_grammar(text: Any) -> None:
    with pytest.raises(BadRequestData):
        projection(text, CORE.expand)


@given(st.text(st.sampled_from("ab,|{} -;q=0.5*") | st.characters(codec="utf-8")))
def test_whatever_is_asked_is_understood_or_refused(text: str) -> None:
    for read in (ranges, lambda text: projection(text, CORE.expand)):
        try:
            assert read(text) is not None
        except BadRequestData as refused:
            assert len(refused.detail) < 500


def test_a_long_projection_is_read_in_a_moment() -> None:
    began = time.perf_counter()
    assert len(projection(",".join(f"a{number}" for number in range(100_000)), CORE.expand)) == 100_000
    assert time.perf_counter() - began < 10
