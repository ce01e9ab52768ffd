"""Reads of the broker: what an applicant, or the steward of a dataset, may see of requests and agreements."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, UUIDField
from django.db.models.functions import Cast, Substr

from spiegelstad.accounts.public import Actor, ActorKind, Role, User
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import Conflict, NotFound
from spiegelstad.base.localised import in_language
from spiegelstad.broker import models
from spiegelstad.broker.vocabulary import RequestState, UploadState
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import STATUS_NAMES, Dataset, Status
from spiegelstad.governance.public import Classification, Thing

_LIVING = frozenset({Status.PUBLISHED, Status.DEPRECATED})


class NoSuchOffer(NotFound):
    """Nothing may be asked of this dataset, or there is none."""

    title = "Nothing can be asked for here"


class NothingMoreToAsk(Conflict):
    """The dataset was offered and is archived or destroyed since."""

    title = "Nothing can be asked of it any more"


class NoSuchRequest(NotFound):
    """There is no such request or agreement, or not for this actor."""

    title = "No such request"


class NoSuchUpload(NotFound):
    """There is no such upload, or not for this actor."""

    title = "No such upload"


def today() -> date:
    """Return the day in Brussels: agreements begin and end there."""
    return now().astimezone(BRUSSELS).date()


def program(actor: Actor) -> Actor:
    """Return the broker itself in the actor's city: it reads what the actor may not."""
    return Actor.system(actor.tenant_id, "broker")


def dataset_of(actor: Actor, slug: str) -> Dataset:
    """Return a dataset as the broker sees it, whatever its classification; never for a face by itself."""
    return catalogue.dataset(program(actor), slug)


def thing_of(row: models.Offer) -> Thing:
    """Return the dataset of an offer as policy sees it."""
    dataset = row.dataset
    return Thing("dataset", dataset.slug, row.tenant_id, Classification(dataset.classification), dataset.department)


def answers_for(actor: Actor, prefix: str = "offer__dataset__") -> Q:
    """Return the filter of what is about datasets that `actor` decides about."""
    if Role.ADMINISTRATOR in actor.roles or actor.is_system:
        return Q(pk__isnull=False)  # an empty filter would vanish beside another
    if Role.STEWARD in actor.roles and actor.departments:
        return Q(**{f"{prefix}department__in": sorted(actor.departments)})
    return Q(pk__in=[])


def offers(actor: Actor) -> list[models.Offer]:
    """Return what may be asked for in this city, by slug: for everyone."""
    return list(_living_offers(actor).order_by("dataset__slug"))


def asked_at(actor: Actor, slugs: Collection[str]) -> dict[str, str]:
    """Return the address at which everyone may ask for a part of those of these datasets that are offered."""
    found = _living_offers(actor).filter(dataset__slug__in=slugs).exclude(dataset__classification=Classification.PUBLIC)
    return {slug: f"/access/data/{slug}" for slug in found.values_list("dataset__slug", flat=True)}


def _living_offers(actor: Actor) -> QuerySet[models.Offer]:
    return _open_offers(actor).filter(dataset__status__in=_LIVING)


def _open_offers(actor: Actor) -> QuerySet[models.Offer]:
    is_open = Q(takes_requests=True) | Q(aggregates__isnull=False) | Q(noisy__isnull=False)
    return models.Offer.objects.filter(is_open, tenant_id=actor.tenant_id).select_related("dataset")


def offer(actor: Actor, slug: str) -> models.Offer:
    """Return what may be asked of a dataset, or raise `NoSuchOffer`, or `NothingMoreToAsk` when its life is over."""
    found = _open_offers(actor).filter(dataset__slug=slug).first()
    if found is None or found.dataset.status == Status.DRAFT:
        raise NoSuchOffer(f"Nothing can be asked of {slug!r}.")
    require_living(found)
    return found


def require_living(row: models.Offer) -> None:
    """Go on when the dataset of an offer is published or deprecated; `NothingMoreToAsk` when it no longer is."""
    if row.dataset.status not in _LIVING:
        raise NothingMoreToAsk(
            f"“{in_language(row.dataset.title)}” is {STATUS_NAMES[Status(row.dataset.status)]}. "
            "Nothing can be asked of it any more.",
            remedy=f"Why, and what to use instead, stands at /register/datasets/{row.dataset.slug}.",
        )


