"""`/types` and `/attributes` (clauses 6.25 to 6.28): what there is to ask about."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from spiegelstad.base.ids import new_id
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.federation.discovering import Asking
from spiegelstad.context.http_api.answering import by_method, respond
from spiegelstad.context.http_api.requests import NgsiRequest, read
from spiegelstad.context.queries import discovery
from spiegelstad.context.rules import lexical

_LIST_PARAMS = frozenset({"details", "local"})
_ONE_PARAMS = frozenset({"local"})


def list_types(request: HttpRequest) -> HttpResponse:
    """GET /types: names, or with details also their attributes (5.7.5 and 5.7.6)."""
    asked = _read(request, _LIST_PARAMS)
    short, sources = asked.context.compact, Asking(asked)
    if not asked.flag("details"):
        found = sources.types(discovery.types(asked.actor))
        return respond(asked, _list(asked, "EntityTypeList", "typeList", found), headers=sources.headers)
    described = sources.types_with_attributes(discovery.types_with_attributes(asked.actor))
    return respond(
        asked,
        [
            {
                "id": one.iri,
                "type": "EntityType",
                "typeName": short(one.iri),
                "attributeNames": [short(name) for name in one.names],
            }
            for one in described
        ],
        headers=sources.headers,
    )


def show_type(request: HttpRequest, name: str) -> HttpResponse:
    """GET /types/{type} (5.7.7)."""
    asked = _read(request, _ONE_PARAMS)
    short, sources = asked.context.compact, Asking(asked)
    iri = _iri(asked, name, "the name of a type")
    found = sources.type_info(iri, discovery.type_info(asked.actor, iri))
    if found is None:
        raise ResourceNotFound(f"There are no entities of the type {name}.")
    details = [
        {"id": iri, "type": "Attribute", "attributeName": short(iri), "attributeTypes": sorted(kinds)}
        for iri, kinds in found.attributes.items()
    ]
    head = {"id": found.iri, "type": "EntityTypeInfo", "typeName": short(found.iri)}
    shown = {**head, "entityCount": found.count, "attributeDetails": details}
    return respond(asked, shown, headers=sources.headers)


def list_attributes(request: HttpRequest) -> HttpResponse:
    """GET /attributes: names, or with details also the types that have them (5.7.8 and 5.7.9)."""
    asked = _read(request, _LIST_PARAMS)
    short, sources = asked.context.compact, Asking(asked)
    if not asked.flag("details"):
        found = sources.attributes(discovery.attributes(asked.actor))
        return respond(asked, _list(asked, "AttributeList", "attributeList", found), headers=sources.headers)
    described = sources.attributes_with_types(discovery.attributes_with_types(asked.actor))
    return respond(
        asked,
        [
            {
                "id": one.iri,
                "type": "Attribute",
                "attributeName": short(one.iri),
                "typeNames": [short(name) for name in one.names],
            }
            for one in described
        ],
        headers=sources.headers,
    )


def show_attribute(request: HttpRequest, name: str) -> HttpResponse:
    """GET /attributes/{attrId} (5.7.10)."""
    asked = _read(request, _ONE_PARAMS)
    short, sources = asked.context.compact, Asking(asked)
    iri = _iri(asked, name, "the name of an attribute")
    found = sources.attribute_info(iri, discovery.attribute_info(asked.actor, iri))
    if found is None:
        raise ResourceNotFound(f"No entity has the attribute {name}.")
    return respond(
        asked,
        {
            "id": found.iri,
            "type": "Attribute",
            "attributeName": short(found.iri),
            "attributeCount": found.count,
            "attributeTypes": sorted(found.kinds),
            "typeNames": sorted(short(iri) for iri in found.types),
        },
        headers=sources.headers,
    )


def _read(request: HttpRequest, params: frozenset[str]) -> NgsiRequest:
    asked = read(request, params=params)
    asked.flag("local")
    return asked


def _iri(asked: NgsiRequest, name: str, what: str) -> str:
    return asked.context.expand(lexical.name(name, what))


def _list(asked: NgsiRequest, kind: str, member: str, iris: list[str]) -> dict[str, Any]:
    names = [asked.context.compact(iri) for iri in iris]
    return {"id": f"urn:ngsi-ld:{kind}:{new_id()}", "type": kind, member: names}


urlpatterns = [
    re_path(r"^types/?$", by_method(GET=list_types)),
    re_path(r"^types/(?P<name>.+)$", by_method(GET=show_type)),
    re_path(r"^attributes/?$", by_method(GET=list_attributes)),
    re_path(r"^attributes/(?P<name>.+)$", by_method(GET=show_attribute)),
]
