"""Subscriptions to entities passed on to the context sources that may tell of them (clauses 5.8.1, 5.8.2 and 5.8.5).

What is wanted follows from the subscriptions and registrations that there are; what was sent stands in a table. The
difference is asked of the sources, right after a change and again every minute, so that a source that was away, or a
process that ended half-way, leaves nothing out for long.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from django.db.models import Q
from django.http import HttpRequest, QueryDict

from spiegelstad.accounts.public import Actor, tenant
from spiegelstad.base import sql
from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.base.ids import new_id
from spiegelstad.context.actions.contexts import kept_context
from spiegelstad.context.federation.asking import Answer, Call, ask
from spiegelstad.context.federation.payloads import sending
from spiegelstad.context.federation.retrieving import types_text
from spiegelstad.context.federation.sources import Registry, Source
from spiegelstad.context.http_api.media import JSON
from spiegelstad.context.http_api.requests import NgsiRequest
from spiegelstad.context.models import About, Registration, SourceSubscription, Subscription
from spiegelstad.context.notifying.rule import Rule, read_rule
from spiegelstad.context.queries.subscribers import reader_of
from spiegelstad.context.rules.discovery import SourceQuery
from spiegelstad.context.rules.documents import NULL
from spiegelstad.context.rules.entity_query import Selector
from spiegelstad.context.rules.matching import Wanted
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.subscriptions import status_of
from spiegelstad.context.rules.terms import CORE, Context

PLACE = "sourceNotifications"
LATELY = timedelta(minutes=3)
MOST_DOUBLINGS = 6
MOST_ATTEMPTS = 100
"""How often a source is asked to end a subscription: for some days."""
_FILTERS = ("q", "scopeQ", "expandValues")
_CHANGEABLE = ("entities", "watchedAttributes", "notificationTrigger", "timeInterval", "expiresAt", "geoQ", *_FILTERS)
_CONFLICT, _ABSENT = 409, 404
_ANY = """
SELECT EXISTS (SELECT FROM context_registration WHERE tenant_id = %(tenant)s)
    OR EXISTS (SELECT FROM context_sourcesubscription WHERE tenant_id = %(tenant)s)