def applicant_of(actor: Actor) -> models.Applicant | None:
    """Return for whom the actor asks: by their key, else by who they are; None when they never asked."""
    if actor.kind is ActorKind.KEY:
        key = key_of(actor)
        return key.applicant if key else None
    if actor.kind is not ActorKind.PERSON:
        return None
    found = models.Member.objects.filter(tenant_id=actor.tenant_id, person_id=person_id(actor))
    member = found.select_related("applicant").first()
    return member.applicant if member else None


def person_id(actor: Actor) -> UUID:
    """Return the id of the account of a person."""
    return UUID(actor.id.removeprefix("person:"))


def key_of(actor: Actor) -> models.Key | None:
    """Return what a key of ours is for; None for another key, and once its maker's account is gone."""
    if actor.kind is not ActorKind.KEY or not actor.id.startswith("key:"):
        return None
    maker = Cast(Substr(OuterRef("made_by"), len("person:") + 1), UUIDField())
    found = models.Key.objects.filter(
        Exists(User.objects.filter(pk=maker, is_active=True)),
        tenant_id=actor.tenant_id, api_key_id=UUID(actor.id.removeprefix("key:")),
    )  # fmt: skip
    return found.select_related("applicant", "agreement__request__offer__dataset").first()


def _mine(actor: Actor, prefix: str = "", person: str = "asked_by") -> Q:
    """Return the filter of what the actor's applicant has, or the actor asked for before they asked for another."""
    own = applicant_of(actor)
    if own is None or actor.kind is not ActorKind.PERSON:
        return Q(pk__in=[])
    return Q(**{f"{prefix}applicant": own}) | Q(**{f"{prefix}{person}": actor.id})


def is_mine(actor: Actor, row: models.Request) -> bool:
    """Whether the actor, or the applicant they ask for, asked this."""
    own = applicant_of(actor)
    return row.asked_by == actor.id or (own is not None and own.id == row.applicant_id)


def my_requests(actor: Actor) -> list[models.Request]:
    """Return the requests of the actor's applicant, the newest first."""
    return list(_requests(actor).filter(_mine(actor)).order_by("-created_at")[:200])


def inbox(actor: Actor) -> list[models.Request]:
    """Return the requests that wait for this steward, the oldest first."""
    waiting = _requests(actor).filter(answers_for(actor), state=RequestState.ASKED)
    return list(waiting.order_by("created_at")[:200])


def decided(actor: Actor) -> list[models.Request]:
    """Return the requests about this steward's datasets that were decided, the newest first."""
    found = _requests(actor).filter(answers_for(actor)).exclude(state=RequestState.ASKED)
    return list(found.order_by("-decided_at", "-created_at")[:100])


def _requests(actor: Actor) -> QuerySet[models.Request]:
    found = models.Request.objects.filter(tenant_id=actor.tenant_id)
    return found.select_related("offer__dataset", "applicant", "agreement")


def request(actor: Actor, request_id: UUID) -> models.Request:
    """Return a request of the actor's applicant, or about a dataset the actor decides about."""
    found = _requests(actor).filter(_mine(actor) | answers_for(actor), id=request_id).first()
    if found is None:
        raise NoSuchRequest("There is no such request.")
    return found


def agreement(actor: Actor, agreement_id: UUID) -> models.Agreement:
    """Return an agreement that the actor's applicant has, or that the actor decides about."""
    seen = _mine(actor, "request__") | answers_for(actor, "request__offer__dataset__")
    rows = models.Agreement.objects.filter(seen, tenant_id=actor.tenant_id, id=agreement_id)
    found = rows.select_related("request__offer__dataset", "request__applicant").first()
    if found is None:
        raise NoSuchRequest("There is no such agreement.")
    return found


def is_party(actor: Actor, row: models.Agreement) -> bool:
    """Whether the actor, or the applicant they ask for, has this agreement."""
    return actor.kind is ActorKind.PERSON and is_mine(actor, row.request)


def may_decide(actor: Actor, row: models.Offer) -> bool:
    """Whether the actor decides about the dataset of an offer."""
    everything = Role.ADMINISTRATOR in actor.roles
    return everything or (Role.STEWARD in actor.roles and row.dataset.department in actor.departments)


