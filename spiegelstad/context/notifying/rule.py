"""A subscription, read: what it asks for, ready to be tried on events many times."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from spiegelstad.accounts.public import Actor
from spiegelstad.context.formats.form import Form
from spiegelstad.context.formats.instances import attribute_iri
from spiegelstad.context.http_api.forms import make_form, representation_of
from spiegelstad.context.rules.entity_query import EntityQuery, Selector
from spiegelstad.context.rules.geo import parse_geo
from spiegelstad.context.rules.patterns import pattern
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.scopes import parse_scopes
from spiegelstad.context.rules.terms import Context
from spiegelstad.context.rules.types import parse_types

DEFAULT_TRIGGERS = frozenset({"attributeCreated", "attributeUpdated"})
_OF_ATTRIBUTES = frozenset({"attributeCreated", "attributeUpdated", "attributeDeleted"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What a subscription asks for. `triggers`: without entityUpdated, which is the three of attributes.

    `watched`: IRIs, None for all. `context`: that in which entities are shown. `join_level` 0: nothing is joined.
    `splits`: entities may lie in parts with several sources.
    """

    query: EntityQuery
    triggers: frozenset[str]
    watched: frozenset[str] | None
    context: Context
    form: Form
    is_geojson: bool
    show_changes: bool
    join: str
    join_level: int
    throttling_s: float
    interval_s: float
    splits: bool


def read_rule(document: Mapping[str, Any], context: Context, shown_in: Context | None = None) -> Rule:
    """Read a checked subscription with its @context; `shown_in`: that of `jsonldContext`, where it has one.

    BadRequestData when an expression in it is wrong.
    """
    notification = document["notification"]
    watched = document.get("watchedAttributes")
    joined = notification.get("join", "@none")
    return Rule(
        query=query_of(document, context),
        triggers=_triggers(document),
        watched=None if watched is None else frozenset(attribute_iri(name, context) for name in watched),
        context=shown_in or context,
        form=_form(document, context),
        is_geojson=notification["endpoint"].get("accept") == "application/geo+json",
        show_changes=notification.get("showChanges", False),
        join=joined,
        join_level=0 if joined == "@none" else notification.get("joinLevel", 1),
        throttling_s=document.get("throttling", 0.0),
        interval_s=document.get("timeInterval", 0.0),
        splits=document.get("splitEntities", False),
    )


def _triggers(document: Mapping[str, Any]) -> frozenset[str]:
    given = frozenset(document.get("notificationTrigger", DEFAULT_TRIGGERS))
    return given - {"entityUpdated"} | _OF_ATTRIBUTES if "entityUpdated" in given else given


def query_of(document: Mapping[str, Any], context: Context) -> EntityQuery:
    """Return which entities a checked subscription is about; BadRequestData when an expression in it is wrong."""
    geo = document.get("geoQ")
    expanded = [name.strip() for name in document.get("expandValues", "").split(",") if name.strip()]
    return EntityQuery(
        selectors=tuple(_selector(one, context) for one in document.get("entities", ())),
        q=parse_q(document["q"], context, expanded) if "q" in document else None,
        scope_q=parse_scopes(document["scopeQ"]) if "scopeQ" in document else None,
        geo=parse_geo(geo["georel"], geo["geometry"], geo["coordinates"], geo.get("geoproperty", ""), context)
        if geo
        else None,
    )


def _selector(given: Mapping[str, Any], context: Context) -> Selector:
    ids = given.get("id", [])
    return Selector(
        ids=(ids,) if isinstance(ids, str) else tuple(ids),
        id_pattern=pattern(given["idPattern"]) if "idPattern" in given and not ids else None,
        types=parse_types(given["type"], context),
    )


def _form(document: Mapping[str, Any], context: Context) -> Form:
    notification = document["notification"]
    form = make_form(
        context,
        representation=representation_of(notification.get("format", "")),
        sys_attrs=notification.get("sysAttrs", False),
        language=document.get("lang", ""),
        attrs=notification.get("attributes"),
        pick=notification.get("pick"),
        omit=notification.get("omit"),
        dataset_ids=document.get("datasetId"),
    )
    return replace(form, now="")  # what has expired is left out when an event comes


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription at work: its row, for whom it reads, what is closed to them, and what it asks for."""

    pk: int
    transaction: int
    tenant_id: str
    reader: Actor
    closed: frozenset[str]
    rule: Rule
    created_at: datetime
    expires_at: datetime | None
