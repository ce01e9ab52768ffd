"""Context source registrations as answers show them (clause 5.2.9, tables 5.2.9-1 and 5.2.9-2)."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime
from typing import Any, Final

from spiegelstad.context.models import Registration
from spiegelstad.context.rules.documents import shown_time, time_text
from spiegelstad.context.rules.registrations import renamed
from spiegelstad.context.rules.terms import Context

WELL_KNOWN: Final = frozenset({"accept", "contentType", "jsonldContext", "ngsildConformance"})
"""What contextSourceInfo says of how to speak to a source (clause 4.3.6.6); the rest are headers, or secrets."""


def shown_registration(row: Registration, context: Context, *, sys_attrs: bool) -> dict[str, Any]:
    """Return a registration with its status and counters; its names are those of `context`."""
    shown = renamed(row.document, context.compact, context.compact)
    if row.times_sent:
        shown |= {"status": "failed" if _failed_last(row) else "ok", "timesSent": row.times_sent}
    if row.times_failed:
        shown["timesFailed"] = row.times_failed
    for name, moment in (("lastSuccess", row.last_success_at), ("lastFailure", row.last_failure_at)):
        if moment is not None:
            shown[name] = _time(moment)
    if sys_attrs:
        shown |= {"createdAt": _time(row.created_at), "modifiedAt": _time(row.modified_at)}
    return shown


def told_registration(
    row: Registration, document: Mapping[str, Any], context: Context, *, sys_attrs: bool
) -> dict[str, Any]:
    """Return a registration as a notification tells it: `document`, without what may be secret in contextSourceInfo."""
    told = copy(row)
    told.document = document
    shown = shown_registration(told, context, sys_attrs=sys_attrs)
    if "contextSourceInfo" in shown:
        shown["contextSourceInfo"] = [one for one in shown["contextSourceInfo"] if one["key"] in WELL_KNOWN]
    return {name: value for name, value in shown.items() if value != []}


def _failed_last(row: Registration) -> bool:
    return row.last_failure_at is not None and (
        row.last_success_at is None or row.last_failure_at > row.last_success_at
    )


def _time(moment: datetime) -> str:
    return shown_time(time_text(moment))
