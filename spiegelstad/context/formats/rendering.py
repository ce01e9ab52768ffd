"""Documents become answers: normalized, concise, simplified, GeoJSON (clauses 4.5.1 to 4.5.24).

The hot path: nothing here copies what it can share, so an answer must not be changed in place, but for adding members
at its top.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from spiegelstad.context.formats.concise import concise
from spiegelstad.context.formats.form import NORMALIZED, Form
from spiegelstad.context.formats.languages import choose
from spiegelstad.context.rules.documents import NULL, VALUE_MEMBER, Document, Instance, shown_time
from spiegelstad.context.rules.targets import relationship_objects
from spiegelstad.context.rules.terms import Context

__all__ = ["NORMALIZED", "Form", "feature_collection", "geojson_feature", "render", "render_instance", "shown_links"]

Link = Callable[[str, Instance], Any]
"""Given the IRI of an attribute and its instance: the entities it links to, rendered (one, or a list), or None."""

_SYSTEM = frozenset({"createdAt", "modifiedAt", "deletedAt"})
_TIMES = frozenset({"observedAt", "expiresAt", "createdAt", "modifiedAt", "deletedAt"})
_OBJECT_LISTS = frozenset({"objectList", "previousObjectList"})
_WORDS = frozenset({"vocab", "previousVocab"})
# Members that are not shown as they are stored; most are, and are told first.
_CHANGED = _TIMES | _OBJECT_LISTS | _WORDS | {"attributes", "objectType"}


def render(document: Document, context: Context, form: Form = NORMALIZED, link: Link | None = None) -> dict[str, Any]:
    """Return an entity as answers show it, without @context. `link` puts linked entities in their place (4.5.23.2)."""
    answer = _head(document, context, form)
    answer.update(_attributes(document, context, form, link))
    return answer


def _head(document: Document, context: Context, form: Form) -> dict[str, Any]:
    """Return the members that are no attributes."""
    head: dict[str, Any] = {"id": document.id, "type": _names(document.types, context)}
    if document.scopes:
        head["scope"] = document.scopes[0] if len(document.scopes) == 1 else document.scopes
    if document.expires_at:
        head["expiresAt"] = shown_time(document.expires_at)
    if form.sys_attrs:
        head["createdAt"] = shown_time(document.created_at)
        head["modifiedAt"] = shown_time(document.modified_at)
    if form.pick is not None:
        head = {member: value for member, value in head.items() if member in form.pick}
    if form.omit is not None:
        head = {member: value for member, value in head.items() if member not in form.omit}
    return head


def _attributes(document: Document, context: Context, form: Form, link: Link | None) -> dict[str, Any]:
    compact = context.compact
    answer: dict[str, Any] = {}
    for iri, instances in document.attributes.items():
        if not _wanted(iri, form):
            continue
        shown = _shown(instances, form) if form.now or form.dataset_ids is not None else list(instances.values())
        if len(shown) == 1:
            answer[compact(iri)] = render_instance(shown[0], context, form, iri, link)
        elif shown and form.representation == "simplified":
            answer[compact(iri)] = {
                "dataset": {
                    one.get("datasetId", "@none"): render_instance(one, context, form, iri, link) for one in shown
                }
            }
        elif shown:
            answer[compact(iri)] = [render_instance(one, context, form, iri, link, alone=False) for one in shown]
    return answer


def shown_links(document: Document, form: Form) -> Iterator[tuple[str, Instance, list[str]]]:
    """Return the relationships of an entity that are shown: IRI of the attribute, instance, URIs it leads to."""
    for iri, instances in document.attributes.items():
        if _wanted(iri, form):
            for instance in _shown(instances, form):
                if uris := relationship_objects(instance):
                    yield iri, instance, uris


def _wanted(iri: str, form: Form) -> bool:
    if iri in form.closed or (form.attrs is not None and iri not in form.attrs):
        return False
    if form.pick is not None and iri not in form.pick:
        return False
    # An omitted relationship with braces stays: what is in them is omitted from the entities it links to.
    return form.omit is None or iri not in form.omit or form.omit[iri] is not None


def _shown(instances: dict[str, Instance], form: Form) -> list[Instance]:
    return [
        one
        for dataset, one in instances.items()
        if (form.dataset_ids is None or dataset in form.dataset_ids) and one.get("expiresAt", "~") > form.now
    ]


def render_instance(
    instance: Instance,
    context: Context,
    form: Form,
    iri: str = "",
    link: Link | None = None,
    *,
    alone: bool = True,
) -> Any:
    """Return one instance of an attribute in the form asked for; `iri` and `link` as for `render`.

    `alone`: it is the only one of its attribute; else it stands in a list.
    """
    if form.language and "languageMap" in instance:
        instance = _in_language(instance, form.language)
    linked = link(iri, instance) if link is not None else None
    if form.representation == "simplified":
        return linked if linked is not None else _simplified(instance, context)
    answer = _members(instance, context, form)
    if linked is not None:
        answer["entityList" if instance["type"] == "ListRelationship" else "entity"] = linked
    return concise(answer, alone=alone) if form.representation == "concise" else answer


def _in_language(instance: Instance, wanted: str) -> Instance:
    """Return a LanguageProperty as the Property in one language (clause 5.7.1.5)."""
    texts = instance["languageMap"]
    if not texts:
        return instance
    tag = choose(texts, wanted)
    rest = {member: value for member, value in instance.items() if member not in ("type", "languageMap")}
    return {"type": "Property", "value": texts[tag], "lang": tag, **rest}


def _members(instance: Instance, context: Context, form: Form) -> dict[str, Any]:
    answer: dict[str, Any] = {}
    for member, value in instance.items():
        if member not in _CHANGED:
            answer[member] = value
        elif member in _TIMES:
            if form.sys_attrs or member not in _SYSTEM:
                answer[member] = shown_time(value)
        elif member in _WORDS:
            answer[member] = _words(value, context)
        elif member == "objectType":
            answer[member] = _names(value, context)
        elif member in _OBJECT_LISTS and form.representation == "normalized" and value != [NULL]:
            answer[member] = [{"object": uri} for uri in value]
        elif member != "attributes":
            answer[member] = value
    children = instance.get("attributes")
    if children:
        for iri, instances in children.items():
            if iri not in form.closed:
                alone = len(instances) == 1
                shown = [render_instance(one, context, form, alone=alone) for one in instances.values()]
                answer[context.compact(iri)] = shown[0] if alone else shown
    return answer


def _words(iris: Any, context: Context) -> Any:
    return context.compact(iris) if isinstance(iris, str) else [context.compact(iri) for iri in iris]


def _names(iris: list[str], context: Context) -> Any:
    """Return type names: a list only when there are several."""
    return context.compact(iris[0]) if len(iris) == 1 else [context.compact(iri) for iri in iris]


def _simplified(instance: Instance, context: Context) -> Any:
    kind = instance["type"]
    member = VALUE_MEMBER[kind]
    if kind == "VocabProperty":
        return {"vocab": _words(instance["vocab"], context)}
    if kind in ("LanguageProperty", "JsonProperty"):
        return {member: instance[member]}
    return instance[member]


def geojson_feature(
    document: Document, context: Context, form: Form = NORMALIZED, link: Link | None = None
) -> dict[str, Any]:
    """Return an entity as a GeoJSON Feature (clauses 4.5.16.2 and 4.5.17.1); geometry null when it has none."""
    properties = render(document, context, form, link)
    properties.pop("id", None)
    return {"id": document.id, "type": "Feature", "geometry": _geometry(document, form), "properties": properties}


def _geometry(document: Document, form: Form) -> Any:
    """Return the value of the selected GeoProperty (clause 4.5.16.1)."""
    instances = document.attributes.get(form.geometry_property)
    if not instances or form.geometry_property in form.closed:
        return None
    shown = {one.get("datasetId", ""): one for one in _shown(instances, form)}
    chosen = shown.get("") if form.dataset_ids is None else next(iter(shown.values()), None)
    if chosen is None or chosen["type"] != "GeoProperty" or chosen["value"] == NULL:  # as of one that was deleted
        return None
    return chosen["value"]


def feature_collection(features: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return Features as one GeoJSON FeatureCollection (clause 4.5.16.3)."""
    return {"type": "FeatureCollection", "features": list(features)}
