"""What others make of the city's data, and whether they share back where the licence asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import NotFound
from spiegelstad.catalogue import public as catalogue
from spiegelstad.stewardship import models
from spiegelstad.stewardship.vocabulary import SHARE_BACK


class NothingToFollowUp(NotFound):
    """There is nothing with this id that has to share back."""

    title = "Nothing to follow up"


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was made of data. `must_share`: a licence asks to share improved data; `settled_at`: it is known
    what came of that, with where the data is (`shared_url`, empty when there was nothing to share)."""

    showcase: catalogue.Showcase
    must_share: bool
    reminders: int = 0
    shared_url: str = ""
    settled_at: datetime | None = None


def made(actor: Actor) -> list[Made]:
    """Return the newest of what was made, the newest first, as everyone may see it. 4 queries."""
    return _with_duties(actor, catalogue.showcases(actor))


def _with_duties(actor: Actor, shown: list[catalogue.Showcase]) -> list[Made]:
    used = {used.slug for one in shown for used in one.datasets}
    duties = {
        one.slug for one in catalogue.registered(actor, catalogue.Which(slugs=used)) if one.licence_uri in SHARE_BACK
    }
    rows = models.FollowUp.objects.filter(tenant_id=actor.tenant_id)
    followed = {row.showcase_id: row for row in rows}
    found = []
    for one in shown:
        row, must_share = followed.get(one.id), any(used.slug in duties for used in one.datasets)
        if row is None:
            found.append(Made(one, must_share))
        else:
            found.append(Made(one, must_share, row.reminders, row.shared_url, row.settled_at))
    return found


def to_follow_up(actor: Actor) -> list[Made]:
    """Return what has to share back and of which nobody knows yet whether it did, the oldest first."""
    every = _with_duties(actor, catalogue.showcases(actor, most=None))
    waiting = [one for one in every if one.must_share and one.settled_at is None]
    return sorted(waiting, key=lambda one: one.showcase.sent_at)


def one_to_follow_up(actor: Actor, showcase_id: UUID) -> Made:
    """Return one of these, or raise `NothingToFollowUp`."""
    found = next((one for one in to_follow_up(actor) if one.showcase.id == showcase_id), None)
    if found is None:
        raise NothingToFollowUp("There is nothing to follow up here.")
    return found
