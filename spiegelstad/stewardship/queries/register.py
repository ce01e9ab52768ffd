"""The data register: every dataset, source, type of things and kind of sensor, also those that are not open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import get_language

from spiegelstad.accounts.public import Actor
from spiegelstad.base.localised import Localised, in_language
from spiegelstad.broker.public import agreements_by_dataset, asked_at
from spiegelstad.catalogue import public as catalogue
from spiegelstad.context import public as context
from spiegelstad.governance.public import Classification, Processing, activities, readable
from spiegelstad.ingest import public as ingest
from spiegelstad.sensors import public as sensors
from spiegelstad.stewardship.rules import Asked, Entry
from spiegelstad.stewardship.vocabulary import EntryKind, Origin

Activities = Mapping[str, Processing]


class Register:
    """The whole register of the actor's city. 6 queries, whatever its size.

    What is closed stands here for everyone, by its title and the reason: nothing of what it holds. Datasets can be very
    many and are counted by the database; the others are written or built by hand, and few.
    """

    def __init__(self, actor: Actor) -> None:
        self._actor, self._known = actor, activities(actor)
        self._others = _others(actor, self._known)
        self.alike = [(_entry(one, self._known), times) for one, times in catalogue.registered_alike(actor)]
        self.alike += [(entry, 1) for entry in self._others]

    def found(self, asked: Asked) -> Found:
        """Return what is asked for."""
        return Found(self._actor, self._known, asked, [entry for entry in self._others if asked.fits(entry)])


class Found:
    """Entries by kind and key, of which a part can be taken: datasets are read when they are in it."""

    def __init__(self, actor: Actor, known: Activities, asked: Asked, others: Sequence[Entry]) -> None:
        self._actor, self._known, self._others = actor, known, others
        self._which = catalogue.Which(
            text=asked.text, language=get_language() or "nl", department=asked.department, is_open=asked.is_open
        )
        has_datasets = asked.kind in {"", EntryKind.DATASET}
        self._datasets = catalogue.count_registered(actor, self._which) if has_datasets else 0

    def __len__(self) -> int:
        return self._datasets + len(self._others)

    def __getitem__(self, part: slice) -> list[Entry]:
        start, stop, _step = part.indices(len(self))
        split = self._datasets
        found = self._read(start, min(stop, split)) if start < split else []
        return [*found, *self._others[max(start - split, 0) : max(stop - split, 0)]]

    def _read(self, start: int, stop: int) -> list[Entry]:
        found = catalogue.registered(self._actor, self._which, start=start, stop=stop)
        return dataset_entries(self._actor, found, self._known)


def dataset_entries(actor: Actor, found: Sequence[catalogue.Registered], known: Activities) -> list[Entry]:
    """Return datasets as lines of the register, with what was agreed and may be asked about them. 2 queries."""
    closed = [one.slug for one in found if one.classification != Classification.PUBLIC]
    agreements, asked = agreements_by_dataset(actor.tenant_id, closed), asked_at(actor, closed)
    return [_entry(one, known, agreements.get(one.slug, 0), asked.get(one.slug, "")) for one in found]


def _others(actor: Actor, known: Activities) -> list[Entry]:
    """Return sources, types of things and kinds of sensors. What a source makes stands there once it is registered."""
    sources = ingest.registered_sources(actor)
    made = catalogue.registered_slugs(actor, [one.slug for one in sources if one.way is ingest.Way.RUN])
    read = [one for one in sources if one.way is not ingest.Way.RUN or one.slug in made]
    makers = {one.entity_type: one for one in read if one.entity_type}
    found = [_source_entry(actor, one, known) for one in read]
    found += [_type_entry(actor, one, makers.get(one.name)) for one in context.registered_types(actor)]
    return found + [_kind_entry(actor, one, known) for one in sensors.registered_kinds(actor)]


def _entry(one: catalogue.Registered, known: Activities, agreements: int = 0, asked_at_: str = "") -> Entry:
    processing = known.get(one.processing)
    return Entry(
        EntryKind.DATASET,
        one.slug,
        one.title,
        one.department,
        one.classification,
        steward=one.contact.name or one.contact.email,
        reason=one.classification_reason,
        review_on=one.review_on,
        legal_basis=one.legal_basis,
        retention_days=one.retention_days,
        retention=_retention(processing),
        origin=_origin(one),
        systems=one.publisher,
        frequency=one.frequency,
        licence=one.licence_uri,
        processing=one.processing,
        status=one.status,
        agreements=agreements,
        asked_at=asked_at_,
        is_readable=one.is_readable,
        is_frozen=one.is_frozen,
    )


def _origin(one: catalogue.Registered) -> Origin:
    if one.is_authoritative:
        return Origin.AUTHORITATIVE
    return Origin.DERIVED if one.derived or one.is_frozen else Origin.COPY


def _source_entry(actor: Actor, one: ingest.RegisteredSource, known: Activities) -> Entry:
    return Entry(
        EntryKind.SOURCE,
        one.slug,
        one.title,
        one.department,
        one.classification,
        steward=one.contact,
        reason=one.classification_reason,
        review_on=one.review_on,
        legal_basis=one.legal_basis,
        retention_days=one.retention_days,
        retention=_retention(known.get(one.processing)),
        origin=Origin.AUTHORITATIVE if one.is_authoritative else Origin.COPY,
        systems=one.publisher,
        processing=one.processing,
        is_readable=readable(actor, one.classification, one.department),
    )


def _type_entry(actor: Actor, one: context.RegisteredType, maker: ingest.RegisteredSource | None) -> Entry:
    """A type of things has what the source has that they come from."""
    told = {} if maker is None else {
        "steward": maker.contact, "legal_basis": maker.legal_basis, "retention_days": maker.retention_days,
        "systems": maker.publisher, "origin": Origin.AUTHORITATIVE if maker.is_authoritative else Origin.COPY,
    }  # fmt: skip
    return Entry(
        EntryKind.ENTITY_TYPE,
        one.name,
        {"nl": one.name, "en": one.name},
        one.department or (maker.department if maker else ""),
        one.classification,
        **told,  # type: ignore[arg-type]
        is_readable=readable(actor, one.classification, one.department),
    )


def _kind_entry(actor: Actor, one: sensors.RegisteredKind, known: Activities) -> Entry:
    processing = known.get(one.purpose)
    return Entry(
        EntryKind.SENSOR_TYPE,
        one.kind.value,
        {get_language() or "nl": str(sensors.KIND_NAMES[one.kind])},
        one.department,
        one.classification,
        legal_basis=in_language(processing.legal_basis) if processing else "",
        retention=_retention(processing),
        origin=Origin.AUTHORITATIVE,  # what the city measures itself
        processing=one.purpose,
        is_readable=readable(actor, one.classification, one.department),
    )


def _retention(processing: Processing | None) -> Localised | str:
    return processing.retention if processing else ""
