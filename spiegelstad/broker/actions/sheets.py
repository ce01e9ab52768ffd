"""Counts above a threshold: the sheet of a version is made once, when it is first asked for, and read ever after."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.errors import Conflict
from spiegelstad.broker import models, queries
from spiegelstad.broker.actions.asking import LIMITS
from spiegelstad.broker.rules import sheet, sql
from spiegelstad.broker.rules.sheet import Answer, Asked, Cell, Settings
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.public import Version


class TooManyGroups(Conflict):
    """The columns divide the data into more groups than a sheet may have."""

    title = "There are too many groups"


@dataclass(frozen=True, slots=True)
class Counted:
    """An answer, with the number of the version it was made of, and how it was protected."""

    answer: Answer
    settings: Settings
    version: int


def protected_counts(actor: Actor, slug: str, asked: Asked) -> Counted:
    """Answer from the sheet of the dataset: everyone gets the same answer to the same question."""
    offer = queries.offer(actor, slug)
    if offer.aggregates is None:
        raise queries.NoSuchOffer(f"Nothing can be asked of {slug!r}.")
    settings = settings_of(offer)
    sheet.check(asked, settings)
    row = current_sheet(actor, offer, settings)
    return Counted(sheet.answer(asked, settings, sheet.from_json(row.cells)), settings, row.number)


def settings_of(offer: models.Offer) -> Settings:
    """Return how a dataset is counted."""
    stored = dict(offer.aggregates or {})
    sums = {name: (low, high) for name, (low, high) in stored.pop("sums").items()}
    return Settings(**{**stored, "columns": tuple(stored["columns"])}, sums=sums)


def current_sheet(actor: Actor, offer: models.Offer, settings: Settings) -> models.Sheet:
    """Return the newest sheet with these settings, made when there is none or enough has changed since.

    A version that differs in fewer people than `renew_after` gets no sheet: the one before stays the answer.
    """
    version = catalogue.current_version(queries.program(actor), offer.dataset.slug)
    found = _newest(offer)
    if found is not None and version.number <= found.compared_with:
        return found
    with transaction.atomic():
        offer = models.Offer.objects.select_for_update(of=("self",)).select_related("dataset").get(pk=offer.pk)
        found = _newest(offer)
        if found is not None and version.number <= found.compared_with:
            return found
        if found is not None and _changed(actor, found, version, settings, offer.person_column) < settings.renew_after:
            found.compared_with = version.number
            found.save(update_fields=["compared_with"])
            return found
        return models.Sheet.objects.create(
            tenant_id=offer.tenant_id, offer=offer, version_id=version.id, number=version.number,
            parameters=_parameters(offer), cells=sheet.as_json(_cells(actor, version, settings, offer)),
            made_at=now(), compared_with=version.number,
        )  # fmt: skip


def _parameters(offer: models.Offer) -> dict[str, object]:
    return {"aggregates": offer.aggregates, "person_column": offer.person_column}


def _newest(offer: models.Offer) -> models.Sheet | None:
    return offer.sheets.filter(parameters=_parameters(offer)).order_by("-number").first()


def _changed(actor: Actor, before: models.Sheet, version: Version, settings: Settings, person: str) -> int:
    """Return how many people's rows differ. When the older version is gone nothing can be told: none, to be safe."""
    if before.version_id is None:
        return 0
    columns = [*settings.columns, *settings.sums]
    tables = {"old": before.version_id, "new": version.id}
    found = catalogue.query(queries.program(actor), sql.changed(columns, person), tables=tables, limits=LIMITS)
    return int(found.column(0)[0].as_py())


def _cells(actor: Actor, version: Version, settings: Settings, offer: models.Offer) -> list[Cell]:
    text = sql.cells(settings.columns, settings.sums, offer.person_column, settings.threshold)
    found = catalogue.query(queries.program(actor), text, tables={"t": version.id}, limits=LIMITS)
    if found.num_rows > sheet.MAX_CELLS:
        raise TooManyGroups("These columns divide the data into too many groups.", remedy="Choose fewer columns.")
    width = len(settings.columns)
    cells = [
        Cell(tuple(row[:width]), row[width], tuple(row[width + 1 :]))
        for row in zip(*(column.to_pylist() for column in found.columns), strict=True)
    ]
    return sheet.protected(sheet.whole(cells, settings.threshold), settings, offer.salt)
