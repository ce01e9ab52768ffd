"""Context source registrations as answers show them (clause 5.2.9, tables 5.2.9-1 and 5.2.9-2)."""

from datetime import datetime
from typing import Any

from spiegelstad.context.models import Registration
from spiegelstad.context.rules.documents import shown_time, time_text
from spiegelstad.context.rules.registrations import renamed
from spiegelstad.context.rules.terms import Context


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


def _failed_last(row: Registration) -> bool:
    return row.last_failure_at is not None and (
        row.last_success_at is None or row.last_failure_at > row.last_success_at
    )


def _time(moment: datetime) -> str:
    return shown_time(time_text(moment))
