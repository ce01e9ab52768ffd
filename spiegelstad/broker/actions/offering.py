"""What of a closed dataset may be asked for, and how: switched on by its steward, for each dataset apart."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, replace
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from spiegelstad.accounts.public import Actor
from spiegelstad.base.errors import InvalidInput
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions import asking, sheets
from spiegelstad.broker.rules import noise, sheet
from spiegelstad.broker.vocabulary import OFFER
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import ColumnType, Dataset, NoSuchDataset
from spiegelstad.governance.public import Classification, Thing, may, record, require

_NUMBERS = {ColumnType.BIGINT, ColumnType.DOUBLE}


class WrongOffer(InvalidInput):
    """The settings do not fit the dataset or each other; `problems` lists everything."""

    title = "These settings are not right"


@dataclass(frozen=True, slots=True)
class OfferIn:
    """What may be asked of a dataset; a way that is None is off. `person_column`: whose rows they are."""

    takes_requests: bool = False
    person_column: str = ""
    aggregates: sheet.Settings | None = None
    noisy: noise.Settings | None = None


def offerable(by: Actor, slug: str) -> Dataset:
    """Return a closed dataset that the actor decides about; to everyone else it does not exist."""
    found = queries.dataset_of(by, slug)
    if not may(by, OFFER, _thing(by, found)).allowed or found.classification == Classification.PUBLIC:
        raise NoSuchDataset(f"There is no dataset {slug!r}.")
    return found


def require_steward(by: Actor) -> None:
    """Go on for a steward of any department, or an administrator."""
    require(by, replace(OFFER, department_bound=False), Thing("offer", "", by.tenant_id))


def closed_datasets(by: Actor) -> list[tuple[Dataset, bool]]:
    """Return the closed datasets that the actor decides about, each with whether something may be asked of it."""
    offered = {one.dataset.slug for one in queries.offers(by)}
    found = catalogue.datasets(queries.program(by))
    return [
        (one, one.slug in offered)
        for one in found
        if one.classification != Classification.PUBLIC and may(by, OFFER, _thing(by, one)).allowed
    ]


def _thing(by: Actor, found: Dataset) -> Thing:
    return Thing("dataset", found.slug, by.tenant_id, Classification(found.classification), found.department)


def present(by: Actor, slug: str) -> OfferIn:
    """Return what may be asked of a dataset now; nothing when it was never offered."""
    row = models.Offer.objects.filter(tenant_id=by.tenant_id, dataset__slug=slug).first()
    if row is None:
        return OfferIn()
    return OfferIn(
        row.takes_requests,
        row.person_column,
        sheets.settings_of(row) if row.aggregates else None,
        asking.settings_of(row) if row.noisy else None,
    )


def change_offer(*, by: Actor, slug: str, offer: OfferIn) -> models.Offer:
    """Switch the ways of asking on or off, with their settings; what changed is audited."""
    dataset = offerable(by, slug)
    problems = problems_of(offer, dataset)
    if problems:
        raise WrongOffer(f"The settings are not right: {'; '.join(problems)}.", problems=problems)
    settings = {
        "takes_requests": offer.takes_requests,
        "person_column": offer.person_column,
        "aggregates": asdict(offer.aggregates) if offer.aggregates else None,
        "noisy": asdict(offer.noisy) if offer.noisy else None,
    }
    told: dict[str, Any] = orjson.loads(orjson.dumps(settings))  # as the row holds it: to see whether it changed
    with transaction.atomic():
        row, _created = models.Offer.objects.get_or_create(
            tenant_id=by.tenant_id, dataset_id=dataset.id, defaults={"salt": secrets.token_hex(32)}
        )
        row = models.Offer.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=row.pk)
        if any(getattr(row, name) != value for name, value in told.items()):
            for name, value in told.items():
                setattr(row, name, value)
            row.save()
            record(by, OFFER, queries.thing_of(row), details=told)
    return row


def problems_of(offer: OfferIn, dataset: Dataset) -> list[str]:
    """Say everything that is wrong with settings."""
    known = {column.name: column.type for column in dataset.columns}
    found = [
        *(offer.aggregates.problems() if offer.aggregates else ()),
        *(offer.noisy.problems() if offer.noisy else ()),
    ]
    named = [offer.person_column] if offer.person_column else []
    if offer.aggregates:
        named += [*offer.aggregates.columns, *offer.aggregates.sums]
    if offer.noisy:
        named += [*offer.noisy.filters, *offer.noisy.bounds, *offer.noisy.categories]
    found += [_("there is no column {name}").format(name=name) for name in dict.fromkeys(named) if name not in known]
    numbers = [*(offer.aggregates.sums if offer.aggregates else ()), *(offer.noisy.bounds if offer.noisy else ())]
    return found + [
        _("{name} holds no numbers to add up").format(name=name)
        for name in dict.fromkeys(numbers)
        if known.get(name) not in {None, *_NUMBERS}
    ]