"""


@dataclass(frozen=True, slots=True)
class _Errand:
    """What a source is asked for the sake of a row; `ends`: that the subscription there ends."""

    row: SourceSubscription
    call: Call
    ends: bool = False


def pass_on(tenant_id: str, subscriptions: Collection[int] | None = None) -> list[str]:
    """Let the sources of a city have the subscriptions they are to have (these, or all), and end what they are not.

    Return warnings of those that did not take them. Not for use in a transaction: others are asked.
    """
    with sql.prepared() as cursor:
        if cursor.execute(_ANY, {"tenant": tenant_id}).fetchone() == (False,):
            return []
    errands = [*_wanted(tenant_id, subscriptions), *_unwanted(tenant_id)]
    answers = ask([one.call for one in errands])
    for errand, answer in zip(errands, answers, strict=True):
        _settle(errand, answer)
    return [answer.warning for errand, answer in zip(errands, answers, strict=True) if not errand.ends]


def pass_on_again(tenant_id: str, minute: int) -> None:
    """Ask once more what was not done; all of it where registrations changed lately.

    `minute`: the number of this one. After each failure the next attempt comes twice as late, an hour at most.
    """
    if Registration.objects.filter(tenant_id=tenant_id, modified_at__gt=now() - LATELY).exists():
        pass_on(tenant_id)
        return
    waiting = Q(sent_at=None) | Q(subscription=None) | Q(registration=None) | Q(failures__gt=0)
    rows = SourceSubscription.objects.filter(waiting, tenant_id=tenant_id)
    due = [row for row in rows if minute % 2 ** min(row.failures, MOST_DOUBLINGS) == 0]
    if due:
        pass_on(tenant_id, [row.subscription_id for row in due if row.subscription_id is not None])


def asked_for(by: Actor, context: Context = CORE, via: str = "") -> NgsiRequest:
    """Return a request of this program itself, in whose name sources are asked."""
    http = HttpRequest()
    if via:
        http.META["HTTP_VIA"] = via
    return NgsiRequest(http, by, tenant(by.tenant_id), context, QueryDict(), None, "", JSON)


def wanted_of_rule(rule: Rule) -> tuple[Wanted, ...]:
    """Return what a subscription is about, as registrations are matched."""
    attributes = rule.watched or frozenset()
    return tuple(
        Wanted(one.types, one.ids, one.id_pattern, attributes) for one in rule.query.selectors or (Selector(),)
    )


def _wanted(tenant_id: str, subscriptions: Collection[int] | None) -> Iterator[_Errand]:
    """Yield what has to be sent; what a source must no longer have loses its subscription, for `_unwanted`."""
    found = Subscription.objects.filter(tenant_id=tenant_id, about=About.ENTITIES).exclude(root="")
    for row in found if subscriptions is None else found.filter(pk__in=subscriptions):
        rule, sources = _sources(row)
        sent = SourceSubscription.objects.filter(subscription=row)
        sent.exclude(registration__in=[one.row.pk for one in sources]).update(subscription=None)
        known = {one.registration_id: one for one in sent}
        for source in sources:
            there = known.get(source.row.pk) or _made(row, source)
            if there.sent_at is None or there.sent_at < max(row.modified_at, source.row.modified_at):
                assert rule is not None
                yield _Errand(there, _sending(row, rule, source, there))


def _sources(row: Subscription) -> tuple[Rule | None, list[Source]]:
    """Return what a subscription asks for, and the sources that are to have it.

    None are, where it is kept here, paused or over, or where it cannot be read (which the notifier says at it).
    """
    status = status_of(is_active=row.is_active, expires_at=row.expires_at, now=now())
    if row.document.get("localOnly") or status != "active":
        return None, []
    reader = reader_of(row.tenant_id, row.owner)
    try:
        context = kept_context(by=reader, given=row.context["source"])
        registry = Registry(asked_for(reader, context, row.via))
        if not registry:
            return None, []
        rule = read_rule(row.document, context)
        csf = parse_q(row.document["csf"], context) if "csf" in row.document else None
    except SpiegelstadError:
        return None, []
    about = SourceQuery(geo=rule.query.geo, scope_q=rule.query.scope_q, csf=csf)
    found = registry.sources(wanted_of_rule(rule), about)
    return rule, [one for one in found if one.mode != "auxiliary" and one.offers("createSubscription")]


def _made(row: Subscription, source: Source) -> SourceSubscription:
    made, _ = SourceSubscription.objects.get_or_create(
        tenant_id=row.tenant_id,
        subscription=row,
        registration=source.row,
        defaults={
            "uri": f"urn:ngsi-ld:Subscription:{new_id()}",
            "token": secrets.token_urlsafe(32),
            "source": source.row.document,
            "made_at": now(),
        },
    )
    return made


def _sending(row: Subscription, rule: Rule, source: Source, there: SourceSubscription) -> Call:
    """Return the request that makes or changes the subscription at a source."""
    there.is_filtered = source.passes_names and not row.document.get("splitEntities", False)
    there.source = source.row.document
    body = _document(row, rule, source, there)
    if there.sent_at is None:
        return sending(source, "POST", "subscriptions", {}, body)
    gone = {name: NULL for name in _CHANGEABLE if name not in body}
    return sending(source, "PATCH", f"subscriptions/{quote(there.uri, safe=':')}", {}, {**body, **gone})


def _document(row: Subscription, rule: Rule, source: Source, there: SourceSubscription) -> dict[str, Any]:
    """Return the subscription as the source gets it: in its names, with us as the receiver."""
    document, compact = row.document, source.context.compact
    same = ("notificationTrigger", "timeInterval", "expiresAt")
    body: dict[str, Any] = {name: document[name] for name in same if name in document}
    if rule.query.selectors:
        body["entities"] = [_selector(one, source) for one in rule.query.selectors]
    if rule.watched:
        body["watchedAttributes"] = sorted(compact(iri) for iri in rule.watched)
    if there.is_filtered:
        body |= {name: document[name] for name in (*_FILTERS, "geoQ") if name in document}
    receiver = {"uri": f"{row.root}/{PLACE}/{there.token}", "accept": JSON}
    told: dict[str, Any] = {"format": "normalized", "sysAttrs": True, "endpoint": receiver}
    if rule.show_changes or there.sent_at is not None:
        told["showChanges"] = rule.show_changes
    return {"id": there.uri, "type": "Subscription", **body, "notification": told}


def _selector(selector: Selector, source: Source) -> dict[str, Any]:
    shown: dict[str, Any] = {"type": types_text(source, selector.types) if selector.types else "*"}
    if selector.ids:
        shown["id"] = list(selector.ids) if len(selector.ids) > 1 else selector.ids[0]
    elif selector.id_pattern is not None:
        shown["idPattern"] = selector.id_pattern.given
    return shown


def _unwanted(tenant_id: str) -> Iterator[_Errand]:
    """Yield what has to end at sources."""
    gone = Q(subscription=None) | Q(registration=None)
    rows = list(SourceSubscription.objects.filter(gone, tenant_id=tenant_id))
    if not rows:
        return
    asked = asked_for(Actor.system(tenant_id, "federation"))
    for row in rows:
        registration = row.registration or Registration(tenant_id=tenant_id, uri=row.uri, document=row.source)
        source = Registry.source_of(asked, registration)
        yield _Errand(row, Call(source, "DELETE", f"subscriptions/{quote(row.uri, safe=':')}"), ends=True)


def _settle(errand: _Errand, answer: Answer) -> None:
    """Note what came of an errand; what a source has already, or not any more, is as it should be."""
    row, mine = errand.row, SourceSubscription.objects.filter(pk=errand.row.pk)
    if errand.ends and (not answer.failure or answer.status == _ABSENT or row.failures >= MOST_ATTEMPTS):
        mine.delete()
    elif answer.failure and not (answer.status == _CONFLICT and errand.call.method == "POST"):
        is_lost = answer.status == _ABSENT and errand.call.method == "PATCH"
        row.failures += 1
        kept: Mapping[str, Any] = {"sent_at": None} if is_lost else {}
        mine.update(failures=row.failures, last_error=answer.failure, **kept)
    else:
        row.failures = 0
        mine.update(sent_at=now(), failures=0, last_error="", is_filtered=row.is_filtered, source=row.source)
