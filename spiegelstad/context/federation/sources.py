"""The context sources of a city, as a request can use them: addresses, headers, time-outs (clauses 4.3.6.4 to 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.actions.contexts import load_context
from spiegelstad.context.http_api.media import JSON, LD_JSON, link_to
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.models import Registration
from spiegelstad.context.queries.identity import source_alias
from spiegelstad.context.queries.registrations import sources
from spiegelstad.context.rules.discovery import SourceQuery, answers_for
from spiegelstad.context.rules.matching import Part, Wanted, parts_of
from spiegelstad.context.rules.registrations import FROM_REQUEST
from spiegelstad.context.rules.source_operations import offered
from spiegelstad.context.rules.terms import CORE, Context

TIMEOUT_S, MAX_TIMEOUT_S = 5.0, 30.0
MAX_HOPS = 10
RESTS = "it is left alone for a while after a failure"
_SPECIAL = frozenset({"accept", "contenttype", "jsonldcontext", "ngsildconformance"})
_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "content-type",
        "host",
        "keep-alive",
        "link",
        "ngsild-tenant",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
    }
)


@dataclass(frozen=True, slots=True)
class Source:
    """A registered source. `base`: the address that paths come after; `context`: in what names it is spoken to.

    `passes_names`: that @context is the one of the request, so that its texts can be passed on as they are;
    `sends_json_ld`: its @context stands in the body of what is sent; `fault`: why it is not asked at all; `parts`: what
    of the request falls under the registration.
    """

    row: Registration
    base: str
    headers: Mapping[str, str]
    context: Context
    passes_names: bool
    timeout_s: float
    sends_json_ld: bool = False
    fault: str = ""
    parts: tuple[Part, ...] = ()

    @property
    def mode(self) -> str:
        """How its data go together with ours (clause 4.3.6.2 and 3)."""
        return self.row.mode

    @property
    def params(self) -> dict[str, str]:
        """The parameters of every request to it."""
        return {"local": "true"} if _management(self.row).get("localOnly") else {}

    def offers(self, operation: str) -> bool:
        """Say whether it offers this operation (clause 4.20)."""
        return operation in offered(self.row.document.get("operations"), self.row.mode)


def passed_by(via: str) -> list[str]:
    """Return the sources that a request has passed, as its Via header names them (RFC 9110, 7.6.3)."""
    return [words[1] for part in via.split(",") if len(words := part.split()) > 1]


def is_loop(asked: NgsiRequest) -> bool:
    """Say whether a request comes back to the source that sent it out."""
    return source_alias(asked.tenant_id) in passed_by(asked.http.headers.get("Via", ""))


class Registry:
    """The sources to which a request can be passed on: read once, matched as often as need be.

    It is false where there are none.
    """

    def __init__(self, asked: NgsiRequest) -> None:
        self._asked = asked
        self._moment = now()
        self._rows = _rows(asked)
        self._made: dict[int, Source] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    @staticmethod
    def source_of(asked: NgsiRequest, row: Registration) -> Source:
        """Return one source, whatever a request is about."""
        return _source(asked, row, now())

    def sources(self, wanted: Iterable[Wanted], about: SourceQuery | None = None) -> list[Source]:
        """Return the sources to which a part of what is wanted can be passed on.

        `about`: the place, the scope, the time and the members that the sources have to have.
        """
        found, several = [], list(wanted)
        for row in self._rows:
            parts = tuple(part for one in several for part in parts_of(row.document, one))
            if parts and answers_for(row.document, about or _NOW):
                if row.pk not in self._made:
                    self._made[row.pk] = _source(self._asked, row, self._moment)
                found.append(replace(self._made[row.pk], parts=parts))
        return found


def _rows(asked: NgsiRequest) -> list[Registration]:
    via = passed_by(asked.http.headers.get("Via", ""))
    if not asked.has_sources or asked.flag("local") or len(via) >= MAX_HOPS or source_alias(asked.tenant_id) in via:
        return []
    return [row for row in sources(asked.tenant_id) if row.document.get("contextSourceAlias") not in via]


def sources_for(asked: NgsiRequest, wanted: Iterable[Wanted], about: SourceQuery | None = None) -> list[Source]:
    """Return the sources to which a request, or a part of it, can be passed on; see `Registry`."""
    return Registry(asked).sources(wanted, about)


_NOW = SourceQuery()


def _management(row: Registration) -> dict[str, Any]:
    found: dict[str, Any] = row.document.get("management", {})
    return found


def _source(asked: NgsiRequest, row: Registration, moment: datetime) -> Source:
    info = _info(asked, row)
    fault, context = "", asked.context if asked.context.url.startswith("http") else CORE
    if "jsonldcontext" in info:
        try:
            context = load_context(by=asked.actor, given=info["jsonldcontext"])
        except SpiegelstadError as error:
            fault = error.detail
    if _rests(row, moment):
        fault = RESTS
    return Source(
        row,
        _base(row.document["endpoint"]),
        _headers(asked, row, info, context),
        context,
        context is asked.context,
        min(_management(row).get("timeout", TIMEOUT_S * 1000) / 1000, MAX_TIMEOUT_S),
        info.get("contenttype") == LD_JSON and "jsonldcontext" not in info,
        fault,
    )


def _base(endpoint: str) -> str:
    """Return the root of the interface: an endpoint names the place before it, or the root itself."""
    endpoint = endpoint.rstrip("/")
    return endpoint if endpoint.endswith("/ngsi-ld/v1") else f"{endpoint}/ngsi-ld/v1"


def _info(asked: NgsiRequest, row: Registration) -> dict[str, str]:
    """Return what contextSourceInfo says, by keys in small letters; what a request lacks is left out (4.3.6.5)."""
    found = {}
    for pair in row.document.get("contextSourceInfo", []):
        value = asked.http.headers.get(pair["key"]) if pair["value"] == FROM_REQUEST else pair["value"]
        if value is not None and pair["key"].lower() not in _OURS:
            found[pair["key"].lower()] = value
    return found


def _headers(asked: NgsiRequest, row: Registration, info: Mapping[str, str], context: Context) -> dict[str, str]:
    passed = asked.http.headers.get("Via", "").strip()
    headers = {name: value for name, value in info.items() if name not in _SPECIAL}
    headers["Accept"] = info.get("accept", JSON)
    headers["Via"] = f"{passed}, 1.1 {source_alias(asked.tenant_id)}".removeprefix(", ")
    if "tenant" in row.document:
        headers["NGSILD-Tenant"] = row.document["tenant"]
    if context is not CORE:
        headers["Link"] = link_to(context.url)
    if "ngsildconformance" in info:
        headers["Prefer"] = f"ngsi-ld={info['ngsildconformance']}"
    return headers


def _rests(row: Registration, moment: datetime) -> bool:
    cooldown, failed, worked = _management(row).get("cooldown"), row.last_failure_at, row.last_success_at
    if cooldown is None or failed is None or (worked is not None and worked > failed):
        return False
    return moment < failed + timedelta(milliseconds=min(cooldown, 86_400_000))
