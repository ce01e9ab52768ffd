"""What must hold for any entity: what is read is shown and read again; writes can be undone and change no argument."""

import copy
import json
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.reading import (
    CREATE,
    FRAGMENT,
    MERGE,
    PATCH,
    UPDATE,
    Purpose,
    read_attribute,
    read_entity,
)
from spiegelstad.context.formats.rendering import Form, feature_collection, geojson_feature, render
from spiegelstad.context.rules import merging
from spiegelstad.context.rules.changes import Change
from spiegelstad.context.rules.documents import NULL, VALUE_MEMBER, Attributes, Document, Instance
from spiegelstad.context.rules.merging import Outcome
from spiegelstad.context.rules.terms import CORE, context_of

QUICK = settings(max_examples=40)  # an example is a whole entity
THEN = "2026-11-22T07:00:00.000000Z"
NOW = "2026-11-22T08:00:00.500000Z"
PREFIXED = context_of(
    [{"ex": "https://example.org/", "wind": "ex:windSpeed", "Sensor": "ex:Sensor", "warm": "ex:warm"}], [], "urn:test"
)
NAMES = ["wind", "temperature", "ex:noise", "location", "https://example.org/full#name", "Straße"]
DATASETS = ["urn:data:1", "urn:data:2"]

PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8).filter(lambda text: text != NULL)
URIS = st.sampled_from(["urn:ngsi-ld:A:1", "urn:ngsi-ld:B:2", "https://example.org/thing?x=1"])
TIMES = st.sampled_from(["2026-11-22T07:00:00Z", "2026-11-22T07:00:00,5Z", "2026-01-31T23:59:59.123456Z"])
KEYS = st.sampled_from(["a", "b", "type", "value", "object", "dataset", "@value", "json"]) | TEXTS
POINTS = st.tuples(st.floats(-180, 180), st.floats(-90, 90)).map(list)
GEOMETRIES = POINTS.map(lambda point: {"type": "Point", "coordinates": point}) | st.lists(POINTS, min_size=2).map(
    lambda line: {"type": "LineString", "coordinates": line}
)


def json_values(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=4,
    )


VALUES = json_values(PLAIN.filter(lambda value: value is not None)) | GEOMETRIES
TAGS = st.sampled_from(["nl", "fr", "nl-BE", "@none"])
LANGUAGE_MAPS = st.dictionaries(TAGS, TEXTS | st.lists(TEXTS, min_size=1, max_size=2), min_size=1)
JSON = st.dictionaries(TEXTS, json_values(PLAIN), max_size=3) | st.lists(json_values(PLAIN), max_size=3)
WORDS = st.sampled_from(["male", "ex:male", "https://example.org/male"])
VALUES_OF = {
    "Property": VALUES,
    "GeoProperty": GEOMETRIES,
    "Relationship": URIS | st.lists(URIS, min_size=1, max_size=2),
    "LanguageProperty": LANGUAGE_MAPS,
    "VocabProperty": WORDS | st.lists(WORDS, min_size=1, max_size=2),
    "JsonProperty": JSON,
    "ListProperty": st.lists(VALUES, max_size=3),
    "ListRelationship": st.lists(URIS, min_size=1, max_size=3),
}


@st.composite
def instances(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    kind = draw(st.sampled_from(list(VALUES_OF)))
    found: dict[str, Any] = {"type": kind, VALUE_MEMBER[kind]: draw(VALUES_OF[kind])}
    if kind in {"Property", "ListProperty"} and draw(st.booleans()):
        found["unitCode"] = "CEL"
    if kind in {"Relationship", "ListRelationship"} and draw(st.booleans()):
        found["objectType"] = draw(st.sampled_from(["Sensor", ["Sensor", "Building"]]))
    for member in ("observedAt", "expiresAt"):
        if draw(st.booleans()):
            found[member] = draw(TIMES)
    if depth < 2 and draw(st.booleans()):
        found |= draw(attributes(depth + 1))
    return found


@st.composite
def attributes(draw: st.DrawFn, depth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=3 - depth)):
        one = draw(instances(depth))
        if draw(st.integers(0, 3)):
            found[name] = one
        else:
            found[name] = [one, *(draw(instances(depth)) | {"datasetId": dataset} for dataset in DATASETS)]
    return found


ENTITIES = st.builds(
    lambda types, scope, members: {"id": "urn:ngsi-ld:Sensor:1", "type": types, **scope, **members},
    st.sampled_from(["Sensor", ["Sensor", "Building"], "https://example.org/Thing"]),
    st.sampled_from(
        [{}, {"scope": "/Gent"}, {"scope": ["/Gent/Centrum", "Brugge"]}, {"expiresAt": "2030-01-01T00:00:00Z"}]
    ),
    attributes(),
)
CONTEXTS = st.sampled_from([CORE, PREFIXED])


def document_of(payload: dict[str, Any]) -> Document:
    return merging.create(read_entity(payload, PREFIXED), THEN).document


