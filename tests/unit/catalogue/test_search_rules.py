"""What a search is in an address, which words it looks for, and what it marks: pure."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spiegelstad.catalogue.search.highlight import marked
from spiegelstad.catalogue.search.rules import (
    FACETS,
    MAX_WORDS,
    SORTS,
    Search,
    Word,
    distance,
    mended,
    queries_of,
    search_of,
    words_of,
)

VALUES = st.text(min_size=1, max_size=9).filter(lambda text: "\0" not in text)
TEXTS = st.text(max_size=60)
SEARCHES = st.builds(
    Search,
    text=TEXTS.map(str.strip).filter(lambda text: "\0" not in text),
    chosen=st.dictionaries(
        st.sampled_from(FACETS),
        st.lists(VALUES, min_size=1, max_size=3, unique=True).map(tuple),
        max_size=3,
    ),
    sort=st.sampled_from(SORTS),
    page=st.integers(1, 1000),
)  # fmt: skip


def _parameters(address: str) -> dict[str, list[str]]:
    from django.http import QueryDict

    return dict(QueryDict(address.partition("?")[2]).lists())


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)  # the machine may be busy
@given(SEARCHES)
def test_address_holds_the_whole_search(search: Search) -> None:
    assert search_of(_parameters(search.address())) == search


@given(st.dictionaries(st.sampled_from([*FACETS, "q", "page", "sort"]), st.lists(TEXTS, max_size=20)))
def test_any_address_is_a_search(parameters: Any) -> None:
    found = search_of(parameters)
    assert found.page >= 1 and all(0 < len(values) <= 12 for values in found.chosen.values())


@given(SEARCHES, st.sampled_from(FACETS), st.text(min_size=1, max_size=5))
def test_choice_made_twice_is_none(search: Search, facet: str, value: str) -> None:
    chosen = search.toggled(facet, value)
    assert chosen.page == 1
    assert set(chosen.toggled(facet, value).chosen.get(facet, ())) == set(search.chosen.get(facet, ()))


@given(TEXTS, st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_words_and_distances(text: str, one: str, other: str, third: str) -> None:
    words = words_of(text)
    assert len(words) <= MAX_WORDS and all(word.isalnum() for word in words)
    assert distance(one, other) == distance(other, one) <= max(len(one), len(other))
    assert (distance(one, other) == 0) == (one == other)


def test_distance_counts_swapped_letters_once() -> None:
    typed = ("fietsne", "fitsen", "fietssen", "fiefsen", "bus")
    assert [distance("fietsen", other) for other in typed] == [1, 1, 1, 1, 6]


def test_queries_hold_letters_and_digits_only() -> None:
    words = [Word("fiets", ("fiets",), ("rijwiel",), ("fietspad",)), Word("de", ())]
    assert queries_of(words) == ("(fiets)", "(fiets | fiets:* | rijwiel | fietspad)")
    assert queries_of([Word("de", ())]) == ("", "")


def test_mended_is_the_nearest_known_word_or_nothing() -> None:
    near = Word("fitesen", ("fites",), near=("fietsen", "fitness"))
    far = Word("abcdefgh", ("x",), near=("zyxwvuts",))
    known = Word("bomen", ("bom",), within=("bom",), near=("bogen",))
    assert mended("fitesen bomen", [near, known]) == "fietsen bomen"
    assert mended("abcdefgh", [far]) == "" and mended("bomen", [known]) == ""


def _text(pieces: Any) -> str:
    return "".join(f"[{text}]" if hit else text for text, hit in pieces)


def test_marked_shows_what_was_found() -> None:
    word = Word("fiets", ("fiets",), ("rijwiel",))
    assert _text(marked("Fietsers op hun rijwiel, café", [word])) == "[Fietsers] op hun [rijwiel], café"
    assert _text(marked("Cafés", [Word("cafe", ("cafe",))])) == "[Cafés]"
    long = f"{'woord ' * 60}fietspad einde {'woord ' * 60}"
    short = _text(marked(long, [word], 80))
    assert "[fietspad]" in short and short.startswith("…") and short.endswith("…") and len(short) < 90


@given(TEXTS, st.integers(1, 30))
def test_marked_changes_no_text(text: str, length: int) -> None:
    words = [Word("a", ("a",)), Word("fiets", ("fiets",))]
    assert "".join(piece for piece, _hit in marked(text, words)) == text
    assert len("".join(piece for piece, _hit in marked(text, words, length))) <= length + 2
