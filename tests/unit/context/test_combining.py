"""One entity out of several versions of it (clause 4.5.5)."""

import copy
from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.context.rules.combining import combine
from spiegelstad.context.rules.documents import Document, Instance

NOW = "2026-11-22T08:00:00.000000Z"
PAST, SOON, LATE = (f"2026-11-22T{hour:02}:00:00.000000Z" for hour in (7, 9, 10))
TIMES = st.sampled_from([PAST, SOON, LATE])


def instance(value: Any, **times: str) -> Instance:
    return {"type": "Property", "value": value, **times}


def version(attributes: dict[str, dict[str, Instance]], **members: Any) -> Document:
    return Document("urn:x:1", ["T"], attributes=attributes, **members)


@st.composite
def versions(draw: st.DrawFn) -> list[Document]:
    found: list[Document] = []
    for number in range(draw(st.integers(1, 3))):
        attributes: dict[str, dict[str, Instance]] = {}
        for iri in draw(st.lists(st.sampled_from("pqr"), unique=True)):
            for dataset in draw(st.lists(st.sampled_from(["", "urn:d:1"]), unique=True, min_size=1)):
                times = draw(st.dictionaries(st.sampled_from(["observedAt", "expiresAt"]), TIMES))
                # What two versions hold at the same time differs in nothing: then the order must not matter.
                at = draw(TIMES)
                one = instance(f"{times.get('observedAt')} {at}", modifiedAt=at, **times)
                attributes.setdefault(iri, {})[dataset] = one
        expires_at = draw(st.none() | TIMES)
        found.append(Document("urn:x:1", [f"T{number}"], ["/A"], attributes, PAST, draw(TIMES), expires_at))
    return found


def plain(document: Document | None) -> Any:
    """Return what must not depend on the order: values, not which of two equal ones expires when."""
    if document is None:
        return None
    values = {
        iri: {dataset: one["value"] for dataset, one in several.items()} for iri, several in document.attributes.items()
    }
    return sorted(document.types), document.scopes, values, document.modified_at, document.expires_at


@given(versions())
def test_the_order_of_versions_does_not_matter(given_versions: list[Document]) -> None:
    before = copy.deepcopy(given_versions)
    found = [plain(combine(order, NOW)) for order in permutations(given_versions)]
    assert all(one == found[0] for one in found)
    assert given_versions == before


@given(versions())
def test_a_version_twice_is_that_version(given_versions: list[Document]) -> None:
    assert combine([*given_versions, *given_versions], NOW) == combine(given_versions, NOW)


def test_4_5_5_3_the_last_observed_stays_and_else_the_last_modified() -> None:
    older = version({"p": {"": instance(1, observedAt=PAST, modifiedAt=LATE)}, "q": {"": instance(1, modifiedAt=SOON)}})
    newer = version({"p": {"": instance(2, observedAt=SOON, modifiedAt=PAST)}, "q": {"": instance(2, modifiedAt=PAST)}})
    found = combine([older, newer], NOW)
    assert found is not None
    assert (found.attributes["p"][""]["value"], found.attributes["q"][""]["value"]) == (2, 1)


def test_4_5_5_3_what_expired_is_discarded() -> None:
    gone = version({"p": {"": instance(1, observedAt=LATE, expiresAt=PAST)}, "q": {"": instance(1, expiresAt=PAST)}})
    found = combine([gone, version({"p": {"": instance(2, observedAt=PAST)}})], NOW)
    assert found is not None
    assert found.attributes == {"p": {"": instance(2, observedAt=PAST)}}
    assert combine([version({}, expires_at=PAST)], NOW) is None
    assert combine([], NOW) is None


def test_4_5_5_2_an_entity_that_expires_takes_its_attributes_along() -> None:
    transient = version({"p": {"": instance(1)}, "q": {"": instance(1, expiresAt=LATE)}}, expires_at=SOON)
    found = combine([transient, version({"r": {"": instance(1)}})], NOW)
    assert found is not None
    assert found.expires_at is None
    assert {iri: several[""].get("expiresAt") for iri, several in found.attributes.items()} == {
        "p": SOON,
        "q": SOON,
        "r": None,
    }
    both = combine([transient, version({}, expires_at=LATE)], NOW)
    assert both is not None and both.expires_at == LATE


def test_4_3_6_3_auxiliary_versions_only_fill_gaps() -> None:
    main = version({"p": {"": instance(1, observedAt=PAST)}})
    spare = version({"p": {"": instance(2, observedAt=LATE), "urn:d:1": instance(3)}, "q": {"": instance(4)}})
    found = combine([main], NOW, auxiliary=[spare])
    assert found is not None
    assert found.attributes == {"p": main.attributes["p"], "q": spare.attributes["q"]}
    alone = combine([], NOW, auxiliary=[spare])
    assert alone is not None and alone.attributes == spare.attributes
