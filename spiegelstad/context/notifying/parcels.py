"""What goes over the wire: one waiting notification, or several of different entities when the receiver is behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from spiegelstad.context.http_api.media import GEO_JSON, JSON, LD_JSON, link_to
from spiegelstad.context.rules.delivery import BEHIND, LIMIT_PARCEL
from spiegelstad.context.rules.documents import shown_time, time_text

DEFAULT_TIMEOUT_S = 5.0
LONGEST_TIMEOUT_S = 30.0
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-type", "upgrade", "te"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that waits. `data`: a JSON array as text; `trigger`: empty, but for registrations."""

    id: int
    uri: str
    entities: Sequence[str]
    data: str
    made_at: datetime
    attempts: int
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where the notifications of a subscription go, and how."""

    subscription: str
    tenant: str
    address: str
    accept: str
    context: Any
    context_url: str
    timeout_s: float
    cooldown_s: float
    throttling: timedelta
    receiver_info: Sequence[tuple[str, str]]
    notifier_info: Mapping[str, str]


def receiver_of(row: Mapping[str, Any]) -> Receiver:
    """Read the receiver out of the row of a subscription (`lane` in sql/subscriptions.sql)."""
    document, context = row["document"], row["context"]
    endpoint = document["notification"]["endpoint"]
    named = document.get("jsonldContext")
    source = context["source"]
    return Receiver(
        subscription=row["uri"],
        tenant=row["tenant_id"] if row["tenant_named"] else "",
        address=endpoint["uri"],
        accept=endpoint.get("accept", JSON),
        context=named or (source[0] if len(source) == 1 else source),
        context_url=named or context["url"],
        timeout_s=min(endpoint.get("timeout", DEFAULT_TIMEOUT_S * 1000) / 1000, LONGEST_TIMEOUT_S),
        cooldown_s=endpoint.get("cooldown", 0) / 1000,
        throttling=timedelta(seconds=document.get("throttling", 0)),
        receiver_info=[(pair["key"], pair["value"]) for pair in endpoint.get("receiverInfo", ())],
        notifier_info={pair["key"]: pair["value"] for pair in endpoint.get("notifierInfo", ())},
    )


def parcel(waiting: Sequence[Waiting], *, throttled: bool) -> list[Waiting]:
    """Return the rows that go together next, the oldest first.

    Just the first, unless its receiver is behind: then as many as tell of different entities, which keeps the order of
    each. What was held back by throttling goes all at once. A row that was refused before goes alone: it may be the
    one that its receiver cannot take.
    """
    if waiting[0].attempts or (len(waiting) < BEHIND and not throttled):
        return [waiting[0]]
    chosen: list[Waiting] = []
    entities: set[str] = set()
    for one in waiting:
        if one.attempts or (chosen and (one.trigger != waiting[0].trigger or _is_full(entities, one))):
            break
        chosen.append(one)
        entities.update(one.entities)
    return chosen


def _is_full(entities: set[str], one: Waiting) -> bool:
    return bool(entities & set(one.entities)) or len(entities) > LIMIT_PARCEL


def body_of(receiver: Receiver, rows: Sequence[Waiting], *, with_context: bool) -> bytes:
    """Return the notification as JSON (clauses 5.3.1 and 5.3.2). The data is text already and is not read again.

    Its id stays the same however often it is sent, so that a receiver can tell a repetition; several rows together
    have an id of their own.
    """
    uri = (
        rows[0].uri
        if len(rows) == 1
        else f"urn:ngsi-ld:Notification:{uuid5(NAMESPACE_URL, ''.join(r.uri for r in rows))}"
    )
    head: dict[str, Any] = {
        "id": uri,
        "type": "ContextSourceNotification" if rows[0].trigger else "Notification",
        "subscriptionId": receiver.subscription,
        "notifiedAt": shown_time(time_text(rows[-1].made_at)),
    }
    if rows[0].trigger:
        head["triggerReason"] = rows[0].trigger
    if with_context:
        head["@context"] = receiver.context
    items = ",".join(row.data[1:-1] for row in rows if len(row.data) > 2)
    data = f"[{items}]".encode()
    if receiver.accept == GEO_JSON:
        collection = {"type": "FeatureCollection", **({"@context": receiver.context} if with_context else {})}
        data = orjson.dumps(collection)[:-1] + b',"features":' + data + b"}"
    return orjson.dumps(head)[:-1] + b',"data":' + data + b"}"


def wants_context_in_body(receiver: Receiver) -> bool:
    """Say whether the @context goes in the body: for JSON-LD, and for GeoJSON unless `Prefer: body=json`."""
    if receiver.accept == GEO_JSON:
        prefers = " ".join(value for key, value in receiver.receiver_info if key.lower() == "prefer")
        return "body=json" not in prefers.replace(" ", "")
    return receiver.accept == LD_JSON


def headers_of(receiver: Receiver) -> dict[str, str]:
    """Return the headers of an HTTP notification; what receiverInfo says cannot take the place of our own."""
    headers = {
        key: value
        for key, value in receiver.receiver_info
        if key.lower() not in _OURS and not any(sign in key + value for sign in "\r\n\0")
    }
    headers["Content-Type"] = receiver.accept
    if receiver.tenant:
        headers["NGSILD-Tenant"] = receiver.tenant
    if not wants_context_in_body(receiver):
        headers["Link"] = link_to(receiver.context_url)
    return headers


def mqtt_message(receiver: Receiver, rows: Sequence[Waiting]) -> bytes:
    """Return what an MQTT message holds: headers as `metadata`, the notification as `body` (clause 7.2)."""
    in_body = wants_context_in_body(receiver)
    metadata = {"Content-Type": receiver.accept, **dict(receiver.receiver_info)}
    if receiver.tenant:
        metadata["NGSILD-Tenant"] = receiver.tenant
    if not in_body:
        metadata["Link"] = link_to(receiver.context_url)
    body = body_of(receiver, rows, with_context=in_body)
    return b'{"metadata":' + orjson.dumps(metadata) + b',"body":' + body + b"}"
