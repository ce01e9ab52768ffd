"""Telling who uses a dataset that it will change or has (who holds an agreement, or told us what they made of it), its
stewards that it could not, and who asked something about it what the answer is."""

from __future__ import annotations

import datetime as dt

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.broker.public import holders_addresses
from spiegelstad.catalogue import public as catalogue
from spiegelstad.stewardship import letters

_TOLD_AT_ONCE = frozenset({catalogue.Status.DEPRECATED, catalogue.Status.ARCHIVED, catalogue.Status.DESTROYED})


def on_change_announced(event: catalogue.ChangeAnnounced) -> None:
    """Write to the users of a dataset that it will change, unless that was taken back meanwhile."""
    dataset = catalogue.registered_dataset(Actor.system(event.tenant_id, "notices"), event.slug)
    on = dt.date.fromisoformat(event.on)
    if (dataset.planned_status, dataset.planned_on) == (event.status, on):
        _tell(event.tenant_id, dataset, event.status, on)


def on_change_refused(event: catalogue.ChangeRefused) -> None:
    """Write to the stewards of a dataset that what was announced could not be done, unless it was done meanwhile."""
    dataset = catalogue.registered_dataset(Actor.system(event.tenant_id, "notices"), event.slug)
    on = dt.date.fromisoformat(event.on)
    if (dataset.planned_status, dataset.planned_on) == (event.status, on) and letters.can_send():
        letters.tell_of_refusal(event.tenant_id, dataset, on, event.problems)


def on_status_changed(event: catalogue.StatusChanged) -> None:
    """Write to the users of a dataset what has become of it; a draft had none."""
    dataset = catalogue.registered_dataset(Actor.system(event.tenant_id, "notices"), event.slug)
    if event.status in _TOLD_AT_ONCE and event.before != catalogue.Status.DRAFT and dataset.status == event.status:
        _tell(event.tenant_id, dataset, event.status, now().astimezone(BRUSSELS).date())


def on_question_answered(event: catalogue.QuestionAnswered) -> None:
    """Write the answer to who asked, where they gave an address and it is not forgotten yet."""
    question = catalogue.question_to_answer(Actor.system(event.tenant_id, "notices"), event.question_id)
    if question.email and letters.can_send():
        letters.tell_of_answer(event.tenant_id, question)


def _tell(tenant_id: str, dataset: catalogue.Registered, status: str, on: dt.date) -> None:
    if letters.can_send():
        letters.tell_of_change(tenant_id, dataset, _users(tenant_id, dataset.slug), status, on)


def _users(tenant_id: str, slug: str) -> list[str]:
    """Return the addresses of those who said that they use a dataset, each once."""
    made = catalogue.showcases_to_decide(Actor.system(tenant_id, "notices"), most=None)
    makers = {one.email for one in made if one.email and any(used.slug == slug for used in one.datasets)}
    return sorted(makers | holders_addresses(tenant_id, slug))