DOCUMENTS = ENTITIES.map(document_of)
FRAGMENTS = attributes().map(lambda members: read_entity(members, PREFIXED, purpose=FRAGMENT, entity_id="urn:x:1"))


@QUICK
@given(ENTITIES, CONTEXTS, st.sampled_from(["normalized", "concise"]))
def test_an_entity_shown_is_read_again_as_it_was(payload: dict[str, Any], context: Any, representation: Any) -> None:
    document = read_entity(payload, context)
    shown = orjson.loads(orjson.dumps(render(document, context, Form(representation))))
    assert read_entity(shown, context) == document


@QUICK
@given(ENTITIES)
def test_system_times_are_read_again_from_a_trusted_source(payload: dict[str, Any]) -> None:
    document = document_of(payload)
    shown = render(document, PREFIXED, Form(sys_attrs=True))
    assert read_entity(shown, PREFIXED, system=True) == document


@QUICK
@given(DOCUMENTS)
def test_a_document_survives_as_json(document: Document) -> None:
    assert Document.from_json(json.loads(json.dumps(document.to_json()))) == document


@QUICK
@given(
    DOCUMENTS, CONTEXTS, st.sampled_from(["normalized", "concise", "simplified"]), st.sampled_from(["", "fr-BE", "*"])
)
def test_any_document_can_be_shown_in_any_form(
    document: Document, context: Any, representation: Any, language: str
) -> None:
    before = copy.deepcopy(document)
    form = Form(representation, language=language, now=NOW)
    orjson.dumps(feature_collection([geojson_feature(document, context, form)]))
    orjson.dumps(render(document, context, form))
    assert document == before


@QUICK
@given(DOCUMENTS)
def test_the_simplified_form_holds_the_values_alone(document: Document) -> None:
    shown = render(document, PREFIXED, Form("simplified"))
    assert len(shown) >= 2
    for iri, several in document.attributes.items():
        value = shown[PREFIXED.compact(iri)]
        if len(several) > 1:
            assert set(value["dataset"]) == {dataset or "@none" for dataset in several}
        else:
            (instance,) = several.values()
            assert value == simple_value(instance)


def simple_value(instance: Instance) -> Any:
    member = VALUE_MEMBER[instance["type"]]
    if instance["type"] == "VocabProperty":
        words = instance["vocab"]
        return {
            "vocab": [PREFIXED.compact(word) for word in words] if isinstance(words, list) else PREFIXED.compact(words)
        }
    return {member: instance[member]} if member in ("languageMap", "json") else instance[member]


PURPOSES = st.sampled_from([CREATE, FRAGMENT, UPDATE, PATCH, MERGE])
WILD_KEYS = (
    st.sampled_from(
        ["id", "type", "@type", "scope", "value", "object", "languageMap", "vocab", "json", "valueList", "objectList"]
    )
    | st.sampled_from(
        ["unitCode", "observedAt", "datasetId", "expiresAt", "objectType", "createdAt", "dataset", "@none", "urn:x:1"]
    )
    | st.sampled_from(["coordinates", "attributes", "@context", "a-b", "temperature"])
)
WILD_LEAVES = PLAIN | TEXTS | TIMES | URIS | st.sampled_from([*VALUES_OF, NULL, "Point", "Polygon", "nl", "@none"])
WILD = st.recursive(
    WILD_LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WILD_KEYS | TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(WILD, PURPOSES, st.booleans())
def test_whatever_comes_in_is_read_or_refused(payload: Any, purpose: Purpose, system: bool) -> None:
    target = document_of({"id": "urn:x:1", "type": "T", "temperature": 1, "value2": {"languageMap": {"nl": "x"}}})
    for body in (payload, {"id": "urn:x:1", "type": "T", "temperature": payload}):
        try:
            fragment = read_entity(body, CORE, purpose=purpose, system=system)
            if purpose in (MERGE, UPDATE):
                write = merging.merge if purpose is MERGE else merging.update
                orjson.dumps(render(write(target, fragment, NOW).document, CORE, Form("concise")))
        except BadRequestData:
            pass
    try:
        iri, several = read_attribute(payload, "temperature", CORE, purpose=purpose)
        orjson.dumps(several)
        if purpose is PATCH and set(several) == {""}:
            merging.partial_update(target, iri, several, NOW)
    except BadRequestData:
        pass


def undone(outcome: Outcome) -> Attributes:
    """Return the attributes before a write, from what it says it changed."""
    found = {iri: dict(several) for iri, several in outcome.document.attributes.items()}
    for change in reversed(outcome.changes):
        several = found.setdefault(change.attribute, {})
        if change.previous is None:
            del several[change.dataset]
        else:
            several[change.dataset] = change.previous
    return {iri: several for iri, several in found.items() if several}


def without_times(given: Any) -> Any:
    """Return JSON without createdAt and modifiedAt."""
    if isinstance(given, dict):
        return {key: without_times(one) for key, one in given.items() if key not in ("createdAt", "modifiedAt")}
    return [without_times(one) for one in given] if isinstance(given, list) else given


WRITES = st.sampled_from(
    [
        merging.replace,
        merging.append,
        lambda document, fragment, now: merging.append(document, fragment, now, overwrite=False),
        merging.update,
        merging.merge,
    ]
)


@QUICK
@given(DOCUMENTS, FRAGMENTS, WRITES)
def test_changes_tell_how_to_undo_a_write(document: Document, fragment: Document, write: Any) -> None:
    before, given_fragment = copy.deepcopy(document), copy.deepcopy(fragment)
    outcome = write(document, fragment, NOW)
    assert undone(outcome) == before.attributes
    assert (document, fragment) == (before, given_fragment), "a write changed what it was given"
    assert outcome.document.created_at == THEN
    assert outcome.document.modified_at == (NOW if outcome.changes or outcome.document != document else THEN)
    changes = [Change.from_json(orjson.loads(orjson.dumps(change))) for change in outcome.changes]
    assert changes == outcome.changes


@QUICK
@given(DOCUMENTS, FRAGMENTS)
def test_replacing_leaves_what_was_given(document: Document, fragment: Document) -> None:
    after = merging.replace(document, fragment, NOW).document
    assert without_times(after.attributes) == fragment.attributes


@QUICK
@given(DOCUMENTS, FRAGMENTS)
def test_appending_adds_and_replaces_only(document: Document, fragment: Document) -> None:
    after = merging.append(document, fragment, NOW).document.attributes
    for iri in {*document.attributes, *fragment.attributes}:
        expected = document.attributes.get(iri, {}) | fragment.attributes.get(iri, {})
        assert without_times(after[iri]) == without_times(expected)


@QUICK
@given(DOCUMENTS, FRAGMENTS)
def test_appending_without_overwriting_keeps_what_is_there(document: Document, fragment: Document) -> None:
    outcome = merging.append(document, fragment, NOW, overwrite=False)
    for iri, several in document.attributes.items():
        for dataset, one in several.items():
            assert outcome.document.attributes[iri][dataset] is one
    left = {
        iri for iri, several in fragment.attributes.items() if several.keys() & document.attributes.get(iri, {}).keys()
    }
    assert {one.attribute for one in outcome.not_updated} == left


@QUICK
@given(DOCUMENTS, FRAGMENTS)
def test_merging_twice_is_merging_once(document: Document, fragment: Document) -> None:
    once = merging.merge(document, fragment, NOW).document
    twice = merging.merge(once, fragment, NOW).document
    assert twice == once


@QUICK
@given(DOCUMENTS)
def test_merging_an_entity_with_itself_changes_no_value(document: Document) -> None:
    after = merging.merge(document, document, NOW).document
    assert without_times(after.attributes) == without_times(document.attributes)


@QUICK
@given(DOCUMENTS, st.sampled_from([UPDATE, MERGE]))
def test_null_deletes_every_attribute(document: Document, purpose: Purpose) -> None:
    nulls = {
        iri: [
            {"type": one["type"], VALUE_MEMBER[one["type"]]: null_of(one["type"])}
            | ({"datasetId": dataset} if dataset else {})
            for dataset, one in several.items()
        ]
        for iri, several in document.attributes.items()
    }
    fragment = read_entity(nulls, CORE, purpose=purpose, entity_id=document.id)
    write = merging.merge if purpose is MERGE else merging.update
    assert write(document, fragment, NOW).document.attributes == {}


def null_of(kind: str) -> Any:
    if kind == "LanguageProperty":
        return {"@none": NULL}
    return [NULL] if kind.startswith("List") else NULL


PATCHES = st.recursive(
    PLAIN.filter(lambda value: value is not None) | TEXTS | st.just(NULL),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
TARGETS = st.recursive(
    PLAIN.filter(lambda value: value is not None) | TEXTS,
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def rfc_7396(target: Any, patch: Any) -> Any:
    """The algorithm as the RFC prints it, with the NGSI-LD null for null."""
    if not isinstance(patch, dict):
        return patch
    found = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value == NULL:
            found.pop(name, None)
        else:
            found[name] = rfc_7396(found.get(name), value)
    return found


@given(TARGETS, PATCHES.filter(lambda patch: patch != NULL), st.booleans())
def test_values_merge_as_rfc_7396_says(target: Any, patch: Any, bare: bool) -> None:
    document = document_of({"id": "urn:x:1", "type": "T", "p": {"type": "Property", "value": target}})
    given_patch = patch if bare else {"type": "Property", "value": patch}
    fragment = read_entity({"p": given_patch}, PREFIXED, purpose=MERGE, entity_id="urn:x:1")
    after = merging.merge(document, fragment, NOW).document
    (instance,) = after.attributes[PREFIXED.expand("p")].values()
    assert instance["value"] == rfc_7396(target, patch)
