# ruff: noqa: S608  SQL of fixed parts, in which every name is quoted and every value bound
"""How members leave a stream: what is closed, what was deleted, and what retention takes.

A page is never changed under its address. What stays of a branch comes on new pages with new numbers; the addresses of
the old ones lead to the branch (`queries/nodes.py`).
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from spiegelstad.base import sql
from spiegelstad.ldes import models
from spiegelstad.ldes.actions.appending import finish_pages, locked, write_pages
from spiegelstad.ldes.rules.paging import paged_again
from spiegelstad.ldes.rules.tiles import is_place
from spiegelstad.ldes.vocabulary import Kind

_HERE = Path(__file__).parent
_THINNED = sql.load(_HERE, "thinned_branches")
_SURVIVORS = sql.load(_HERE, "members_of_branch")
IS_SUPERSEDED = (
    "EXISTS (SELECT FROM ldes_member later WHERE later.tenant_id = member.tenant_id"
    " AND later.stream_id = member.stream_id AND md5(later.object) = md5(member.object)"
    " AND later.sequence > member.sequence)"
)
"""SQL: something later was told of the same thing."""


def remove(stream: models.Stream, condition: str, params: Mapping[str, Any]) -> int:
    """Remove the members for which an SQL condition on `member` holds, in the caller's transaction; return how many.

    The stream is locked.
    """
    named = {**params, "tenant": stream.tenant_id, "stream": stream.id}
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM ldes_member member WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND ({condition})",
            named,
        )
        removed: int = cursor.rowcount
    if removed:
        for branch, first, last, is_open in sql.rows(_THINNED, named):
            _page_again(stream, branch, first, last, is_open=is_open)
        finish_pages(stream)
        stream.revision += 1
        stream.save()
    return removed


def _page_again(stream: models.Stream, branch: str, first: int, last: int, *, is_open: bool) -> None:
    params = {
        "tenant": stream.tenant_id, "stream": stream.id, "first": first, "last": last,
        "tile": branch if is_place(branch) else None,
    }  # fmt: skip
    pages = paged_again(branch, stream.last_page, sql.rows(_SURVIVORS, params), is_open=is_open)
    models.Page.objects.filter(tenant_id=stream.tenant_id, stream_id=stream.id, branch=branch).delete()
    write_pages(stream, pages)
    stream.last_page += len(pages)


def compact(tenant_id: str, kind: Kind, name: str, *, before: datetime) -> int:
    """Apply retention: of what was issued earlier, keep only the latest member of each thing that is there."""
    with transaction.atomic():
        stream = locked(tenant_id, kind, name)
        if stream is None:
            return 0
        return remove(stream, f"issued_at < %(before)s AND (gone OR {IS_SUPERSEDED})", {"before": before})


def remove_stream(tenant_id: str, kind: Kind, name: str) -> None:
    """Remove a stream with all that is in it."""
    with transaction.atomic():
        stream = locked(tenant_id, kind, name)
        if stream is not None:
            for model in (models.Member, models.Page):
                model.objects.filter(tenant_id=tenant_id, stream_id=stream.id).delete()
            stream.delete()
