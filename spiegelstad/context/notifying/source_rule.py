"""A subscription to registrations, read: which context sources it is about (clauses 5.11.2 and 5.12)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spiegelstad.context.errors import BadRequestData
from spiegelstad.context.formats.instances import attribute_iri
from spiegelstad.context.http_api.media import GEO_JSON
from spiegelstad.context.notifying.rule import query_of
from spiegelstad.context.rules.discovery import SourceQuery
from spiegelstad.context.rules.entity_query import Selector
from spiegelstad.context.rules.matching import Wanted
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.temporal import temporal_query
from spiegelstad.context.rules.terms import Context


@dataclass(frozen=True, slots=True)
class SourceRule:
    """What such a subscription asks for. `context`: that in which registrations are shown."""

    query: SourceQuery
    context: Context
    sys_attrs: bool
    interval_s: float


def read_source_rule(document: Mapping[str, Any], context: Context, shown_in: Context | None = None) -> SourceRule:
    """Read a checked subscription with its @context; `shown_in`: that of `jsonldContext`, where it has one.

    BadRequestData when an expression in it is wrong.
    """
    notification = document["notification"]
    if notification["endpoint"].get("accept") == GEO_JSON:
        raise BadRequestData("Registrations are not told as GeoJSON.", remedy=f"Leave accept: {GEO_JSON} out.")
    asked = query_of(document, context)
    attributes, datasets = _attributes(document, context), _datasets(document)
    temporal = document.get("temporalQ")
    return SourceRule(
        SourceQuery(
            tuple(
                Wanted(one.types, one.ids, one.id_pattern, attributes, datasets)
                for one in asked.selectors or (Selector(),)
            ),
            asked.geo,
            asked.scope_q,
            parse_q(document["csf"], context) if "csf" in document else None,
            temporal_query(**{_NAMES[name]: value for name, value in temporal.items()}) if temporal else None,
        ),
        shown_in or context,
        notification.get("sysAttrs", False),
        document.get("timeInterval", 0.0),
    )


_NAMES = {"timerel": "timerel", "timeAt": "time_at", "endTimeAt": "end_time_at", "timeproperty": "timeproperty"}


def _attributes(document: Mapping[str, Any], context: Context) -> frozenset[str]:
    """Return the attributes that it names; who notifies of all attributes watches all sources (clause 5.12)."""
    told = document["notification"].get("attributes", ())
    named = (*told, *document.get("watchedAttributes", ())) if told else ()
    return frozenset(attribute_iri(name, context) for name in named)


def _datasets(document: Mapping[str, Any]) -> frozenset[str]:
    return frozenset("" if one == "@none" else one for one in document.get("datasetId", ()))
