"""What writes do to an entity, clause by clause. The laws that hold for all are in test_document_laws.py."""

from typing import Any

import pytest

from spiegelstad.context.errors import BadRequestData, ResourceNotFound
from spiegelstad.context.formats.form import Form
from spiegelstad.context.formats.reading import FRAGMENT, MERGE, PATCH, UPDATE, Purpose, read_attribute, read_entity
from spiegelstad.context.formats.rendering import render
from spiegelstad.context.rules import merging
from spiegelstad.context.rules.documents import NULL, Document
from spiegelstad.context.rules.merging import Outcome
from spiegelstad.context.rules.terms import CORE

THEN = "2026-11-22T07:00:00.000000Z"
NOW = "2026-11-22T08:00:00.000000Z"
TEMPERATURE = {"type": "Property", "value": 25, "unitCode": "CEL", "observedAt": "2022-03-14T01:59:26.535Z"}
P = CORE.expand("p")


def entity(**members: Any) -> Document:
    return merging.create(read_entity({"id": "urn:x:1", "type": "T", **members}, CORE), THEN).document


def fragment(purpose: Purpose, **members: Any) -> Document:
    return read_entity(members, CORE, purpose=purpose, entity_id="urn:x:1")


def shown(outcome: Outcome, **form: Any) -> dict[str, Any]:
    return render(outcome.document, CORE, Form(**form))


def merge(document: Document, **members: Any) -> Outcome:
    return merging.merge(document, fragment(MERGE, **members), NOW)


def patch(document: Document, part: Any, name: str = "p") -> Outcome:
    return merging.partial_update(document, *read_attribute(part, name, CORE, purpose=PATCH), NOW)


def test_5_6_1_a_created_entity_has_its_times() -> None:
    outcome = merging.create(read_entity({"id": "urn:x:1", "type": "T", "p": {"value": 1, "q": 2}}, CORE), THEN)
    instance = outcome.document.attributes[P][""]
    child = instance["attributes"][CORE.expand("q")][""]
    assert {outcome.document.created_at, instance["createdAt"], instance["modifiedAt"], child["modifiedAt"]} == {THEN}
    assert [(change.attribute, change.kind) for change in outcome.changes] == [(P, "attributeCreated")]


def test_5_5_8_example_1_a_partial_update_leaves_the_other_members() -> None:
    part = {"type": "Property", "value": 100, "observedAt": "2022-03-14T13:00:00.000Z"}
    assert shown(patch(entity(p=TEMPERATURE), part))["p"] == {
        **part,
        "unitCode": "CEL",
        "observedAt": "2022-03-14T13:00:00Z",
    }


def test_5_5_8_example_2_an_update_replaces_the_whole_attribute() -> None:
    given = {"type": "Property", "value": 100}
    outcome = merging.update(entity(p=TEMPERATURE, q=1), fragment(UPDATE, p=given), NOW)
    assert (shown(outcome)["p"], shown(outcome)["q"]["value"]) == (given, 1)
    assert outcome.document.attributes[P][""]["createdAt"] == THEN
    assert outcome.document.attributes[P][""]["modifiedAt"] == outcome.document.modified_at == NOW


def test_5_5_8_example_3_an_update_with_null_deletes() -> None:
    outcome = merging.update(entity(p=TEMPERATURE, q=1), fragment(UPDATE, p={"type": "Property", "value": NULL}), NOW)
    assert shown(outcome).keys() == {"id", "type", "q"}
    assert outcome.updated == [P]


def test_5_5_12_example_1_a_merge_leaves_the_other_members() -> None:
    outcome = merge(entity(p=TEMPERATURE), p={"type": "Property", "value": 100, "observedAt": "2022-03-14T13:00:00Z"})
    assert shown(outcome)["p"] == {**TEMPERATURE, "value": 100, "observedAt": "2022-03-14T13:00:00Z"}


def test_5_5_12_example_2_a_merge_goes_into_values() -> None:
    document = entity(p={"type": "Property", "value": {"street": "a", "city": "Berlin", "country": "Germany"}})
    outcome = merge(document, p={"type": "Property", "value": {"street": "b", "country": NULL}})
    assert shown(outcome, representation="simplified")["p"] == {"street": "b", "city": "Berlin"}


def test_5_4_example_2_a_merge_deletes_members_and_attributes() -> None:
    document = entity(p={"value": 5, "providedBy": {"object": "urn:x:2"}, "unitCode": "P1"}, q=1)
    outcome = merge(
        document, p={"type": "Property", "value": 7, "providedBy": NULL, "unitCode": NULL}, q={"value": NULL}
    )
    assert shown(outcome) == {"id": "urn:x:1", "type": "T", "p": {"type": "Property", "value": 7}}


