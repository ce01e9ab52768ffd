"""Errors, said again in the reader's language with the names and numbers that they hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.base import error_texts
from spiegelstad.base.error_texts import around_of, gaps_of, said, said_or_english


@given(st.lists(st.text("ab. ", max_size=4), min_size=1, max_size=5), st.data())
def test_a_text_made_of_parts_is_taken_apart_at_them(around: list[str], data: st.DataObject) -> None:
    gaps = data.draw(st.lists(st.text("ab. ", max_size=4), min_size=len(around) - 1, max_size=len(around) - 1))
    text = around[0] + "".join(gap + part for gap, part in zip(gaps, around[1:], strict=True))
    found = gaps_of(text, around)
    assert found is not None
    assert around[0] + "".join(gap + part for gap, part in zip(found, around[1:], strict=True)) == text


@given(st.text("ab.", max_size=6), st.lists(st.text("ab.", min_size=1, max_size=3), min_size=1, max_size=3))
def test_a_text_that_is_taken_apart_consists_of_the_parts(text: str, around: list[str]) -> None:
    found = gaps_of(text, around)
    if found is not None:
        assert around[0] + "".join(gap + part for gap, part in zip(found, around[1:], strict=True)) == text


def test_what_is_not_known_stays_as_it_is() -> None:
    assert said("Something that no error says.", "nl") == ""
    assert said("", "nl") == ""
    assert said("There are no rows.", "en") == "There are no rows."
    assert said("There are no rows.", "xx") == ""


def test_an_error_within_an_error_is_said_again_too(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"The file fails: {0}": "Het bestand deugt niet: {0}", "no line {0}.": "geen lijn {0}."}
    pairs = [(around_of(text), dutch) for text, dutch in known.items()]
    monkeypatch.setattr(error_texts, "_known", lambda language: pairs)
    error_texts._said.cache_clear()
    assert said("The file fails: no line 3.", "nl") == "Het bestand deugt niet: geen lijn 3."
    error_texts._said.cache_clear()


def test_several_are_said_one_after_another() -> None:
    assert said_or_english("One.", "", "Two.") == "One. Two."
