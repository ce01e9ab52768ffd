"""Which part of a request falls under a registration (clause 5.12), and how entities are shared out (4.3.6.3)."""

from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.matching import Part, Wanted, parts_of
from spiegelstad.context.rules.patterns import pattern
from spiegelstad.context.rules.shares import rest_of, share_of
from spiegelstad.context.rules.source_operations import GROUPS, NAMES, offered

CAR, BUS = frozenset({"Car"}), frozenset({"Bus"})
names = st.sampled_from("abcd")
parts = st.builds(
    Part,
    st.sampled_from([None, (CAR,), (BUS,)]),
    st.just(()),
    st.none(),
    st.just(frozenset()),
    st.frozensets(names, max_size=3),
)


@given(st.frozensets(names), st.lists(parts, max_size=3))
def test_share_and_rest_are_the_whole_and_nothing_twice(attributes, shared):
    document = Document("urn:x:1", ["Car"], attributes={name: {"": {"value": name}} for name in attributes})
    share, rest = share_of(document, shared), rest_of(document, shared)
    found = [*(share.attributes if share else ()), *(rest.attributes if rest else ())]
    assert sorted(found) == sorted(attributes)


def test_share_without_attributes_registered_is_the_whole_entity():
    document = Document("urn:x:1", ["Car"], attributes={"a": {}})
    part = Part((CAR,), (), None, frozenset(), frozenset())
    assert share_of(document, [part]) is document and rest_of(document, [part]) is None
    assert share_of(Document("urn:x:1", ["Bus"]), [part]) is None


def test_parts_narrow_types_ids_and_attributes():
    info = {
        "entities": [{"type": ["Car", "Van"], "idPattern": "^urn:x:"}],
        "propertyNames": ["a"],
        "relationshipNames": ["b"],
    }
    wanted = Wanted((CAR, BUS), ("urn:x:1", "urn:y:1"), None, frozenset({"b", "c"}))
    [part] = parts_of({"information": [info]}, wanted)
    assert (part.types, part.ids, part.attributes, part.registered) == ((CAR,), ("urn:x:1",), {"b"}, {"a", "b"})


def test_parts_of_another_pattern_are_kept_to_the_registered_one():
    info = {"entities": [{"type": "Car", "idPattern": "^urn:x:"}]}
    [part] = parts_of({"information": [info]}, Wanted((CAR,), (), pattern("1$")))
    assert part.allows(Document("urn:x:1", ["Car"]))
    assert not part.allows(Document("urn:y:1", ["Car"])) and not part.allows(Document("urn:x:2", ["Car"]))


def test_parts_ask_for_datasets_in_common():
    registration = {"information": [{}], "datasetId": ["@none", "urn:d:1"]}
    assert parts_of(registration, Wanted(dataset_ids=frozenset({""})))
    assert parts_of(registration, Wanted())
    assert not parts_of(registration, Wanted(dataset_ids=frozenset({"urn:d:2"})))


def test_operations_offered_are_those_of_the_groups():
    assert offered(None, "inclusive") == GROUPS["federationOps"]
    assert offered(None, "auxiliary") == {"retrieveEntity", "queryEntity"}
    assert offered(["updateOps", "queryEntity"], "redirect") == GROUPS["updateOps"] | {"queryEntity"}
    assert all(group <= NAMES for group in GROUPS.values())