def test_5_6_2_types_are_added_and_scopes_replaced_only_where_there_are() -> None:
    given = fragment(UPDATE, type=["U", "T"], scope="/New")
    bare = merging.update(entity(), given, NOW).document
    assert (bare.types, bare.scopes, bare.modified_at) == ([CORE.expand("T"), CORE.expand("U")], [], NOW)
    assert merging.update(entity(scope="/Old"), given, NOW).document.scopes == ["/New"]
    assert merging.update(entity(scope="/Old"), fragment(UPDATE, scope=NULL), NOW).document.scopes == []


def test_5_6_2_deleting_what_is_not_there_is_reported() -> None:
    outcome = merging.update(entity(q=1), fragment(UPDATE, p=NULL), NOW)
    assert [one.attribute for one in outcome.not_updated] == [P]
    assert outcome.document.modified_at == THEN


@pytest.mark.parametrize(("overwrite", "scopes"), [(True, ["/New", "/Old"]), (False, ["/Old", "/New"])])
def test_5_6_3_scopes_become_or_are_appended(overwrite: bool, scopes: list[str]) -> None:
    given = fragment(FRAGMENT, scope=["/New", "/Old"])
    assert merging.append(entity(scope="/Old"), given, NOW, overwrite=overwrite).document.scopes == scopes


def test_4_5_5_only_the_instance_of_the_dataset_is_touched() -> None:
    document = entity(p=[{"value": 1}, {"value": 2, "datasetId": "urn:data:1"}])
    outcome = merging.update(document, fragment(UPDATE, p={"value": 3, "datasetId": "urn:data:1"}), NOW)
    assert shown(outcome, representation="simplified")["p"] == {"dataset": {"@none": 1, "urn:data:1": 3}}
    added = merging.append(document, fragment(FRAGMENT, p={"value": 4, "datasetId": "urn:data:2"}), NOW)
    assert len(added.document.attributes[P]) == 3
    gone = merge(document, p={"type": "Property", "value": NULL, "datasetId": "urn:data:1"})
    assert shown(gone, representation="simplified")["p"] == 1
    assert shown(merge(document, p=NULL), representation="simplified")["p"] == 2


def test_5_6_4_a_partial_update_finds_its_target_or_nothing() -> None:
    with pytest.raises(ResourceNotFound):
        patch(entity(q=1), {"value": 1})
    with pytest.raises(ResourceNotFound):
        patch(entity(p=1), {"value": 1, "datasetId": "urn:data:1"})


@pytest.mark.parametrize("part", [{"type": "Relationship", "object": "urn:x:2"}, {"type": "Property", "value": NULL}])
def test_5_6_4_a_partial_update_neither_changes_the_type_nor_deletes(part: Any) -> None:
    with pytest.raises(BadRequestData):
        patch(entity(p=1), part)


def test_5_6_4_sub_attributes_are_replaced_and_deleted() -> None:
    document = entity(p={"value": 1, "a": {"value": 1, "unitCode": "P1"}, "b": 2})
    outcome = patch(document, {"a": {"value": 3}, "b": NULL, "c": POINT})
    assert shown(outcome)["p"] == {
        "type": "Property",
        "value": 1,
        "a": {"type": "Property", "value": 3},
        "c": {"type": "GeoProperty", "value": POINT},
    }


POINT = {"type": "Point", "coordinates": [3.7, 51.05]}


@pytest.mark.parametrize(
    ("target", "given", "value"),
    [
        ({"object": "urn:x:1"}, "urn:x:2", "urn:x:2"),
        ({"object": "urn:x:1"}, ["urn:x:2", "urn:x:3"], ["urn:x:2", "urn:x:3"]),
        ({"languageMap": {"nl": "a", "fr": "b"}}, "c", {"languageMap": {"nl": "c", "fr": "b"}}),
        ({"vocab": "urn:x:1"}, {"vocab": "urn:x:2"}, {"vocab": "urn:x:2"}),
        ({"json": {"a": 1}}, {"json": {"b": 2}}, {"json": {"a": 1, "b": 2}}),
        ({"valueList": [1]}, [2], [2]),
        ({"objectList": ["urn:x:1"]}, ["urn:x:2"], ["urn:x:2"]),
        (POINT, {"type": "Point", "coordinates": [4, 50]}, {"type": "Point", "coordinates": [4, 50]}),
    ],
)
def test_5_6_17_a_simplified_value_keeps_the_type_of_its_target(target: Any, given: Any, value: Any) -> None:
    document = entity(p=target)
    outcome = merging.merge(document, fragment(MERGE, p=given), NOW, language="nl")
    assert outcome.document.attributes[P][""]["type"] == document.attributes[P][""]["type"]
    assert shown(outcome, representation="simplified")["p"] == value


@pytest.mark.parametrize(
    ("target", "given"),
    [
        ({"object": "urn:x:1"}, 5),
        ({"languageMap": {"nl": "a"}}, 5),
        ({"vocab": "urn:x:1"}, "text"),
        ({"languageMap": {"nl": "a"}}, {"languageMap": {"nl": NULL}}),
        (POINT, {"a": 1}),
        ({"object": "urn:x:1"}, {"unitCode": "CEL"}),
        (5, {"objectType": "T"}),
        (5, {"type": "Relationship", "unitCode": NULL}),
        (5, {"type": "Relationship", "objectType": "T"}),
    ],
)
def test_5_6_17_what_does_not_fit_its_target_is_bad_request_data(target: Any, given: Any) -> None:
    with pytest.raises(BadRequestData):
        merge(entity(p=target), p=given)


