"""What a key of an agreement gives of a dataset, for the catalogue, which holds every face to it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import BRUSSELS, now
from spiegelstad.base.errors import TooMany
from spiegelstad.broker import models, queries
from spiegelstad.broker.rules.people import is_active
from spiegelstad.broker.rules.scope import Scope, typed_values
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import Grant, NoSuchDataset, Selection

_COUNT = """
INSERT INTO broker_agreementuse (tenant_id, agreement_id, hour, times) VALUES (%s, %s, %s, 1)
ON CONFLICT (agreement_id, hour) DO UPDATE SET times = broker_agreementuse.times + excluded.times
"""


class RateExceeded(TooMany):
    """The agreement was used as often as it may be, this hour or today."""

    title = "The agreement was used too often"


class Agreements:
    """Gives to the keys of agreements what was agreed, and takes down every use before anything is read."""

    def grant(self, actor: Actor, slug: str) -> Grant | None:
        """Return what the key's agreement gives of this dataset today; None for everyone else."""
        key = queries.key_of(actor)
        row = key.agreement if key else None
        if row is None or row.request.offer.dataset.slug != slug:
            return None
        if not is_active(row.accepted_at, row.ended_at, row.from_on, row.ends_on, queries.today()):
            return None
        return Grant(row.id, tuple(row.columns), _condition(actor, slug, Scope(tuple(row.columns), row.rows)))

    def use(self, actor: Actor, slug: str, grant: Grant, selection: Selection) -> None:
        """Count a use in the current hour, or refuse it: `RateExceeded`, or NoSuchDataset when it ended meanwhile."""
        with transaction.atomic():
            row = models.Agreement.objects.select_for_update().filter(id=grant.agreement_id).first()
            if row is None or not is_active(row.accepted_at, row.ended_at, row.from_on, row.ends_on, queries.today()):
                raise NoSuchDataset(f"There is no dataset {slug!r}.")
            moment = now().astimezone(BRUSSELS)
            hour = moment.replace(minute=0, second=0, microsecond=0)
            for since, most, until in (
                (hour, row.per_hour, hour + timedelta(hours=1)),
                (hour.replace(hour=0), row.per_day, hour.replace(hour=0) + timedelta(days=1)),
            ):
                if queries.uses_since(row, since) >= most:
                    raise _too_often(most, moment, until)
            with connection.cursor() as cursor:
                cursor.execute(_COUNT, [actor.tenant_id, row.id, hour])


def _too_often(most: int, moment: datetime, until: datetime) -> RateExceeded:
    return RateExceeded(
        f"The agreement allows {most} questions in this time.",
        remedy="Come back later, or ask the steward for more.",
        retry_after_s=max(1, int((until - moment).total_seconds())),
    )


def _condition(actor: Actor, slug: str, scope: Scope) -> catalogue.Condition | None:
    if not scope.rows:
        return None
    known = {column.name: column for column in queries.dataset_of(actor, slug).columns}
    parts = []
    for one in scope.rows:
        values = typed_values(one, known)
        operator = one["operator"]
        parts.append(catalogue.Comparison(one["column"], operator, values if operator == "in" else values[0]))
    return catalogue.All(tuple(parts))


AGREEMENTS = Agreements()
"""The one provider, for the wiring."""
