"""Making, changing and ending subscriptions (clauses 5.8.1, 5.8.2, 5.8.5, 5.11.2, 5.11.3 and 5.11.6)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models.expressions import RawSQL

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.ids import new_id
from spiegelstad.context.actions.contexts import kept_context, load_context
from spiegelstad.context.errors import AlreadyExists, LdContextNotAvailable
from spiegelstad.context.formats.subscriptions import renamed
from spiegelstad.context.models import About, Notification, Subscription
from spiegelstad.context.notifying.registrations import lock_registrations, tell_all
from spiegelstad.context.notifying.rule import Rule, read_rule
from spiegelstad.context.notifying.source_rule import SourceRule, read_source_rule
from spiegelstad.context.queries.subscriptions import act_of, one
from spiegelstad.context.rules.q_reading import parse_q
from spiegelstad.context.rules.subscriptions import check_expiry, checked, expiry, updated
from spiegelstad.context.rules.terms import Context
from spiegelstad.governance.public import Thing, record, require


def create_subscription(
    *,
    by: Actor,
    given: Mapping[str, Any],
    context: Context,
    context_url: str,
    tenant_named: bool = False,
    about: About = About.ENTITIES,
    root: str = "",
    via: str = "",
) -> str:
    """Make a subscription and return its id. `context_url`: the whole address of the @context, for Link headers;
    `root`, `via`: the address of this interface and the brokers that the request passed, for those it is passed on to.

    BadRequestData, LdContextNotAvailable or AlreadyExists.
    """
    moment = now()
    document = checked(given, of_registrations=about == About.REGISTRATIONS)
    check_expiry(document, moment)
    uri: str = document.setdefault("id", f"urn:ngsi-ld:Subscription:{new_id()}")
    require(by, act_of(about), Thing("subscription", uri, by.tenant_id))
    rule = _read(by, document, context, about)
    row = Subscription(
        tenant_id=by.tenant_id,
        about=about,
        uri=uri,
        document=document,
        context={"source": context.source, "url": context_url},
        tenant_named=tenant_named,
        owner=by.id,
        root=root,
        via=via,
        created_at=moment,
        modified_at=moment,
        **_state(document, rule),
    )
    try:
        with transaction.atomic():
            _save(row, force_insert=True)
            _begin(row)
            record(by, act_of(about), Thing("subscription", uri, by.tenant_id), details={"receiver": _host(document)})
    except IntegrityError:
        raise AlreadyExists(f"There is a subscription {uri} already.") from None
    return uri


def update_subscription(
    *,
    by: Actor,
    uri: str,
    fragment: Mapping[str, Any],
    context: Context,
    context_url: str,
    is_own_context: bool,
    about: About = About.ENTITIES,
) -> None:
    """Change what the fragment names. `is_own_context`: the request brought an @context, which then is the new one.

    What waits for a subscription that is paused is not sent any more. BadRequestData, LdContextNotAvailable or
    ResourceNotFound.
    """
    while True:  # until nobody else changed it while its @contexts were got, for which nothing is locked
        read = one(by, uri, about)
        new = context if is_own_context else kept_context(by=by, given=read.context["source"])
        url = context_url if is_own_context else read.context["url"]
        document = updated(_named_in(by, read, new), fragment, of_registrations=about == About.REGISTRATIONS)
        if "expiresAt" in fragment:
            check_expiry(document, now())
        rule = _read(by, document, new, about)
        with transaction.atomic():
            row = one(by, uri, about, lock=True)
            if row.transaction == read.transaction:
                for name, value in _state(document, rule).items():
                    setattr(row, name, value)
                row.document, row.context = document, {"source": new.source, "url": url}
                _store_changed(by, row)
                return


def _named_in(by: Actor, row: Subscription, context: Context) -> Mapping[str, Any]:
    """Return a subscription with its names in another @context, so that they mean what they meant; expressions stay."""
    document: Mapping[str, Any] = row.document
    if row.context["source"] == context.source:
        return document
    try:
        return renamed(document, kept_context(by=by, given=row.context["source"]), context)
    except LdContextNotAvailable:
        return document


def _store_changed(by: Actor, row: Subscription) -> None:
    """Store a subscription that was changed, and begin anew with its receiver."""
    row.modified_at, row.failures, row.retry_at = now(), 0, None
    _save(row)
    if not row.is_active:
        Notification.objects.filter(subscription=row, dead_at=None).delete()
    _begin(row)
    about = About(row.about)
    details = {"receiver": _host(row.document)}
    record(by, act_of(about), Thing("subscription", row.uri, by.tenant_id), details=details)


def delete_subscription(*, by: Actor, uri: str, about: About = About.ENTITIES) -> None:
    """End a subscription, with all that waits for its receiver. ResourceNotFound."""
    with transaction.atomic():
        row = one(by, uri, about, lock=True)
        row.delete()
        record(by, act_of(about), Thing("subscription", uri, by.tenant_id), details={"deleted": True})


def _read(by: Actor, document: Mapping[str, Any], context: Context, about: About) -> Rule | SourceRule:
    """Read the whole subscription, so that what is wrong in it is told now and not at the first event."""
    shown_in = load_context(by=by, given=document["jsonldContext"]) if "jsonldContext" in document else None
    if "csf" in document:
        parse_q(document["csf"], context)  # whoever passes it on to sources reads it
    read = read_source_rule if about == About.REGISTRATIONS else read_rule
    return read(document, context, shown_in)


def _state(document: Mapping[str, Any], rule: Rule | SourceRule) -> dict[str, Any]:
    """Return what follows from the document; who subscribes to registrations is told at once of those there are."""
    first = now() if isinstance(rule, SourceRule) else now() + timedelta(seconds=rule.interval_s)
    return {
        "is_active": document.get("isActive", True),
        "expires_at": expiry(document),
        "next_at": first if rule.interval_s else None,
    }


def _begin(row: Subscription) -> None:
    """Queue the first notification of a new or changed subscription to registrations; timed ones go by the clock."""
    if row.about == About.REGISTRATIONS and row.next_at is None:
        lock_registrations(row.tenant_id)
        tell_all(row)


def _save(row: Subscription, *, force_insert: bool = False) -> None:
    row.transaction = RawSQL("pg_current_xact_id()::text::bigint", ())
    row.save(force_insert=force_insert)


def _host(document: Mapping[str, Any]) -> str:
    """Return where notifications go, without what may be secret in the address."""
    return urlsplit(document["notification"]["endpoint"]["uri"]).hostname or ""