def test_5_6_17_what_is_new_is_whole_and_without_nulls() -> None:
    outcome = merge(entity(), p={"value": {"a": {"b": NULL, "c": 1}}, "unitCode": NULL, "s": NULL, "t": 1}, q=NULL)
    expected = {"type": "Property", "value": {"a": {"c": 1}}, "t": {"type": "Property", "value": 1}}
    assert shown(outcome) == {"id": "urn:x:1", "type": "T", "p": expected}
    with pytest.raises(BadRequestData):
        merge(entity(), p={"observedAt": "2026-11-22T07:00:00Z"})


def test_5_6_17_another_type_takes_the_place_of_the_value() -> None:
    outcome = merge(entity(p={**TEMPERATURE, "a": 1}), p={"type": "Relationship", "object": "urn:x:2"})
    assert shown(outcome)["p"] == {
        "type": "Relationship",
        "object": "urn:x:2",
        "observedAt": "2022-03-14T01:59:26.535Z",
        "a": {"type": "Property", "value": 1},
    }


def test_5_6_17_a_common_time_goes_to_what_was_observed_before() -> None:
    given = fragment(MERGE, p=1, q=2, r={"value": 3, "observedAt": "2021-01-01T00:00:00Z"})
    document = entity(p=TEMPERATURE, q=1, r=TEMPERATURE)
    outcome = merging.merge(document, given, NOW, observed_at="2026-01-01T00:00:00.000000Z")
    answer = shown(outcome)
    assert answer["p"]["observedAt"] == "2026-01-01T00:00:00Z"
    assert "observedAt" not in answer["q"]
    assert answer["r"]["observedAt"] == "2021-01-01T00:00:00Z"


def test_5_6_17_scopes_and_expiry_become_those_given() -> None:
    document = entity(scope="/Old", expiresAt="2030-01-01T00:00:00Z")
    after = merge(document, scope="/New", expiresAt=NULL).document
    assert (after.scopes, after.expires_at) == (["/New"], None)
    assert merge(document).document == document


def test_5_6_18_a_replaced_entity_keeps_only_when_it_was_made() -> None:
    document = entity(p=1, q=2, scope="/Old", expiresAt="2030-01-01T00:00:00Z")
    outcome = merging.replace(document, fragment(FRAGMENT, type="U", q=3, r=4), NOW)
    after = outcome.document
    assert (after.types, after.scopes, after.expires_at) == ([CORE.expand("U")], [], None)
    assert (after.created_at, after.modified_at) == (THEN, NOW)
    kinds = {CORE.compact(change.attribute): change.kind for change in outcome.changes}
    assert kinds == {"p": "attributeDeleted", "q": "attributeUpdated", "r": "attributeCreated"}


def test_5_6_19_a_replaced_attribute_must_exist() -> None:
    iri, several = read_attribute({"value": 2}, "p", CORE, purpose=FRAGMENT)
    outcome = merging.replace_attribute(entity(p=TEMPERATURE), iri, several, NOW)
    assert shown(outcome)["p"] == {"type": "Property", "value": 2}
    with pytest.raises(ResourceNotFound):
        merging.replace_attribute(entity(), iri, several, NOW)


def test_5_6_5_an_attribute_is_deleted_by_dataset_or_whole() -> None:
    document = entity(p=[{"value": 1}, {"value": 2, "datasetId": "urn:data:1"}])
    assert list(merging.delete_attribute(document, P, NOW).document.attributes[P]) == ["urn:data:1"]
    assert list(merging.delete_attribute(document, P, NOW, dataset="urn:data:1").document.attributes[P]) == [""]
    whole = merging.delete_attribute(document, P, NOW, delete_all=True)
    assert (whole.document.attributes, len(whole.changes)) == ({}, 2)
    for how in ({"dataset": "urn:data:2"}, {"delete_all": True}):
        with pytest.raises(ResourceNotFound):
            merging.delete_attribute(entity(q=1), P, NOW, **how)


def test_5_6_5_a_scope_is_deleted_when_there_is_one() -> None:
    assert merging.delete_scope(entity(scope="/A"), NOW).document.scopes == []
    with pytest.raises(ResourceNotFound):
        merging.delete_scope(entity(), NOW)


def test_4_22_what_expired_is_not_alive() -> None:
    document = entity(
        p={"value": 1, "expiresAt": "2026-11-22T07:30:00Z"}, q={"value": 1, "expiresAt": "2030-01-01T00:00:00Z"}
    )
    assert merging.alive(document, THEN) is document
    assert list(merging.alive(document, NOW).attributes) == [CORE.expand("q")]
