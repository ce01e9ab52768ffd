"""Subscriptions as answers show them (clause 5.2.12, tables 5.2.12-2 and 5.2.14.2-1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from spiegelstad.base.clock import now
from spiegelstad.context.models import Subscription
from spiegelstad.context.rules.documents import shown_time, time_text
from spiegelstad.context.rules.subscriptions import status_of
from spiegelstad.context.rules.terms import Context


def shown_subscription(row: Subscription, made_in: Context, context: Context, *, sys_attrs: bool) -> dict[str, Any]:
    """Return a subscription with its status and counters, its names those of `context`; `made_in`: its own."""
    shown = dict(row.document) if made_in is context else renamed(row.document, made_in, context)
    shown["status"] = status_of(is_active=row.is_active, expires_at=row.expires_at, now=now())
    shown["notification"] = {**shown["notification"], **_counters(row)}
    if sys_attrs:
        shown |= {"createdAt": _time(row.created_at), "modifiedAt": _time(row.modified_at)}
    return shown


def _counters(row: Subscription) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if row.times_sent:
        found["timesSent"] = row.times_sent
        found["status"] = "failed" if row.failures else "ok"
    if row.times_failed:
        found["timesFailed"] = row.times_failed
    times = {
        "lastNotification": row.last_notification_at,
        "lastSuccess": row.last_success_at,
        "lastFailure": row.last_failure_at,
    }
    return found | {name: _time(moment) for name, moment in times.items() if moment is not None}


def _time(moment: datetime) -> str:
    return shown_time(time_text(moment))


def renamed(document: Mapping[str, Any], made_in: Context, context: Context) -> dict[str, Any]:
    """Return the document with names of types and attributes in another @context; expressions stay as written."""

    def name(term: str) -> str:
        return context.compact(made_in.expand(term))

    shown = dict(document)
    if "watchedAttributes" in shown:
        shown["watchedAttributes"] = [name(one) for one in shown["watchedAttributes"]]
    if "entities" in shown:
        shown["entities"] = [
            {**one, "type": name(one["type"])} if _is_one_type(one["type"]) else one for one in shown["entities"]
        ]
    notification = shown["notification"]
    if "attributes" in notification:
        notification = {**notification, "attributes": [name(one) for one in notification["attributes"]]}
    if "geoproperty" in shown.get("geoQ", {}):
        shown["geoQ"] = {**shown["geoQ"], "geoproperty": name(shown["geoQ"]["geoproperty"])}
    return shown | {"notification": notification}


def _is_one_type(selection: str) -> bool:
    return selection != "*" and not any(sign in selection for sign in "|,;()")
