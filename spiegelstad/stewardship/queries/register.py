"""The data register: every dataset, source, type of things and kind of sensor, also those that are not open."""

from __future__ import annotations

from django.utils.translation import get_language

from spiegelstad.accounts.public import Actor
from spiegelstad.base.localised import Localised, in_language
from spiegelstad.broker.public import agreements_by_dataset
from spiegelstad.catalogue import public as catalogue
from spiegelstad.context import public as context
from spiegelstad.governance.public import Processing, processing_register, readable
from spiegelstad.ingest import public as ingest
from spiegelstad.sensors import public as sensors
from spiegelstad.stewardship.rules import Entry
from spiegelstad.stewardship.vocabulary import EntryKind, Origin


def entries(actor: Actor) -> list[Entry]:
    """Return the whole register of the actor's city, by kind and key. 5 queries, whatever its size.

    What is closed stands here for everyone, by its title and the reason: nothing of what it holds.
    """
    datasets, agreements = catalogue.registered(actor), agreements_by_dataset(actor.tenant_id)
    published = {one.slug for one in datasets}
    read = [one for one in ingest.registered_sources(actor) if one.way is not ingest.Way.RUN or one.slug in published]
    makers = {one.entity_type: one for one in read if one.entity_type}
    found = [dataset_entry(one, agreements.get(one.slug, 0)) for one in datasets]
    found += [_source_entry(actor, one) for one in read]
    found += [_type_entry(actor, one, makers.get(one.name)) for one in context.registered_types(actor)]
    return found + [_kind_entry(actor, one) for one in sensors.registered_kinds(actor)]


def dataset_entry(one: catalogue.Registered, agreements: int) -> Entry:
    """Return a dataset as a line of the register."""
    processing = processing_register().get(one.processing)
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
        is_readable=one.is_readable,
        is_frozen=one.is_frozen,
    )


def _origin(one: catalogue.Registered) -> Origin:
    if one.is_authoritative:
        return Origin.AUTHORITATIVE
    return Origin.DERIVED if one.derived or one.is_frozen else Origin.COPY


def _source_entry(actor: Actor, one: ingest.RegisteredSource) -> Entry:
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
        retention=_retention(processing_register().get(one.processing)),
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


def _kind_entry(actor: Actor, one: sensors.RegisteredKind) -> Entry:
    processing = processing_register().get(one.purpose)
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
