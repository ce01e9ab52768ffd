"""API keys of applicants: for one agreement, or for protected answers only. They have no scope of their own."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import Conflict
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions.applying import ensure_applicant
from spiegelstad.broker.rules.people import is_active
from spiegelstad.broker.vocabulary import HOLD_KEY
from spiegelstad.governance.public import Thing, record, require

MAX_KEYS = 5
_DAYS = 365


class NotInForce(Conflict):
    """The agreement was not accepted, has not begun, or has ended."""

    title = "The agreement is not in force"


class TooManyKeys(Conflict):
    """The applicant has as many keys as may be."""

    title = "Too many keys"


def make_key(*, by: Actor, agreement_id: UUID | None = None) -> str:
    """Make a key for the actor's applicant and return it: it is shown this once.

    A key of an agreement ends with it; one without gives protected answers only, for a year.
    """
    require(by, HOLD_KEY, Thing("api_key", "", by.tenant_id))
    with transaction.atomic():
        applicant = ensure_applicant(by)
        models.Applicant.objects.select_for_update().get(pk=applicant.pk)
        agreement = None if agreement_id is None else _in_force(by, agreement_id)
        if len(queries.keys(by, agreement)) >= MAX_KEYS:
            raise TooManyKeys(f"You have {MAX_KEYS} keys for this. Withdraw one you no longer need.")
        ends = now() + timedelta(days=_DAYS)
        if agreement is not None:
            ends = datetime.combine(agreement.ends_on + timedelta(days=1), time(), BRUSSELS)
        name = f"access {agreement.id}" if agreement else "protected answers"
        key, secret = accounts.create_key(tenant_id=by.tenant_id, name=name, scopes=(), expires_at=ends)
        models.Key.objects.create(
            tenant_id=by.tenant_id, api_key=key, applicant=applicant, made_by=by.id, agreement=agreement
        )
        details = {"agreement": str(agreement_id or ""), "expires_at": ends.isoformat()}
        record(by, HOLD_KEY, Thing("api_key", str(key.id), by.tenant_id), details=details, reason="issued")
    return secret


def _in_force(by: Actor, agreement_id: UUID) -> models.Agreement:
    row = queries.agreement(by, agreement_id)
    if not queries.is_party(by, row):
        raise queries.NoSuchRequest("There is no such agreement.")
    day = queries.today()
    if not is_active(row.accepted_at, row.ended_at, min(row.from_on, day), row.ends_on, day):
        raise NotInForce("Accept the conditions first; after its end an agreement gives no keys.")
    return row


def withdraw_key(*, by: Actor, key_id: UUID) -> None:
    """End a key of the actor's applicant now."""
    require(by, HOLD_KEY, Thing("api_key", str(key_id), by.tenant_id))
    queries.own_key(by, key_id)
    with transaction.atomic():
        accounts.revoke_key(tenant_id=by.tenant_id, key_id=key_id)
        record(by, HOLD_KEY, Thing("api_key", str(key_id), by.tenant_id), reason="withdrawn by its holder")
