"""For whom people ask: themselves, or an organisation they belong to."""

from __future__ import annotations

import hmac
import secrets

from django.db import transaction

from spiegelstad.accounts.public import Actor, ActorKind
from spiegelstad.base.errors import Conflict, InvalidInput
from spiegelstad.broker import models, queries
from spiegelstad.broker.rules.people import enterprise_number
from spiegelstad.broker.vocabulary import ASK, JOIN
from spiegelstad.governance.public import SignInNeeded, Thing, record, require


class WrongNumber(InvalidInput):
    """This is no enterprise number."""

    title = "This is no enterprise number"


class OrganisationTaken(Conflict):
    """The organisation is known here already: one of its people lets others in."""

    title = "This organisation is known already"


def ensure_applicant(by: Actor) -> models.Applicant:
    """Return for whom the actor asks; a person who never asked becomes an applicant, in the current transaction."""
    found = queries.applicant_of(by)
    if found is not None:
        return found
    if by.kind is not ActorKind.PERSON:
        raise SignInNeeded("Only a known person or organisation can ask this.", remedy="Sign in, or send an API key.")
    own = models.Applicant.objects.create(tenant_id=by.tenant_id, name=by.name)
    member, created = models.Member.objects.get_or_create(
        tenant_id=by.tenant_id, person_id=queries.person_id(by), defaults={"applicant": own}
    )
    if not created:  # at the same moment in another window
        own.delete()
    return member.applicant


def join_organisation(*, by: Actor, name: str, number: str, code: str = "") -> models.Applicant:
    """Ask from now on for an organisation, by its Belgian enterprise number; what was asked before stays the person's.

    Who comes first makes it known here; others join with the code that its people see. Budgets count what a person
    asked for themselves and for any organisation together, so nobody gains by it.
    """
    require(by, JOIN, Thing("applicant", "", by.tenant_id))
    digits = enterprise_number(number)
    if digits is None:
        raise WrongNumber("This is no Belgian enterprise number: it has ten digits, as in 0207.451.227.")
    with transaction.atomic():
        ensure_applicant(by)
        found, created = models.Applicant.objects.get_or_create(
            tenant_id=by.tenant_id, number=digits, defaults={"name": name.strip(), "code": secrets.token_hex(8)}
        )
        if not created and not hmac.compare_digest(found.code, code.strip()):
            raise OrganisationTaken("This organisation is known here already. Ask a colleague for its code.")
        models.Member.objects.filter(tenant_id=by.tenant_id, person_id=queries.person_id(by)).update(applicant=found)
        record(by, JOIN, Thing("applicant", str(found.id), by.tenant_id), details={"number": digits})
    return found


def require_asking(by: Actor) -> None:
    """Go on when the actor may ask for data at all."""
    require(by, ASK, Thing("request", "", by.tenant_id))
