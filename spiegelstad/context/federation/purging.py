"""Purge entities of which sources hold some (clause 5.6.21): each does it among its own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from django.http import HttpResponse

from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.errors import SourceConflict
from spiegelstad.context.federation.asking import Call, ask
from spiegelstad.context.federation.querying import about_of, filters_of
from spiegelstad.context.federation.retrieving import selector_params
from spiegelstad.context.federation.sources import Registry, Source, is_loop
from spiegelstad.context.federation.writing import LoopDetected, SourceFailed, may_take, not_offered, require_write
from spiegelstad.context.http_api.answering import problem_details, respond
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.rules.entity_query import EntityQuery
from spiegelstad.context.rules.matching import Part, wanted_of
from spiegelstad.context.rules.types import ANY_TYPE

_PURGE = "purgeEntity"


def spread_purge(
    asked: NgsiRequest, query: EntityQuery, drop: Collection[str], keep: Collection[str], own: Callable[[], object]
) -> HttpResponse | None:
    """Purge here, by `own`, and at the sources; return the answer when it is done in part, None when it is done."""
    if is_loop(asked):
        raise LoopDetected("This broker passed the request on, and got it back.")
    own_only = any(one.types == ANY_TYPE for one in query.selectors)  # `*` asks for what is here
    found = [] if own_only else Registry(asked).sources(wanted_of(query), about_of(asked, query))
    sources = [one for one in found if may_take(one, _PURGE)]
    if not sources:
        own()
        return None
    require_write(asked, "deleteEntity")
    lists = {"attrs": query.attrs, "drop": drop, "keep": keep}
    filters, calls, errors = filters_of(asked), list[Call](), list[SpiegelstadError]()
    for source in sources:
        if not source.offers(_PURGE):
            errors.append(not_offered(source, _PURGE))
        elif filters and not source.passes_names:
            errors.append(_cannot_filter(source))
        else:
            calls += [_call(source, part, filters, lists) for part in source.parts]
    own()
    errors += [SourceFailed(answer) for answer in ask(calls) if answer.failure and not answer.is_absent]
    if not errors:
        return None
    return respond(asked, {"success": [], "errors": [_error(one) for one in errors]}, status=207)


def _cannot_filter(source: Source) -> SpiegelstadError:
    """Return the error of a source that does not know the names in the filters: without them too much would go."""
    uri = source.row.uri
    return SourceConflict(f"{uri} is spoken to in other names than those of this query.", registrationId=uri)


def _call(source: Source, part: Part, filters: Mapping[str, str], lists: Mapping[str, Collection[str]]) -> Call:
    params = {**filters, **selector_params(source, part)}
    for name, iris in lists.items():
        if iris:
            params[name] = ",".join(sorted(source.context.compact(iri) for iri in iris))
    return Call(source, "DELETE", "entities", params)


def _error(error: SpiegelstadError) -> dict[str, object]:
    """Return what tells of a source; which entities it left there nobody knows."""
    details = problem_details(error)
    return {"registrationId": details.pop("registrationId"), "error": details}
