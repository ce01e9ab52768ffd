"""What a context source registration may say (clauses 5.2.9 to 5.2.11 and 5.2.34), and updates of one (5.9.3). Pure.

Documents here are as they are stored: members of the standard under their names; types, attributes and the names of
other members expanded.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules import lexical, members
from spiegelstad.context.rules.documents import NULL
from spiegelstad.context.rules.geojson import geometry
from spiegelstad.context.rules.patterns import pattern
from spiegelstad.context.rules.source_operations import GROUPS, NAMES, OF_AUXILIARY
from spiegelstad.context.rules.temporal import duration
from spiegelstad.context.rules.terms import Context

TYPE = "ContextSourceRegistration"
MODES = ("inclusive", "exclusive", "redirect", "auxiliary")
PROXIED = frozenset({"exclusive", "redirect"})
READ_ONLY = frozenset(
    ["createdAt", "modifiedAt", "deletedAt", "status", "timesSent", "timesFailed", "lastSuccess", "lastFailure"]
)
GEO_MEMBERS = ("location", "observationSpace", "operationSpace")
INTERVALS = ("observationInterval", "managementInterval")
MEDIA_TYPES = ("application/json", "application/ld+json")
_VERSION = re.compile(r"\d+\.\d+", re.ASCII)


def read_registration(given: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return a whole registration as it is stored; BadRequestData when it breaks a rule."""
    return _checked(_expanded(given, context))


