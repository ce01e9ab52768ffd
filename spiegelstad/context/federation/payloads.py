"""What is sent to a source: entities in the names that it is spoken to in (clause 4.3.6.6)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from spiegelstad.context.federation.asking import Call
from spiegelstad.context.federation.sources import Source
from spiegelstad.context.formats.rendering import NORMALIZED, render, render_instance
from spiegelstad.context.formats.temporal_reading import Fragment
from spiegelstad.context.http_api.media import JSON, LD_JSON
from spiegelstad.context.rules.documents import Document, Instance, shown_time
from spiegelstad.context.rules.terms import Context


def only(document: Document, attributes: frozenset[str]) -> Document:
    """Return a document with these attributes only."""
    kept = {iri: several for iri, several in document.attributes.items() if iri in attributes}
    return replace(document, attributes=kept)


def entity_part(document: Document, share: frozenset[str], context: Context) -> dict[str, Any]:
    """Return an entity, or a fragment of one, as it is sent: with the attributes of a share."""
    payload = render(only(document, share), context)
    if not document.types:
        del payload["type"]
    return payload


def attribute_part(instances: Mapping[str, Instance], share: frozenset[str], context: Context) -> Any:
    """Return the instances of one attribute as they are sent; that attribute is all of the share."""
    shown = [render_instance(one, context, NORMALIZED) for one in instances.values()]
    return shown[0] if len(shown) == 1 else shown


def evolution_part(fragment: Fragment, share: frozenset[str], context: Context) -> dict[str, Any]:
    """Return the evolution of an entity, or a fragment of one, as it is sent: with the attributes of a share."""
    payload = entity_part(Document(fragment.id, fragment.types), frozenset(), context)
    for iri, instance in fragment.instances:
        if iri in share:
            shown = render_instance(instance, context, NORMALIZED)
            if "deletedAt" in instance:
                shown["deletedAt"] = shown_time(instance["deletedAt"])
            payload.setdefault(context.compact(iri), []).append(shown)
    return payload


def sending(source: Source, method: str, path: str, params: Mapping[str, str], payload: Any = None) -> Call:
    """Return the call that sends this (None: nothing), with the @context where the source wants it."""
    if payload is None:
        return Call(source, method, path, dict(params))
    if not source.sends_json_ld:
        return Call(source, method, path, dict(params), orjson.dumps(payload), {"Content-Type": JSON})
    address = source.context.url
    body = [_with(one, address) for one in payload] if isinstance(payload, list) else _with(payload, address)
    return Call(source, method, path, dict(params), orjson.dumps(body), {"Content-Type": LD_JSON, "Link": ""})


def _with(item: Any, address: str) -> Any:
    return {**item, "@context": address} if isinstance(item, dict) else item
