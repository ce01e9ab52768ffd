"""Questions answered with noise: what they cost is taken from a budget that is never given twice.

First the cost is taken, in one transaction under the lock of the dataset's offer; then the answer is made; then it is
kept, once and for all. Whoever asks the same again, or comes second while it is made, gets what was kept: the noise of
an answer that is not kept is never seen. So two questions at once cannot spend the same epsilon, and a crash costs at
most an answer that the next to ask the same gets without paying again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Forbidden
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions.applying import ensure_applicant
from spiegelstad.broker.rules import noise, sql
from spiegelstad.broker.rules.noise import Ask, Measured, Noisy, Settings
from spiegelstad.broker.vocabulary import ASK_NOISY
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import Limits, Version
from spiegelstad.governance.public import record

LIMITS = Limits(seconds=30.0)


class BudgetExceeded(Forbidden):
    """What is left of the budget, of the applicant or of all together, is too little for this question."""

    title = "The privacy budget does not allow this question"


def ask_noisy(*, by: Actor, slug: str, asked: Noisy) -> models.NoisyAnswer:
    """Answer a question with noise, or give the answer that the applicant had before on this version."""
    offer = noisy_offer(by, slug)
    settings = settings_of(offer)
    noise.check(asked, settings)
    version = catalogue.current_version(queries.program(by), slug)
    row = _paid(by, offer.pk, settings, asked, version)
    if row.answer is None:
        answer = _answer(by, version, asked, settings, offer.person_column)
        models.NoisyAnswer.objects.filter(pk=row.pk, answer__isnull=True).update(answer=answer)
        row.refresh_from_db()
    return row


def noisy_offer(by: Actor, slug: str) -> models.Offer:
    """Return the offer of a dataset that gives noisy answers."""
    offer = queries.offer(by, slug)
    if offer.noisy is None:
        raise queries.NoSuchOffer(f"Nothing can be asked of {slug!r}.")
    return offer


def settings_of(offer: models.Offer) -> Settings:
    """Return how noisy answers are made of a dataset."""
    stored = dict(offer.noisy or {})
    bounds = {name: (low, high) for name, (low, high) in stored.pop("bounds").items()}
    categories = {name: tuple(values) for name, values in stored.pop("categories").items()}
    return Settings(**{**stored, "filters": tuple(stored["filters"])}, bounds=bounds, categories=categories)


def _paid(by: Actor, offer_id: Any, settings: Settings, asked: Noisy, version: Version) -> models.NoisyAnswer:
    """Return the question as it was paid before, else take its cost from both budgets."""
    with transaction.atomic():
        applicant = ensure_applicant(by)
        offer = models.Offer.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=offer_id)
        who = person_behind(by)
        mine = models.NoisyAnswer.objects.filter(Q(applicant=applicant) | Q(asked_by=who), offer=offer)
        digest = asked.digest(settings, offer.person_column)
        found = mine.filter(version=version.number, digest=digest).order_by("asked_at").first()
        if found is not None:
            return found
        for spent, allowed, text in (
            (_spent(mine), settings.per_applicant, _("This costs {cost} and {left} is left for you.")),
            (
                _spent(models.NoisyAnswer.objects.filter(offer=offer)),
                settings.in_all,
                _("This costs {cost} and {left} is left for everyone together."),
            ),
        ):
            left = max(Decimal(str(allowed)) - spent, Decimal(0))
            if asked.epsilon > left:
                raise BudgetExceeded(
                    text.format(cost=asked.epsilon, left=f"{left:.3f}"),
                    remedy="Ask with a smaller epsilon, or ask the steward for access.",
                    left=f"{left:.3f}",
                )
        row = models.NoisyAnswer.objects.create(
            tenant_id=by.tenant_id, offer=offer, applicant=applicant, asked_by=who, version=version.number,
            question=asked.as_json(), digest=digest, epsilon=asked.epsilon, asked_at=now(),
        )  # fmt: skip
        details = {"question": row.digest, "epsilon": f"{asked.epsilon:.3f}", "version": version.number}
        record(by, ASK_NOISY, queries.thing_of(offer), details=details)
    return row


def person_behind(by: Actor) -> str:
    """Return the person who asks: by a key, who made it."""
    key = queries.key_of(by)
    return key.made_by if key else by.id


def _spent(rows: Any) -> Decimal:
    return rows.aggregate(spent=Sum("epsilon"))["spent"] or Decimal(0)


def left_for(by: Actor, offer: models.Offer) -> tuple[Decimal, Decimal]:
    """Return what is left of the budget: of the actor's applicant, and of all together."""
    settings = settings_of(offer)
    applicant = queries.applicant_of(by)
    everything = models.NoisyAnswer.objects.filter(offer=offer)
    mine = everything.filter(Q(applicant=applicant) | Q(asked_by=person_behind(by))) if applicant else everything.none()
    own, of_all = (
        max(Decimal(str(most)) - _spent(rows), Decimal(0))
        for most, rows in ((settings.per_applicant, mine), (settings.in_all, everything))
    )
    return min(own, of_all), of_all


def _answer(by: Actor, version: Version, asked: Noisy, settings: Settings, person: str) -> dict[str, Any]:
    epsilon = float(asked.epsilon)
    if asked.ask is Ask.COUNT:
        (row,) = _rows(by, version, sql.count(asked.where, person))
        return _as_json(noise.count(row["value"], epsilon))
    if asked.ask is Ask.HISTOGRAM:
        categories = settings.categories[asked.column]
        found = {
            row["label"]: row["value"]
            for row in _rows(by, version, sql.histogram(asked.column, categories, asked.where, person))
        }
        measured = noise.histogram([found.get(name, 0) for name in categories], epsilon)
        return {"lines": [{"label": name} | _as_json(one) for name, one in zip(categories, measured, strict=True)]}
    bounds = settings.bounds[asked.column]
    origin = 0.0 if asked.ask is Ask.SUM else sum(bounds) / 2
    unit = noise.unit_of(bounds)
    (row,) = _rows(by, version, sql.total(asked.column, bounds, (origin, unit), asked.where, person))
    if asked.ask is Ask.SUM:
        return _as_json(noise.total(row["value"], bounds, epsilon))
    return _as_json(noise.mean(row["value"], row["people"], bounds, epsilon))


def _as_json(measured: Measured) -> dict[str, Any]:
    return {"value": measured.value, "margin": measured.margin}


def _rows(by: Actor, version: Version, statement: tuple[str, sql.Parameters]) -> list[dict[str, Any]]:
    text, values = statement
    found = catalogue.query(queries.program(by), text, tables={"t": version.id}, params=dict(values), limits=LIMITS)
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows
