"""The sources of a city as its page shows them: who they are, whether they answer now, and what all hold together.

Each is asked once, for the first entities of the types it is registered for and their number, within seconds. Policy:
names, types and whether a source answers are open; the rest of a registration is for those who may register. What is
in `contextSourceInfo` is shown to nobody here, and nothing of the reader's request is passed on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.http import HttpRequest, QueryDict

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.base.clock import now
from spiegelstad.context.federation.asking import Answer, Call, Reason, ask
from spiegelstad.context.federation.retrieving import types_text
from spiegelstad.context.federation.sources import RESTS, Source, sources_for
from spiegelstad.context.federation.versions import Version, combined, moment_now, versions_of
from spiegelstad.context.http_api.media import JSON
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.models import Registration
from spiegelstad.context.queries.entities import Page, find
from spiegelstad.context.queries.registrations import sources
from spiegelstad.context.rules.documents import Document
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.event_acts import REGISTER
from spiegelstad.context.rules.matching import Part, Wanted
from spiegelstad.context.rules.policy import closed_attributes
from spiegelstad.context.rules.terms import CORE
from spiegelstad.context.rules.types import TypeExpr
from spiegelstad.governance.public import Thing, may

SHOWN = 100
TIMEOUT_S = 4.0
MAX_CALLS = 32
REST = timedelta(seconds=5)


class Standing(StrEnum):
    """How a source did just now."""

    ANSWERS = "answers"
    FAILS = "fails"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Details:
    """What those who may register see too (clause 5.2.9).

    `reason`: what went wrong just now; `status`: what it answered then, 0 when it did not.
    """

    uri: str
    endpoint: str
    operations: tuple[str, ...]
    reason: Reason | None
    status: int
    times_sent: int
    times_failed: int
    last_success_at: datetime | None
    last_failure_at: datetime | None


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as anyone may see it: `types` by short name, `count` of its entities of these types."""

    name: str
    mode: str
    types: tuple[str, ...]
    standing: Standing
    count: int
    details: Details | None


@dataclass(frozen=True, slots=True)
class HeldEntity:
    """An entity put together of all that hold some of it: names of sources, and an empty one for this city."""

    document: Document
    held_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """All sources, and the first entities of each in the order of ids. `own_count`: those kept here, of these types."""

    sources: list[SourceState]
    entities: list[HeldEntity]
    own_count: int
    is_whole: bool


def overview(actor: Actor) -> Overview:
    """Ask the sources of the actor's city, all at once, and return what a page shows of them."""
    city = tenant(actor.tenant_id)
    closed = closed_attributes(actor, city.settings)
    rows = sources(actor.tenant_id)
    if not rows:
        return Overview([], [], 0, True)
    asked = NgsiRequest(HttpRequest(), actor, city, CORE, QueryDict(), None, "", JSON)
    known = [one for one in sources_for(asked, [Wanted()]) if one.offers("queryEntity")]
    answers = ask([_call(one, part) for one in known for part in one.parts if part.types][:MAX_CALLS])
    own = _own(actor, _types(known), closed)
    versions = [one for answer in answers for one in versions_of(asked, answer, closed)[0]]
    details = may(actor, REGISTER, Thing("registration", "", actor.tenant_id)).allowed
    return Overview(
        [_state(row, [one for one in answers if one.source.row.pk == row.pk], closed, details) for row in rows],
        _together(own.documents, versions),
        own.count or 0,
        not own.more and all(one.count <= SHOWN for one in answers),
    )


def name_of(row: Registration) -> str:
    """Return the name of a source that everyone may see; its id when it has none."""
    name: str = row.document.get("registrationName") or row.uri
    return name


def _call(source: Source, part: Part) -> Call:
    params = {
        "type": types_text(source, part.types or ()),
        "options": "sysAttrs",
        "limit": str(SHOWN),
        "count": "true",
    }
    if part.ids:
        params["id"] = ",".join(part.ids)
    elif part.id_pattern is not None:
        params["idPattern"] = part.id_pattern.given
    if part.registered:
        params["attrs"] = ",".join(sorted(source.context.compact(iri) for iri in part.registered))
    asked = replace(source, timeout_s=min(source.timeout_s, TIMEOUT_S), fault=source.fault or _fault(source.row))
    return Call(asked, "GET", "entities", params)


def _fault(row: Registration) -> str:
    """Return why a source is not asked: it failed a moment ago, and not all who look shall wait for that again."""
    failed, worked = row.last_failure_at, row.last_success_at
    is_recent = failed is not None and now() - failed < REST and (worked is None or worked < failed)
    return RESTS if is_recent else ""


def _types(known: Sequence[Source]) -> TypeExpr:
    """Return the types that any of these sources is registered for."""
    return tuple(dict.fromkeys(one for source in known for part in source.parts for one in part.types or ()))


def _own(actor: Actor, types: TypeExpr, closed: frozenset[str]) -> Page:
    if not types:
        return Page([], 0)
    return find(actor, EntityQuery((Selector(types=types),), limit=SHOWN, count=True), closed)


def _together(own: Sequence[Document], versions: Sequence[Version]) -> list[HeldEntity]:
    mine = {one.id: one for one in own}
    theirs: dict[str, list[Version]] = {}
    for one in versions:
        theirs.setdefault(one.document.id, []).append(one)
    moment, found = moment_now(), []
    for id_ in sorted(mine.keys() | theirs.keys()):
        several = theirs.get(id_, [])
        document = combined(mine.get(id_), several, moment)
        if document is not None:
            names = [*([""] if id_ in mine else []), *(name_of(one.source.row) for one in several)]
            found.append(HeldEntity(document, tuple(dict.fromkeys(names))))
    return found


def _state(row: Registration, answers: Sequence[Answer], closed: frozenset[str], with_details: bool) -> SourceState:
    failed = next((one for one in answers if one.warning), None)
    asked = Standing.FAILS if failed else Standing.ANSWERS
    count = sum(max(one.count, len(one.body)) for one in answers if not one.failure and isinstance(one.body, list))
    return SourceState(
        name_of(row),
        row.mode,
        tuple(CORE.compact(iri) for iri in _registered_types(row) if iri not in closed),
        asked if answers else Standing.NOT_ASKED,
        count,
        _details(row, failed) if with_details else None,
    )


def _registered_types(row: Registration) -> list[str]:
    given = [entity["type"] for info in row.document["information"] for entity in info.get("entities", ())]
    listed = [iri for one in given for iri in (one if isinstance(one, list) else [one])]
    return list(dict.fromkeys(listed))


def _details(row: Registration, failed: Answer | None) -> Details:
    return Details(
        row.uri,
        row.document["endpoint"],
        tuple(row.document.get("operations", ())),
        failed.reason if failed else None,
        failed.status if failed else 0,
        row.times_sent,
        row.times_failed,
        row.last_success_at,
        row.last_failure_at,
    )