def updated(document: Mapping[str, Any], fragment: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return a registration after an update: what is given replaces what was, null takes it away (clause 5.5.8)."""
    fragment = _expanded(fragment, context)
    if fragment.get("id", document["id"]) != document["id"]:
        raise BadRequestData("The id of a registration cannot change.")
    merged = {**document, **fragment}
    return _checked({name: value for name, value in merged.items() if value is not None and value != NULL})


def attributes_of(info: Mapping[str, Any]) -> frozenset[str]:
    """Return the attributes (IRIs) that one part of the information names."""
    return frozenset([*info.get("propertyNames", ()), *info.get("relationshipNames", ())])


def renamed(document: Mapping[str, Any], name: Any, other: Any) -> dict[str, Any]:
    """Return a registration with its types and attributes put through `name`, other members through `other`."""
    shown = {key if key in _MEMBERS else other(key): value for key, value in document.items()}
    if isinstance(shown.get("information"), list):
        shown["information"] = [_renamed_info(info, name) for info in shown["information"]]
    return shown


def _renamed_info(info: Any, name: Any) -> Any:
    if not isinstance(info, dict):
        return info
    shown = dict(info)
    for key in ("propertyNames", "relationshipNames"):
        if isinstance(shown.get(key), list):
            shown[key] = [name(one) for one in shown[key]]
    if isinstance(shown.get("entities"), list):
        shown["entities"] = [_renamed_entity(one, name) for one in shown["entities"]]
    return shown


def _renamed_entity(entity: Any, name: Any) -> Any:
    if not isinstance(entity, dict) or "type" not in entity:
        return entity
    given = entity["type"]
    return {**entity, "type": [name(one) for one in given] if isinstance(given, list) else name(given)}


def _expanded(given: Mapping[str, Any], context: Context) -> dict[str, Any]:
    own = {name: value for name, value in given.items() if name not in READ_ONLY}
    return renamed(
        own,
        lambda term: context.expand(lexical.name(term, "a name in the information")),
        lambda term: context.expand(lexical.name(term, "the name of a member")),
    )


def _checked(document: dict[str, Any]) -> dict[str, Any]:
    if document.get("type") != TYPE:
        raise members.wrong("type", f"it is {TYPE}")
    for name, value in document.items():
        if name in _MEMBERS:
            _MEMBERS[name](value, name)
        elif not _is_plain(value):
            raise members.wrong(name, "it is a Property, or a value")
    for required in ("endpoint", "information"):
        if required not in document:
            raise BadRequestData(f"A registration has {required}.")
    _check_mode(document)
    return document


def _check_mode(document: Mapping[str, Any]) -> None:
    mode, operations = document.get("mode", "inclusive"), document.get("operations", [])
    if mode == "auxiliary" and not OF_AUXILIARY.issuperset(operations):
        raise members.wrong("operations", f"an auxiliary source has {', '.join(sorted(OF_AUXILIARY))} only")
    if mode == "exclusive":
        for info in document["information"]:
            entities = info.get("entities", [])
            if not entities or any("id" not in one or "idPattern" in one for one in entities):
                raise members.wrong("information", "an exclusive source says of which entities, each by its id")
            if not attributes_of(info):
                raise members.wrong("information", "an exclusive source says of which attributes")


def _is_plain(value: Any) -> bool:
    return value is not None and value != NULL


def _endpoint(value: Any, what: str) -> None:
    lexical.uri(value, what)
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise members.wrong(what, "it is an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise members.wrong(what, "it is an address that begins with http or https")
    members.without_name(parts, what)


def _source_info(value: Any, what: str) -> None:
    members.pairs(value, what)
    for pair in value:
        key, given = pair["key"], pair["value"]
        if key in ("accept", "contentType") and given not in MEDIA_TYPES:
            raise members.wrong(key, f"it is one of {', '.join(MEDIA_TYPES)}")
        if key == "jsonldContext" and given != FROM_REQUEST:
            lexical.uri(given, key)
        if key == "ngsildConformance" and given != FROM_REQUEST and not _VERSION.fullmatch(given):
            raise members.wrong(key, "it is a version such as 1.8")
        if not key.isascii() or any(sign in key for sign in ' :\r\n\t"') or not _is_header_value(given):
            raise members.wrong(what, "keys and values can stand in the header of a request")


def _is_header_value(given: str) -> bool:
    return given.isascii() and given.isprintable()


FROM_REQUEST = "urn:ngsi-ld:request"
"""The value that is to be taken from the request that is passed on (clause 4.3.6.5)."""


def _types(value: Any, what: str) -> None:
    members.text_or_list(value, what)


def _pattern(value: Any, what: str) -> None:
    members.text(value, what)
    pattern(value)


def _geometry(value: Any, what: str) -> None:
    geometry(value, what)


def _scope(value: Any, what: str) -> None:
    lexical.scopes(value)


def _duration(value: Any, what: str) -> None:
    try:
        found = duration(value)
    except BadRequestData:
        found = None
    if not found:
        raise members.wrong(what, "it is a duration such as PT1H")


def _information(value: Any, what: str) -> None:
    members.object_of(_INFORMATION)(value, what)
    if not value:
        raise members.wrong(what, "each part of it names entities, propertyNames or relationshipNames")


def _interval(value: Any, what: str) -> None:
    members.object_of({"startAt": members.time, "endAt": members.time}, "startAt")(value, what)
    start, end = _bounds(value)
    if end and end < start:
        raise members.wrong(what, "it ends after its start")


def _bounds(interval: Mapping[str, Any]) -> Iterator[str]:
    yield lexical.time(interval["startAt"], "startAt")
    yield lexical.time(interval["endAt"], "endAt") if "endAt" in interval else ""


def bounds_of(interval: Mapping[str, Any]) -> tuple[str, str]:
    """Return the start and the end of a time interval as stored times; an empty end is open."""
    start, end = _bounds(interval)
    return start, end


_ENTITY: dict[str, members.Check] = {"id": members.uri, "idPattern": _pattern, "type": _types}
_INFORMATION: dict[str, members.Check] = {
    "entities": members.list_of(members.object_of(_ENTITY, "type")),
    "propertyNames": members.list_of(members.text),
    "relationshipNames": members.list_of(members.text),
}
_MANAGEMENT: dict[str, members.Check] = {
    "localOnly": members.boolean,
    "cacheDuration": _duration,
    "timeout": members.above_zero,
    "cooldown": members.above_zero,
}
_MEMBERS: dict[str, members.Check] = {
    "id": members.uri,
    "type": members.one_of(TYPE),
    "registrationName": members.text,
    "description": members.text,
    "information": members.list_of(_information),
    "tenant": members.text,
    "contextSourceAlias": members.text,
    "datasetId": members.list_of(members.dataset),
    **dict.fromkeys(INTERVALS, _interval),
    **dict.fromkeys(GEO_MEMBERS, _geometry),
    "expiresAt": members.time,
    "endpoint": _endpoint,
    "contextSourceInfo": _source_info,
    "scope": _scope,
    "mode": members.one_of(*MODES),
    "operations": members.list_of(members.one_of(*sorted(NAMES | GROUPS.keys()))),
    "refreshRate": _duration,
    "management": members.object_of(_MANAGEMENT),
}
