"""Writes of stewardship: what quality a dataset or a theme should have, and what came of a duty to share back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from spiegelstad.accounts.public import Actor, Role
from spiegelstad.base.clock import now
from spiegelstad.base.errors import InvalidInput
from spiegelstad.catalogue import public as catalogue
from spiegelstad.governance.public import Act, Classification, Thing, record, require
from spiegelstad.stewardship import letters, models
from spiegelstad.stewardship.queries.uses import one_to_follow_up, to_follow_up
from spiegelstad.stewardship.rules import reminder_due
from spiegelstad.stewardship.vocabulary import Dimension

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
SET_TARGET = Act("stewardship.set_target", roles=_STEWARDS)
MEASURE = Act("stewardship.measure")  # for the program itself
REMIND = Act("stewardship.remind")  # the same
FOLLOW_UP = Act("stewardship.follow_up", roles=_STEWARDS, department_bound=False)


class InvalidTarget(InvalidInput):
    """A target is a share above 0 up to 1, with a reason, of a dataset or a theme that there is."""

    title = "The target is not right"


def set_target(*, by: Actor, dimension: Dimension, share: float, reason: str, slug: str = "", theme: str = "") -> None:
    """Set what share a dimension should have, with the reason; the one before goes.

    Of a dataset (`slug`): for a steward of its department. Of all datasets of a theme: for an administrator.
    """
    thing, what = _subject(by, slug, theme)
    require(by, SET_TARGET, thing)
    if not reason.strip() or not 0 < share <= 1:
        raise InvalidTarget("A target is a share above 0 % up to 100 %, with a reason.")
    with transaction.atomic():
        values: dict[str, Any] = {"share": share, "reason": reason.strip(), "set_at": now()}
        models.Target.objects.update_or_create(**what, dimension=dimension, defaults=values)
        record(by, SET_TARGET, thing, details={"dimension": dimension, "share": share}, reason=reason)


def drop_target(*, by: Actor, dimension: Dimension, reason: str, slug: str = "", theme: str = "") -> None:
    """Let a target go, with the reason; nothing happens when there is none."""
    thing, what = _subject(by, slug, theme)
    require(by, SET_TARGET, thing)
    if not reason.strip():
        raise InvalidTarget("Letting a target go needs a reason.")
    with transaction.atomic():
        if models.Target.objects.filter(**what, dimension=dimension).delete()[0]:
            record(by, SET_TARGET, thing, details={"dimension": dimension, "share": None}, reason=reason)


def _subject(by: Actor, slug: str, theme: str) -> tuple[Thing, dict[str, Any]]:
    if bool(slug) == bool(theme) or (theme and theme not in set(catalogue.Theme)):
        raise InvalidTarget("A target is of one dataset, or of one theme.")
    if theme:
        return Thing("theme", theme, by.tenant_id), {"tenant_id": by.tenant_id, "dataset": None, "theme": theme}
    one = catalogue.registered_dataset(by, slug)
    thing = Thing("dataset", slug, by.tenant_id, Classification(one.classification), one.department)
    return thing, {"tenant_id": by.tenant_id, "dataset_id": one.id, "theme": ""}


def settle(*, by: Actor, showcase_id: UUID, shared_url: str, note: str) -> None:
    """Write down what came of a duty to share back: where the data is, or why there is nothing to share."""
    require(by, FOLLOW_UP, Thing("showcase", str(showcase_id), by.tenant_id))
    one = one_to_follow_up(by, showcase_id)
    with transaction.atomic():
        values: dict[str, Any] = {"shared_url": shared_url, "note": note.strip(), "settled_at": now()}
        models.FollowUp.objects.update_or_create(
            showcase_id=one.showcase.id, defaults=values, create_defaults={**values, "tenant_id": by.tenant_id}
        )
        thing = Thing("showcase", str(showcase_id), by.tenant_id)
        record(by, FOLLOW_UP, thing, details={"shared": bool(shared_url)}, reason=note)


def remind(*, by: Actor) -> int:
    """Write to those who made something of data that is to be shared back, and have not said so; returns how many.

    For the program. Reminded are those whose address is still known: it is forgotten some months after the decision.
    """
    require(by, REMIND, Thing("showcase", "*", by.tenant_id))
    addresses = {one.id: one.email for one in catalogue.showcases_to_decide(by, most=None)}
    count = 0
    for one in to_follow_up(by) if letters.can_send() else ():
        address = addresses.get(one.showcase.id, "")
        if address and reminder_due(one.showcase.sent_at, one.reminders, now()):
            with transaction.atomic():
                values = {"reminders": one.reminders + 1, "reminded_at": now()}
                models.FollowUp.objects.update_or_create(
                    showcase_id=one.showcase.id, defaults=values, create_defaults={**values, "tenant_id": by.tenant_id}
                )
                letters.remind_of_sharing(by.tenant_id, one.showcase.title, address)
            count += 1
    return count
