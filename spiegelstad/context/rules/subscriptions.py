"""What a subscription may say (clauses 5.2.12 to 5.2.15), and what an update makes of it (clause 5.8.2). Pure.

Documents here are as clients wrote them, without what only the system may say. What is written in a language of the
standard (q, geoQ, types, projections) is read in `notifying/rule.py`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.rules import lexical, members
from spiegelstad.context.rules.documents import NULL, time_of

TRIGGERS = frozenset(
    {"entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted"}
)
ACCEPTED = ("application/json", "application/ld+json", "application/geo+json")
FORMATS = ("normalized", "concise", "keyValues", "simplified")
SCHEMES = ("http", "https", "mqtt", "mqtts")
PROTOCOL = {"MQTT-QoS": ("0", "1", "2"), "MQTT-Version": ("mqtt3.1.1", "mqtt5.0")}
READ_ONLY = frozenset({"status", "createdAt", "modifiedAt", "deletedAt"})
READ_ONLY_OF_NOTIFICATION = frozenset(
    {"status", "timesSent", "timesFailed", "lastNotification", "lastFailure", "lastSuccess"}
)


def checked(given: Mapping[str, Any], *, of_registrations: bool = False) -> dict[str, Any]:
    """Return a whole subscription without what the system says; BadRequestData when it breaks a rule.

    `of_registrations`: it is to context source registrations, and may have a temporal query.
    """
    document = _without_read_only(given)
    if document.get("type") != "Subscription":
        raise members.wrong("type", "it is Subscription")
    known = {**_MEMBERS, "temporalQ": members.object_of(_TEMPORAL_QUERY)} if of_registrations else _MEMBERS
    members.check_members(document, known, "a subscription")
    if "notification" not in document:
        raise BadRequestData("A subscription has a notification.", remedy="Say in it to which endpoint it goes.")
    _check_together(document)
    return document


def updated(
    document: Mapping[str, Any], fragment: Mapping[str, Any], *, of_registrations: bool = False
) -> dict[str, Any]:
    """Return the subscription after an update: what is given replaces what was, null takes it away (clause 5.5.8)."""
    fragment = _without_read_only(fragment)
    if fragment.get("id", document["id"]) != document["id"]:
        raise BadRequestData("The id of a subscription cannot change.")
    return checked(_merged(document, fragment), of_registrations=of_registrations)


def _merged(present: Mapping[str, Any], fragment: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(present)
    for name, value in fragment.items():
        if value is None or value == NULL:
            merged.pop(name, None)
        elif name in ("notification", "endpoint") and isinstance(value, dict):
            merged[name] = _merged(present.get(name, {}), value)
        else:
            merged[name] = value
    return merged


def status_of(*, is_active: bool, expires_at: datetime | None, now: datetime) -> str:
    """Return `active`, `paused` or `expired`."""
    if expires_at is not None and expires_at <= now:
        return "expired"
    return "active" if is_active else "paused"


def expiry(document: Mapping[str, Any]) -> datetime | None:
    """Return when a subscription ends."""
    given = document.get("expiresAt")
    return time_of(lexical.time(given, "expiresAt")) if given is not None else None


def check_expiry(document: Mapping[str, Any], now: datetime) -> None:
    """Raise BadRequestData when a subscription is given an end that lies in the past."""
    ends = expiry(document)
    if ends is not None and ends <= now:
        raise BadRequestData(f"expiresAt lies in the past: {document['expiresAt']}.")


def _without_read_only(given: Mapping[str, Any]) -> dict[str, Any]:
    document = {name: value for name, value in given.items() if name not in READ_ONLY}
    if isinstance(notification := document.get("notification"), dict):
        document["notification"] = {
            name: value for name, value in notification.items() if name not in READ_ONLY_OF_NOTIFICATION
        }
    return document


def _check_together(document: Mapping[str, Any]) -> None:
    if "timeInterval" in document:
        for other in ("watchedAttributes", "throttling"):
            if other in document:
                raise BadRequestData(f"timeInterval and {other} don't go together.")
    is_local = document.get("localOnly") is True
    if "entities" not in document and not is_local and ("timeInterval" in document or _watches_nothing(document)):
        raise BadRequestData("A subscription names entities or watchedAttributes.", remedy="Or say localOnly: true.")
    notification = document["notification"]
    _check_protocol(notification["endpoint"].get("notifierInfo", ()))
    if notification.get("showChanges") and notification.get("format") in ("keyValues", "simplified"):
        raise BadRequestData("showChanges and simplified entities don't go together.")


def _check_protocol(notifier_info: Sequence[Mapping[str, str]]) -> None:
    """Check what table 7.2-1 allows; other keys are for other notifiers."""
    for pair in notifier_info:
        allowed = PROTOCOL.get(pair["key"])
        if allowed is not None and pair["value"] not in allowed:
            raise members.wrong(pair["key"], f"it is one of {', '.join(allowed)}")


def _watches_nothing(document: Mapping[str, Any]) -> bool:
    return "watchedAttributes" not in document


def _whole_number(value: Any, what: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= 10:
        raise members.wrong(what, "it is a whole number from 1 to 10")


def _is(value: Any, what: str) -> None:
    if value != "Subscription":
        raise members.wrong(what, "it is Subscription")


def _anything(value: Any, what: str) -> None:
    """Coordinates are checked where a geoquery is read."""


def _endpoint(value: Any, what: str) -> None:
    lexical.uri(value, what)
    parts = urlsplit(value)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise members.wrong(what, f"it is an address that begins with one of {', '.join(SCHEMES)}")
    try:
        _ = parts.port
    except ValueError:
        raise members.wrong(what, "its port is a number up to 65535") from None
    if not parts.scheme.startswith("mqtt"):
        members.without_name(parts, what)
    elif len(parts.path) < 2 or "+" in parts.path or "#" in value:
        raise members.wrong(what, "after the host comes the topic, without + and #")


_ENDPOINT: dict[str, members.Check] = {
    "uri": _endpoint,
    "accept": members.one_of(*ACCEPTED),
    "timeout": members.above_zero,
    "cooldown": members.above_zero,
    "receiverInfo": members.pairs,
    "notifierInfo": members.pairs,
}
_NOTIFICATION: dict[str, members.Check] = {
    "attributes": members.list_of(members.text),
    "sysAttrs": members.boolean,
    "format": members.one_of(*FORMATS),
    "pick": members.text_or_list,
    "omit": members.text_or_list,
    "showChanges": members.boolean,
    "join": members.one_of("flat", "inline", "@none"),
    "joinLevel": _whole_number,
    "endpoint": members.object_of(_ENDPOINT, "uri"),
}
_SELECTOR: dict[str, members.Check] = {"id": members.uri_or_list, "idPattern": members.text, "type": members.text}
_GEO_QUERY: dict[str, members.Check] = {
    "geometry": members.text,
    "coordinates": _anything,
    "georel": members.text,
    "geoproperty": members.text,
}
_TEMPORAL_QUERY: dict[str, members.Check] = dict.fromkeys(
    ("timerel", "timeAt", "endTimeAt", "timeproperty"), members.text
)
_MEMBERS: dict[str, members.Check] = {
    "id": members.uri,
    "type": _is,
    "subscriptionName": members.any_text,
    "description": members.any_text,
    "entities": members.list_of(members.object_of(_SELECTOR, "type")),
    "watchedAttributes": members.list_of(members.text),
    "notificationTrigger": members.list_of(members.one_of(*sorted(TRIGGERS))),
    "timeInterval": members.above_zero,
    "q": members.text,
    "geoQ": members.object_of(_GEO_QUERY, "geometry", "coordinates", "georel"),
    "csf": members.text,
    "scopeQ": members.text,
    "lang": members.text,
    "isActive": members.boolean,
    "notification": members.object_of(_NOTIFICATION, "endpoint"),
    "expiresAt": members.time,
    "throttling": members.above_zero,
    "jsonldContext": members.uri,
    "datasetId": members.list_of(members.dataset),
    "localOnly": members.boolean,
    "splitEntities": members.boolean,
    "expandValues": members.text,
    "jsonKeys": members.text,
}
