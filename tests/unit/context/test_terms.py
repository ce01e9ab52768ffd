"""Expanding and compacting terms, beside what pyld (the JSON-LD 1.1 reference processor) makes of the same."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from spiegelstad.context.rules.terms import CORE, Context, InvalidContext, context_of
from spiegelstad.context.vocabulary import CORE_URL, DEFAULT_VOCAB, NGSI_LD, core_context

EX = "https://example.org/"
BUSY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the time is not what is tested


def made(*parts: dict[str, Any] | None) -> Context:
    return context_of(parts, [*parts, CORE_URL], CORE_URL)


@pytest.mark.parametrize(
    ("term", "iri"),
    [
        ("speed", f"{DEFAULT_VOCAB}speed"),
        ("location", f"{NGSI_LD}location"),
        ("value", f"{NGSI_LD}hasValue"),
        ("title", "http://purl.org/dc/terms/title"),
        ("ngsi-ld:speed", f"{NGSI_LD}speed"),
        ("https://example.org/speed", "https://example.org/speed"),
        ("urn:x:speed", "urn:x:speed"),
        ("unknown:speed", "unknown:speed"),
        ("type", "@type"),
        ("@type", "@type"),
        ("a b", f"{DEFAULT_VOCAB}a b"),
        ("été", f"{DEFAULT_VOCAB}été"),
    ],
)
def test_core_expands(term: str, iri: str) -> None:
    assert CORE.expand(term) == iri


@pytest.mark.parametrize(
    ("iri", "term"),
    [
        (f"{DEFAULT_VOCAB}speed", "speed"),
        (f"{NGSI_LD}location", "location"),
        (f"{NGSI_LD}speed", "ngsi-ld:speed"),
        ("https://example.org/speed", "https://example.org/speed"),
        ("@type", "type"),
        (DEFAULT_VOCAB, "ngsi-ld:default-context/"),
        (f"{DEFAULT_VOCAB}location", "ngsi-ld:default-context/location"),  # `location` would be another
        (f"{DEFAULT_VOCAB}a:b", "ngsi-ld:default-context/a:b"),  # `a:b` would be an IRI itself
        (NGSI_LD, "ngsi-ld"),
    ],
)
def test_core_compacts(iri: str, term: str) -> None:
    assert CORE.compact(iri) == term


def test_user_terms_prefixes_and_vocabulary() -> None:
    context = made({"ex": EX, "speed": "ex:speed", "Car": f"{EX}Car", "v": {"@id": "ex:v", "@type": "@vocab"}})
    assert [context.expand(term) for term in ("speed", "Car", "ex:other", "other")] == [
        f"{EX}speed", f"{EX}Car", f"{EX}other", f"{DEFAULT_VOCAB}other",
    ]  # fmt: skip
    assert [context.compact(iri) for iri in (f"{EX}speed", f"{EX}Car", f"{EX}other")] == ["speed", "Car", "ex:other"]


def test_own_vocab_serves_the_terms_defined_with_it_but_the_core_one_the_rest() -> None:
    context = made({"@vocab": EX, "speed": {"@type": "@vocab"}, "pace": "speed"})
    assert context.expand("speed") == f"{EX}speed"
    assert context.expand("pace") == f"{EX}speed"
    assert context.expand("other") == f"{DEFAULT_VOCAB}other"


def test_core_terms_cannot_be_overridden_wherever_they_stand() -> None:
    context = made(core_context(), {"location": f"{EX}place", "type": f"{EX}type", "ngsi-ld": EX, "@vocab": EX})
    assert context.expand("location") == f"{NGSI_LD}location"
    assert context.expand("type") == "@type"
    assert context.expand("ngsi-ld:x") == f"{NGSI_LD}x"
    assert context.compact(f"{EX}place") == f"{EX}place"


def test_shortest_term_wins_then_the_alphabet() -> None:
    context = made({"velocity": f"{EX}v", "speed": f"{EX}v", "pacer": f"{EX}v"})
    assert context.compact(f"{EX}v") == "pacer"


def test_term_without_meaning_is_as_if_undefined() -> None:
    context = made({"speed": f"{EX}speed"}, {"speed": None})
    assert context.expand("speed") == f"{DEFAULT_VOCAB}speed"
    assert context.compact(f"{DEFAULT_VOCAB}speed") == "speed"


def test_null_forgets_what_came_before() -> None:
    context = made({"speed": f"{EX}speed"}, None, {"pace": f"{EX}pace"})
    assert context.expand("speed") == f"{DEFAULT_VOCAB}speed"
    assert context.expand("pace") == f"{EX}pace"


def test_terms_may_be_defined_by_terms_that_come_later() -> None:
    context = made({"a": "b:c", "b": "d:e/", "d": "https://d.example/", "f": "a"})
    assert context.expand("a") == "https://d.example/e/c"
    assert context.expand("f") == "https://d.example/e/c"


def test_values_are_coerced_where_the_context_says_so() -> None:
    context = made({
        "ex": EX, "Red": "ex:Red", "color": {"@id": "ex:color", "@type": "@vocab"},
        "owner": {"@id": "ex:owner", "@type": "@id"}, "size": "ex:size",
    })  # fmt: skip
    assert context.expand_value(f"{EX}color", ["Red", "Blue"]) == [f"{EX}Red", f"{DEFAULT_VOCAB}Blue"]
    assert context.compact_value(f"{EX}color", [f"{EX}Red", f"{DEFAULT_VOCAB}Blue"]) == ["Red", "Blue"]
    assert context.expand_value(f"{EX}owner", "ex:An") == f"{EX}An"
    assert context.compact_value(f"{EX}owner", f"{EX}An") == "ex:An"
    assert context.expand_value(f"{EX}size", "Red") == "Red"
    assert context.expand_value(f"{EX}color", 3) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"a": 1}, {"a": ["x:y"]}, {"a": "b:c", "b": "a:d"}, {"a": "a:a"}, {"a": "b", "b": "a"}, {"": "x:y"}, {"a": "b"},
        {"a": {"@id": 7}}, {"a": {"@id": "x:y", "@type": 7}}, {"a": {"@id": "x:y", "@container": 7}}, {"@vocab": 7},
        {"a": {"@id": "x:y", "@context": {"b": "x:z"}}},
    ],
)  # fmt: skip
def test_wrong_context_says_what_is_wrong(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidContext, match="@context"):
        made(wrong)


def test_context_with_too_many_terms_is_refused() -> None:
    with pytest.raises(InvalidContext, match="20000"):
        made({f"t{n}": f"x:{n}" for n in range(20_400)})


NAMES = st.text("abcXYZ", min_size=1, max_size=3)
PREFIXES = st.sampled_from([EX, "https://example.com/ns#", "urn:demo:", f"{EX}deep/"])
CONTEXTS = st.dictionaries(
    NAMES,
    st.one_of(
        st.builds(lambda prefix, name: prefix + name, PREFIXES, NAMES),
        PREFIXES,
        st.builds(lambda prefix, name: {"@id": prefix + name, "@type": "@vocab"}, PREFIXES, NAMES),
        st.builds(lambda prefix, name: {"@id": prefix + name}, PREFIXES, NAMES),
    ),
    max_size=6,
)
IRIS = st.one_of(
    st.builds(lambda prefix, name: prefix + name, PREFIXES, NAMES),
    st.builds(lambda name: DEFAULT_VOCAB + name, NAMES),
    st.sampled_from([f"{NGSI_LD}location", f"{NGSI_LD}hasValue", NGSI_LD]),
)


@BUSY
@given(CONTEXTS, IRIS)
def test_what_is_compacted_expands_to_the_same(terms: dict[str, Any], iri: str) -> None:
    context = made(terms)
    assert context.expand(context.compact(iri)) == iri


@BUSY
@given(CONTEXTS, st.one_of(NAMES, st.builds("{}:{}".format, NAMES, NAMES)))
def test_what_is_expanded_compacts_to_what_means_the_same(terms: dict[str, Any], term: str) -> None:
    context = made(terms)
    iri = context.expand(term)
    assert context.expand(context.compact(iri)) == iri


@settings(BUSY, max_examples=60)
@given(CONTEXTS, st.one_of(NAMES, st.sampled_from(["location", "value", "title"])))
def test_expansion_is_that_of_json_ld(terms: dict[str, Any], term: str) -> None:
    jsonld = pytest.importorskip("pyld").jsonld
    node = {"@context": [terms, core_context()], "id": "urn:x:1", term: {"id": "urn:x:2"}}
    (expanded,) = jsonld.expand(node)
    assert made(terms).expand(term) in expanded


@settings(BUSY, max_examples=60)
@given(CONTEXTS, IRIS)
def test_compaction_is_that_of_json_ld(terms: dict[str, Any], iri: str) -> None:
    jsonld = pytest.importorskip("pyld").jsonld
    coerced = {name for name, value in terms.items() if isinstance(value, dict) and "@type" in value}
    context = made(terms)
    assume(iri not in {context.expand(name) for name in coerced})  # we give the term, JSON-LD looks at the value first
    assume(iri not in (f"{NGSI_LD}hasValue", f"{NGSI_LD}location"))
    node = {"@id": "urn:x:1", iri: [{"@id": "urn:x:2"}]}
    compacted = jsonld.compact(node, [terms, core_context()])
    assert context.compact(iri) in compacted
