"""Asking several sources at once: each in a thread, within its time; a dead one is an answer too.

Threads send requests and nothing else: what needs the database is done before and after.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import orjson
from django.db import connection
from django.db.models import F

from spiegelstad.base import outgoing
from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.federation import caching
from spiegelstad.context.federation.sources import RESTS, Source
from spiegelstad.context.models import Registration

MAX_THREADS = 16
LIMIT_BYTES = 32 * 1024 * 1024
PAGE = 1_000
MAX_ENTITIES = 10_000
UNREACHABLE, WRONG = 111, 199
"""Codes of warnings (clause 6.3.17): it could not be reached; it answered with an error."""


class Reason(StrEnum):
    """Why a source gave no answer, for who reads it on a page; `failure` tells the same to machines, in more detail."""

    UNREACHABLE = "unreachable"
    NOT_ALLOWED = "not allowed"
    ERROR = "error"
    UNREADABLE = "unreadable"
    RESTS = "rests"
    NO_CONTEXT = "no context"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a source: `path` comes after its base; an empty header takes away the source's."""

    source: Source
    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call. `status` 0: nothing; `body`: JSON, None when there is none; `failure`: what went wrong.

    `reason`: the kind of failure, of a single request. `is_absent`: all that is wrong is that the source does not have
    what it was asked for. `count`: how many results the source says there are in all; 0 when it does not. `entity_map`:
    where its map of the entities is. `is_kept`: it was asked before, and not now.
    """

    call: Call
    status: int = 0
    body: Any = None
    failure: str = ""
    is_absent: bool = False
    count: int = 0
    entity_map: str = ""
    is_kept: bool = False
    reason: Reason | None = None

    @property
    def source(self) -> Source:
        """Who was asked."""
        return self.call.source

    @property
    def warning(self) -> str:
        """What a reader is told, as a header says it; empty when nothing went wrong."""
        if not self.failure or self.is_absent:
            return ""
        row = self.source.row
        text = self.failure.replace("\\", " ").replace('"', "'").encode("ascii", "replace").decode()
        shown = " ".join(f"{row.uri}: {text}".split())[:300]
        return f'{WRONG if self.status else UNREACHABLE} {row.document.get("contextSourceAlias", "-")} "{shown}"'


def ask(calls: Sequence[Call]) -> list[Answer]:
    """Send these requests at once and return the answers in their order; it never raises for a source."""
    return _together(calls, _exchange)


def ask_pages(calls: Sequence[Call]) -> list[Answer]:
    """Send these queries at once, each with all its pages; the body of an answer is the list of all entities."""
    return _together(calls, _all_pages)


def _together(calls: Sequence[Call], work: Callable[[Call], Answer]) -> list[Answer]:
    if not calls:
        return []
    if not connection.in_atomic_block:
        connection.close()  # who waits for others does not hold a connection of the database
    with ThreadPoolExecutor(max_workers=min(len(calls), MAX_THREADS)) as pool:
        answers = list(pool.map(work, calls))
    _count(answers)
    return answers


def _exchange(call: Call) -> Answer:
    answer, count = _once(call, {}, time.monotonic() + call.source.timeout_s)
    return replace(answer, count=count)


def _all_pages(call: Call) -> Answer:
    ends, found, entity_map = time.monotonic() + call.source.timeout_s, list[Any](), ""
    while True:
        page = {"limit": str(PAGE), "offset": str(len(found)), "count": "true"}
        answer, count = _once(call, page, ends)
        if answer.failure:
            return Answer(call, answer.status, found, answer.failure)
        if not isinstance(answer.body, list):
            return Answer(call, answer.status, found, "it answers with no list of entities")
        found += answer.body
        entity_map = entity_map or answer.entity_map
        if not answer.body or len(found) >= (count or len(found) + (len(answer.body) == PAGE)):
            return Answer(call, answer.status, found, entity_map=entity_map, is_kept=answer.is_kept)
        if len(found) >= MAX_ENTITIES:
            return Answer(call, answer.status, found, f"it has more than {MAX_ENTITIES} entities")


def _once(call: Call, more: dict[str, str], ends: float) -> tuple[Answer, int]:
    """Return the answer to one request, and the count of results that it tells (0: it does not)."""
    source = call.source
    if source.fault:
        return Answer(call, failure=source.fault, reason=_why_not(source)), 0
    params = {**call.params, **source.params, **more}
    url = f"{source.base}/{call.path}" + (f"?{urlencode(params)}" if params else "")
    headers = {name: value for name, value in {**source.headers, **call.headers}.items() if value}
    left_s = max(ends - time.monotonic(), 0.001)
    known = caching.kept(source.row, url, headers) if call.method == "GET" else None
    try:
        got = known or outgoing.request(call.method, url, headers, call.body, timeout_s=left_s, limit_bytes=LIMIT_BYTES)
        body = orjson.loads(got.body) if got.body else None
    except orjson.JSONDecodeError:
        failure = f"it answered {got.status} with what is no JSON"
        return Answer(call, got.status, failure=failure, reason=Reason.UNREADABLE), 0
    except SpiegelstadError as error:
        barred = isinstance(error, outgoing.HostNotAllowed | outgoing.UnusableAddress)
        reason = Reason.NOT_ALLOWED if barred else Reason.UNREACHABLE
        return Answer(call, failure=f"{error.title}: {error.detail}", reason=reason), 0
    failure = "" if 200 <= got.status < 300 else f"it answered {got.status}"
    is_absent = got.status == 404 and isinstance(body, dict) and not str(body.get("type")).endswith("Tenant")
    if call.method != "GET":
        caching.forget(source.row)
    elif known is None:
        caching.keep(source.row, url, headers, got)
    count, entity_map = got.headers.get("ngsild-results-count", ""), got.headers.get("ngsild-entitymap", "")
    told = Answer(
        call,
        got.status,
        body,
        failure,
        is_absent,
        entity_map=entity_map,
        is_kept=known is not None,
        reason=Reason.ERROR if failure else None,
    )
    return told, int(count) if count.isascii() and count.isdigit() else 0


def _why_not(source: Source) -> Reason:
    return Reason.RESTS if source.fault == RESTS else Reason.NO_CONTEXT


def _count(answers: Sequence[Answer]) -> None:
    """Count for each registration what went well and what did not (table 5.2.9-2)."""
    asked = [one for one in answers if not one.source.fault and not one.is_kept]
    failed = {one.source.row.pk for one in asked if one.warning}
    worked = {one.source.row.pk for one in asked} - failed
    moment = now()
    if worked:
        Registration.objects.filter(pk__in=worked).update(times_sent=F("times_sent") + 1, last_success_at=moment)
    if failed:
        Registration.objects.filter(pk__in=failed).update(
            times_sent=F("times_sent") + 1, times_failed=F("times_failed") + 1, last_failure_at=moment
        )
