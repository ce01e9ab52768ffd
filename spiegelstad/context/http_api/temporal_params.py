"""What a request asks of histories: which time, how many, in what form (clauses 6.18.3.2, 6.19.3.1 and 6.3.12)."""

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.form import Form, Representation
from spiegelstad.context.http_api.forms import make_form
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.queries.histories import Wanted
from spiegelstad.context.rules.policy import closed_attributes
from spiegelstad.context.rules.projection import Projection, depth_of
from spiegelstad.context.rules.scope_history import SCOPE
from spiegelstad.context.rules.temporal import Aggregation, TemporalQuery, aggregation, temporal_query

Style = Literal["normalized", "concise", "temporalValues", "aggregatedValues"]
_STYLES: Final[dict[str, Style]] = {
    "normalized": "normalized",
    "concise": "concise",
    "temporalValues": "temporalValues",
    "keyValues": "temporalValues",
    "simplified": "temporalValues",
    "aggregatedValues": "aggregatedValues",
}
_OPTIONS = frozenset({*_STYLES, "sysAttrs", "count"})
TIME = frozenset({"timerel", "timeAt", "endTimeAt", "timeproperty", "lastN", "aggrMethods", "aggrPeriodDuration"})
SHOW = frozenset({"attrs", "pick", "omit", "lang", "datasetId", "format", "options", "local"})
_HEAD = frozenset({"id", "type"})


@dataclass(frozen=True, slots=True)
class Asked:
    """How to answer. `wanted` says which instances; `aggregation` is there when the style is aggregatedValues."""

    style: Style
    form: Form
    wanted: Wanted
    last_n: int | None
    aggregation: Aggregation | None

    @property
    def query(self) -> TemporalQuery:
        """The temporal query, which may ask for everything."""
        return self.wanted.query


def asked_of(request: NgsiRequest, body: dict[str, Any] | None = None) -> Asked:
    """Return what the parameters ask, or the body of a POST where it says more; the errors of clause 6.3 otherwise."""
    given: dict[str, Any] = {name: request.params[name] for name in TIME | SHOW if name in request.params}
    for name in ("attrs", "datasetId", "aggrMethods"):
        given[name] = request.listed(name) or None
    if body is not None:
        given |= _of_body(body)
    options = request.options(_OPTIONS)
    style = _style(given.get("format"), options)
    attrs = [name for name in given["attrs"] or () if name != "scope"]
    form = make_form(
        request.context,
        representation=_representation(style),
        sys_attrs="sysAttrs" in options,
        language=given.get("lang") or "",
        attrs=attrs or None,
        pick=given.get("pick"),
        omit=given.get("omit"),
        dataset_ids=given["datasetId"],
    ).without(closed_attributes(request.actor, request.tenant.settings))
    if "scope" in (given["attrs"] or ()):
        form = replace(form, attrs=(form.attrs or frozenset()) | {SCOPE})
    if max(depth_of(form.pick), depth_of(form.omit)) > 0:
        raise BadRequestData("pick and omit cannot follow relationships through time.")
    query = temporal_query(*(given.get(name) for name in ("timerel", "timeAt", "endTimeAt", "timeproperty")))
    wanted = Wanted(query, _attributes(form), form.dataset_ids, form.closed | _omitted(form.omit))
    sums = None
    if style == "aggregatedValues":
        sums = aggregation(given["aggrMethods"] or (), given.get("aggrPeriodDuration"))
    return Asked(style, form, wanted, _last_n(given.get("lastN")), sums)


def _of_body(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a Query says (5.2.23); its temporalQ holds the rest (5.2.21)."""
    temporal = body.get("temporalQ")
    if not isinstance(temporal, dict):
        raise BadRequestData("The query has no temporalQ.")
    found: dict[str, Any] = {
        name: body[name] for name in ("attrs", "pick", "omit", "lang", "datasetId") if name in body
    }
    found |= {name: temporal[name] for name in TIME if name in temporal}
    for name in ("attrs", "datasetId", "aggrMethods"):
        if isinstance(found.get(name), str):
            found[name] = found[name].split(",")
        if name in found and not _are_texts(found[name]):
            raise BadRequestData(f"{name} is not a list of texts.")
    if not isinstance(found.get("lang", ""), str):
        raise BadRequestData("lang is not a text.")
    for name in ("pick", "omit"):
        if name in found and not isinstance(found[name], str) and not _are_texts(found[name]):
            raise BadRequestData(f"{name} is not a list of texts.")
    return found


def _are_texts(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(isinstance(one, str) for one in given)


def _style(format_: Any, options: frozenset[str]) -> Style:
    if format_ is not None:
        if format_ not in _STYLES:
            raise BadRequestData(f"format is none of {', '.join(_STYLES)}.")
        return _STYLES[format_]
    named = {_STYLES[option] for option in options if option in _STYLES}
    if len(named) > 1:
        raise BadRequestData("options names more than one representation.")
    return next(iter(named), "normalized")


def _representation(style: Style) -> Representation:
    return "concise" if style == "concise" else "normalized"


def _last_n(given: Any) -> int | None:
    if given is None:
        return None
    text = str(given) if type(given) is int else given
    if not (isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 10 and int(text) > 0):
        raise BadRequestData("lastN is not a whole number from 1.")
    return int(text)


def _attributes(form: Form) -> frozenset[str] | None:
    """Return the attributes that are wanted; None: all."""
    picked = None if form.pick is None else _evolving(form.pick)
    if picked is None or form.attrs is None:
        return form.attrs if picked is None else picked
    return picked & form.attrs


def _omitted(omit: Projection | None) -> frozenset[str]:
    return _evolving(omit or {})


def _evolving(members: Projection) -> frozenset[str]:
    """Return the IRIs of the members that have a history."""
    return frozenset(SCOPE if member == "scope" else member for member in members) - _HEAD