def keys(actor: Actor, agreement_row: models.Agreement | None = None) -> list[models.Key]:
    """Return the keys of the actor's applicant that are not withdrawn; those of an agreement, or of none."""
    rows = models.Key.objects.filter(_mine(actor, person="made_by"), tenant_id=actor.tenant_id, agreement=agreement_row)
    return list(rows.filter(api_key__revoked_at=None).select_related("api_key").order_by("-api_key__created_at"))


def own_key(actor: Actor, key_id: UUID) -> models.Key:
    """Return a key of the actor's applicant."""
    found = models.Key.objects.filter(_mine(actor, person="made_by"), tenant_id=actor.tenant_id, api_key_id=key_id)
    row = found.select_related("api_key").first()
    if row is None:
        raise NoSuchRequest("You have no such key.")
    return row


def uses_by_day(agreement_row: models.Agreement, days: int = 30) -> list[tuple[date, int]]:
    """Return how often an agreement was used on each of the last days that it was, the newest first."""
    since = now() - timedelta(days=days)
    found: dict[date, int] = {}
    for hour, times in agreement_row.uses.filter(hour__gte=since).order_by("-hour").values_list("hour", "times"):
        day = hour.astimezone(BRUSSELS).date()
        found[day] = found.get(day, 0) + times
    return list(found.items())


def uses_in_all(agreement_row: models.Agreement) -> int:
    """Return how often an agreement was used."""
    return agreement_row.uses.aggregate(times=Sum("times"))["times"] or 0


def agreements_by_dataset(tenant_id: str, slugs: Collection[str]) -> dict[str, int]:
    """Return how many agreements are in force of these datasets: for registers. Who has them is not told."""
    here = _in_force(tenant_id).filter(request__offer__dataset__slug__in=slugs)
    return dict(here.values_list("request__offer__dataset__slug").annotate(Count("id")))


def holders_addresses(tenant_id: str, slug: str) -> set[str]:
    """Return the e-mail addresses of who has an agreement in force about a dataset: to write to them, never to show."""
    rows = _in_force(tenant_id).filter(request__offer__dataset__slug=slug)
    return set(rows.values_list("request__applicant__members__person__email", flat=True)) - {None}


def _in_force(tenant_id: str) -> QuerySet[models.Agreement]:
    day = today()
    return models.Agreement.objects.filter(
        tenant_id=tenant_id, accepted_at__isnull=False, ended_at=None, from_on__lte=day, ends_on__gte=day
    )


def my_uploads(actor: Actor) -> list[models.Upload]:
    """Return what the actor uploaded, the newest first, without the files."""
    if actor.kind is not ActorKind.PERSON:
        return []
    rows = models.Upload.objects.filter(tenant_id=actor.tenant_id, person_id=person_id(actor))
    return list(rows.defer("content").order_by("-created_at")[:100])


def offered_uploads(actor: Actor) -> list[models.Upload]:
    """Return the uploads that wait for a steward, the oldest first; a city has one steward's inbox for them all."""
    if not actor.roles & {Role.STEWARD, Role.ADMINISTRATOR}:
        return []
    rows = models.Upload.objects.filter(tenant_id=actor.tenant_id, state=UploadState.OFFERED)
    return list(rows.defer("content").order_by("created_at")[:100])


def upload(actor: Actor, upload_id: UUID) -> models.Upload:
    """Return an upload of the actor, or to stewards one that waits for them or is a dataset now."""
    seen: Any = Q(person_id=person_id(actor)) if actor.kind is ActorKind.PERSON else Q(pk__in=[])
    if actor.roles & {Role.STEWARD, Role.ADMINISTRATOR}:
        seen |= Q(state__in=[UploadState.OFFERED, UploadState.PUBLISHED])
    found = models.Upload.objects.filter(seen, tenant_id=actor.tenant_id, id=upload_id).first()
    if found is None:
        raise NoSuchUpload("There is no such upload.")
    return found


def uses_since(agreement_row: models.Agreement, since: datetime) -> int:
    """Return how often an agreement was used since a moment at the beginning of an hour."""
    return agreement_row.uses.filter(hour__gte=since).aggregate(times=Sum("times"))["times"] or 0
