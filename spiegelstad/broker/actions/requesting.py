"""From request to decision to agreement; each act is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions.applying import ensure_applicant, require_asking
from spiegelstad.broker.rules.people import MAX_DAYS
from spiegelstad.broker.rules.scope import Scope, check
from spiegelstad.broker.vocabulary import ASK, DECIDE, END, RequestState
from spiegelstad.governance.public import Classification, record, require

MAX_WAITING = 20


class WrongPeriod(InvalidInput):
    """The period ends before it begins, lies in the past, or is too long."""

    title = "The period is not right"


class LegalBasisNeeded(InvalidInput):
    """Personal data may be had with a stated legal basis only."""

    title = "A legal basis is needed"


class TooManyRequests(Conflict):
    """The applicant has too many requests that wait."""

    title = "Too many requests wait"


class NotWaiting(Conflict):
    """The request was decided or withdrawn already."""

    title = "This was decided already"


class NothingGranted(InvalidInput):
    """Nothing of what is granted was asked for."""

    title = "Nothing is granted"


@dataclass(frozen=True, slots=True)
class RequestIn:
    """What an applicant asks for: which part of the dataset, what for, from the first to the last day."""

    scope: Scope
    purpose: str
    from_on: date
    ends_on: date
    legal_basis: str = ""


@dataclass(frozen=True, slots=True)
class GrantIn:
    """What a steward grants: no more than was asked, on conditions, so many times an hour and a day."""

    scope: Scope
    ends_on: date
    conditions: str
    per_hour: int = 100
    per_day: int = 1_000


def ask_access(*, by: Actor, slug: str, asked: RequestIn) -> models.Request:
    """Ask for part of a dataset that takes requests."""
    require_asking(by)
    offer = queries.offer(by, slug)
    if not offer.takes_requests:
        raise queries.NoSuchOffer(f"Nothing can be asked of {slug!r}.")
    check(asked.scope, queries.dataset_of(by, slug).columns)
    _check_period(asked.from_on, asked.ends_on)
    if not asked.purpose.strip():
        raise InvalidInput("Say what you need the data for.")
    _check_basis(offer, asked.legal_basis)
    with transaction.atomic():
        applicant = ensure_applicant(by)
        models.Applicant.objects.select_for_update().get(pk=applicant.pk)
        if applicant.requests.filter(state=RequestState.ASKED).count() >= MAX_WAITING:
            raise TooManyRequests(f"You have {MAX_WAITING} requests that wait. Withdraw one first.")
        row = models.Request.objects.create(
            tenant_id=by.tenant_id, offer=offer, applicant=applicant, asked_by=by.id, purpose=asked.purpose.strip(),
            legal_basis=asked.legal_basis.strip(), columns=list(asked.scope.columns), rows=asked.scope.rows,
            from_on=asked.from_on, ends_on=asked.ends_on, created_at=now(),
        )  # fmt: skip
        record(by, ASK, queries.thing_of(offer), details={"request": str(row.id), "columns": row.columns})
    return row


def _check_period(from_on: date, ends_on: date) -> None:
    if ends_on < from_on or ends_on < queries.today():
        raise WrongPeriod("The last day must come after the first, and not lie in the past.")
    if ends_on - from_on > timedelta(days=MAX_DAYS) or from_on > queries.today() + timedelta(days=366):
        raise WrongPeriod("The period begins within a year and lasts three years at most.")


def _check_basis(offer: models.Offer, legal_basis: str) -> None:
    if offer.dataset.classification == Classification.PERSONAL and not legal_basis.strip():
        raise LegalBasisNeeded("This is data of people: name the law, or the article of the GDPR, that allows you.")


def withdraw_request(*, by: Actor, request_id: UUID) -> None:
    """Take a request back that waits."""
    require_asking(by)
    with transaction.atomic():
        row = _waiting(by, request_id)
        if not queries.is_mine(by, row):
            raise queries.NoSuchRequest("There is no such request.")
        row.state, row.decided_at = RequestState.WITHDRAWN, now()
        row.save(update_fields=["state", "decided_at"])
        record(by, ASK, queries.thing_of(row.offer), details={"request": str(row.id), "withdrawn": True})


def _waiting(by: Actor, request_id: UUID) -> models.Request:
    """Lock a request that waits for a decision."""
    found = queries.request(by, request_id)
    row = models.Request.objects.select_for_update(of=("self",)).select_related("offer__dataset").get(pk=found.pk)
    if row.state != RequestState.ASKED:
        raise NotWaiting("This request was decided or withdrawn already.")
    return row


def refuse_request(*, by: Actor, request_id: UUID, reason: str) -> None:
    """Refuse, with the reason."""
    with transaction.atomic():
        row = _decidable(by, request_id, reason)
        _decide(by, row, RequestState.REFUSED, reason)


def grant_request(*, by: Actor, request_id: UUID, granted: GrantIn, reason: str) -> models.Agreement:
    """Grant a request, whole or in part; the agreement gives access once the applicant has accepted its conditions."""
    with transaction.atomic():
        row = _decidable(by, request_id, reason)
        queries.require_living(row.offer)
        scope = granted.scope.within(Scope(tuple(row.columns), row.rows))
        if not scope.columns:
            raise NothingGranted("Choose one column at least that was asked for.")
        check(scope, queries.dataset_of(by, row.offer.dataset.slug).columns)
        ends_on = min(granted.ends_on, row.ends_on)
        _check_period(row.from_on, ends_on)
        _check_basis(row.offer, row.legal_basis)
        if not 0 < granted.per_hour <= granted.per_day:
            raise InvalidInput("A day must allow at least as many questions as an hour.")
        _decide(by, row, RequestState.GRANTED, reason)
        return models.Agreement.objects.create(
            tenant_id=by.tenant_id, request=row, columns=list(scope.columns), rows=scope.rows, from_on=row.from_on,
            ends_on=ends_on, per_hour=granted.per_hour, per_day=granted.per_day, conditions=granted.conditions.strip(),
            legal_basis=row.legal_basis,
        )  # fmt: skip


def _decidable(by: Actor, request_id: UUID, reason: str) -> models.Request:
    row = _waiting(by, request_id)
    require(by, DECIDE, queries.thing_of(row.offer))
    if queries.is_mine(by, row):
        raise NotWaiting("Nobody decides about an own request. Ask a colleague to decide.")
    if not reason.strip():
        raise InvalidInput("Say why: the applicant reads the reason.")
    return row


def _decide(by: Actor, row: models.Request, state: RequestState, reason: str) -> None:
    row.state, row.decided_at, row.decided_by, row.reason = state, now(), by.id, reason.strip()
    row.save(update_fields=["state", "decided_at", "decided_by", "reason"])
    record(by, DECIDE, queries.thing_of(row.offer), details={"request": str(row.id), "decision": state}, reason=reason)


def accept_agreement(*, by: Actor, agreement_id: UUID) -> None:
    """Accept the conditions, for the applicant: from then on keys can be made."""
    require_asking(by)
    found = queries.agreement(by, agreement_id)
    if not queries.is_party(by, found):
        raise queries.NoSuchRequest("There is no such agreement.")
    with transaction.atomic():
        changed = models.Agreement.objects.filter(pk=found.pk, accepted_at=None, ended_at=None).update(
            accepted_at=now(), accepted_by=by.id
        )
        if changed:
            details = {"agreement": str(found.id), "accepted": True}
            record(by, ASK, queries.thing_of(found.request.offer), details=details)


def end_agreement(*, by: Actor, agreement_id: UUID, reason: str) -> None:
    """End an agreement now, by the steward or by the applicant; its keys give nothing from that moment."""
    found = queries.agreement(by, agreement_id)
    if not queries.is_party(by, found):
        require(by, END, queries.thing_of(found.request.offer))
    if not reason.strip():
        raise InvalidInput("Say why: the other party reads the reason.")
    with transaction.atomic():
        models.Agreement.objects.filter(pk=found.pk, ended_at=None).update(ended_at=now(), end_reason=reason.strip())
        for key_id in found.keys.values_list("api_key_id", flat=True):
            accounts.revoke_key(tenant_id=by.tenant_id, key_id=key_id)
        details = {"agreement": str(found.id)}
        record(by, END, queries.thing_of(found.request.offer), details=details, reason=reason)
