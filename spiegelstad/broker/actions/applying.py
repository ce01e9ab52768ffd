"""For whom people ask: themselves, or an organisation they belong to."""

from __future__ import annotations

from django.db import transaction

from spiegelstad.accounts import public as accounts
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


class UnknownColleague(InvalidInput):
    """Nobody with this address has an account, or they ask for another organisation."""

    title = "This person cannot be added"


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


def register_organisation(*, by: Actor, name: str, number: str) -> models.Applicant:
    """Ask from now on for an organisation, by its Belgian enterprise number; what was asked before stays the person's.

    Budgets count what a person asked for themselves and for any organisation together, so nobody gains by it.
    """
    require(by, JOIN, Thing("applicant", "", by.tenant_id))
    digits = enterprise_number(number)
    if digits is None:
        raise WrongNumber(
            f"{number!r} is no Belgian enterprise number.", remedy="It has ten digits, as in 0207.451.227."
        )
    with transaction.atomic():
        own = ensure_applicant(by)
        if models.Applicant.objects.filter(tenant_id=by.tenant_id, number=digits).exclude(id=own.id).exists():
            raise OrganisationTaken(
                "This organisation is known here already.", remedy="Ask a colleague who asks for it to add you."
            )
        found, _ = models.Applicant.objects.get_or_create(
            tenant_id=by.tenant_id, number=digits, defaults={"name": name.strip()}
        )
        models.Member.objects.filter(tenant_id=by.tenant_id, person_id=queries.person_id(by)).update(applicant=found)
        record(by, JOIN, Thing("applicant", str(found.id), by.tenant_id), details={"number": digits})
    return found


def add_colleague(*, by: Actor, email: str) -> None:
    """Let a person with an account ask for the actor's organisation too."""
    require(by, JOIN, Thing("applicant", "", by.tenant_id))
    own = queries.applicant_of(by)
    person = accounts.User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if own is None or not own.number or person is None:
        raise UnknownColleague("Nobody with this address has an account here.", remedy="Ask them to make one first.")
    with transaction.atomic():
        member, created = models.Member.objects.get_or_create(
            tenant_id=by.tenant_id, person=person, defaults={"applicant": own}
        )
        if not created and member.applicant.number not in {"", own.number}:
            raise UnknownColleague("This person asks for another organisation.")
        models.Member.objects.filter(pk=member.pk).update(applicant=own)
        record(by, JOIN, Thing("applicant", str(own.id), by.tenant_id), details={"added": str(person.id)})


def require_asking(by: Actor) -> None:
    """Go on when the actor may ask for data at all."""
    require(by, ASK, Thing("request", "", by.tenant_id))
