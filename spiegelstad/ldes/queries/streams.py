"""Which streams there are for everybody. What is closed to an anonymous reader has none, at once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from spiegelstad.accounts.public import Actor, Tenant
from spiegelstad.base.errors import NotFound
from spiegelstad.base.localised import Localised
from spiegelstad.catalogue import public as catalogue
from spiegelstad.context import public as context
from spiegelstad.ldes import models
from spiegelstad.ldes.rules.retention import days_of
from spiegelstad.ldes.vocabulary import Kind, iri_of


class NoSuchStream(NotFound):
    """There is no such stream, or not for everybody."""

    title = "No such stream"


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream that anyone may read. `days`: for how long all of it is kept; None: always."""

    id: UUID
    tenant_id: str
    kind: Kind
    name: str
    type_iri: str
    is_keyed: bool
    members: int
    last_page: int
    last_issued_at: datetime | None
    revision: int
    title: Localised
    description: Localised
    days: int | None

    @property
    def iri(self) -> str:
        """Its IRI, which begins with `BASE`."""
        return iri_of(self.kind, self.name)


def streams(tenant: Tenant) -> list[Stream]:
    """Return all streams of a city, those of datasets first."""
    open_ = {one.slug: one for one in catalogue.datasets(Actor.anonymous(tenant.id))}
    closed = closed_of(tenant)
    rows = models.Stream.objects.filter(tenant_id=tenant.id).order_by("kind", "name")
    found = []
    for row in rows:
        if row.kind == Kind.TYPE and _is_open(row, closed):
            found.append(_of_type(row, tenant))
        elif row.kind == Kind.DATASET and (dataset := open_.get(row.name)) and dataset.current:
            found.append(_of_dataset(row, dataset))
    return found


def stream(tenant: Tenant, kind: Kind, name: str) -> Stream:
    """Return one stream, or raise `NoSuchStream`."""
    row = models.Stream.objects.filter(tenant_id=tenant.id, kind=kind, name=name).first()
    if row is not None and kind == Kind.TYPE and _is_open(row, closed_of(tenant)):
        return _of_type(row, tenant)
    if row is not None and kind == Kind.DATASET:
        try:
            dataset = catalogue.dataset(Actor.anonymous(tenant.id), name)
        except catalogue.NoSuchDataset:
            dataset = None
        if dataset is not None and dataset.current is not None:
            return _of_dataset(row, dataset)
    raise NoSuchStream(f"There is no stream {kind}/{name}.")


def closed_of(tenant: Tenant) -> frozenset[str]:
    """Return the types and attributes (IRIs) that a city closes to an anonymous reader."""
    return context.closed_attributes(Actor.anonymous(tenant.id), tenant.settings)


def _is_open(row: models.Stream, closed: frozenset[str]) -> bool:
    """Whether nothing was closed since the members were made; the builder takes it out within a minute."""
    return row.type_iri not in closed and closed <= set(row.closed)


def _of_type(row: models.Stream, tenant: Tenant) -> Stream:
    title = {"nl": f"{row.name}: alle veranderingen", "en": f"{row.name}: all changes"}
    description = {
        "nl": f"Elke verandering van een object van het type {row.name} in deze stad.",
        "en": f"Every change of a thing of the type {row.name} in this city.",
    }
    return _record(row, title, description, days_of(tenant.settings))


def _of_dataset(row: models.Stream, dataset: catalogue.Dataset) -> Stream:
    return _record(row, dataset.title, dataset.description, dataset.retention_days)


def _record(row: models.Stream, title: Localised, description: Localised, days: int | None) -> Stream:
    return Stream(
        row.id, row.tenant_id, Kind(row.kind), row.name, row.type_iri, bool(row.key), row.last_sequence, row.last_page,
        row.last_issued_at, row.revision, title, description, days,
    )  # fmt: skip


def placed(tenant_id: str) -> frozenset[str]:
    """Return the ids of the streams of a city that have a view by place."""
    pages = models.Page.objects.filter(tenant_id=tenant_id, branch__contains="/")
    return frozenset(str(id_) for id_ in pages.values_list("stream_id", flat=True).distinct())
