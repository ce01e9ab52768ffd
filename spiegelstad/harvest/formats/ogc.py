"""OGC API: collections of Features, and records of Records (OGC 20-004r1), to harvested records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from spiegelstad.catalogue.public import Contact, Distribution
from spiegelstad.harvest.formats import values
from spiegelstad.harvest.formats.plain import items, text
from spiegelstad.harvest.formats.reading import Habits, Reading
from spiegelstad.harvest.rules import Description, Harvested
from spiegelstad.harvest.vocabulary import Done, Wrong

DATA_LINKS = frozenset({"item", "items", "enclosure", "data", "download", "service"})
PAGE_LINKS = frozenset({"about", "canonical", "alternate", "describedby", "self"})


def link(found: Any, base: str, *rels: str, media_type: str = "") -> str:
    """Return the address of the first link with one of these relations, and of a type when one is asked."""
    links = found.get("links") if isinstance(found, dict) else None
    for rel in rels:
        for one in items(links):
            if isinstance(one, dict) and text(one.get("rel")) == rel and media_type in text(one.get("type")):
                return urljoin(base, text(one.get("href")))
    return ""


def is_records(collection: Mapping[str, Any]) -> bool:
    """Whether the items of a collection are records, which describe data, instead of data."""
    return text(collection.get("itemType")) in ("record", "records")


def collection(found: Mapping[str, Any], base: str, habits: Habits) -> Harvested:
    """Read a collection of features as a dataset."""
    reading = Reading(habits)
    id_ = text(found.get("id"))
    uri = link(found, base, "self") or (f"{base.split('?', 1)[0].rstrip('/')}/{id_}" if id_ else "")
    if not id_:
        reading.findings.add("id", Wrong.MISSING, Done.QUARANTINED)
        return reading.end(f"#{text(found.get('title'))}", None)
    return _record(reading, uri, found, found, base)


def record(found: Mapping[str, Any], base: str, habits: Habits) -> Harvested:
    """Read a record (a GeoJSON feature) as a dataset."""
    reading = Reading(habits)
    given = found.get("properties")
    properties: Mapping[str, Any] = given if isinstance(given, dict) else {}
    id_ = text(found.get("id"))
    if not id_:
        reading.findings.add("id", Wrong.MISSING, Done.QUARANTINED)
        return reading.end(f"#{text(properties.get('title'))}", None)
    uri = id_ if values.is_address(id_) else link(found, base, "canonical", "self")
    return _record(reading, uri or id_, properties, found, base)


def _record(
    reading: Reading, key: str, properties: Mapping[str, Any], found: Mapping[str, Any], base: str
) -> Harvested:
    language = _language(properties, reading.habits)
    title = reading.text("title", text(properties.get("title")) or text(found.get("id")), values.MAX_TITLE)
    about = reading.text("description", text(properties.get("description")))
    words = sorted({w for one in items(properties.get("keywords")) if (w := reading.text("keywords", one, 300))})
    licence = _licence(reading, properties, found, base)
    publisher, contact = _contacts(reading, properties)
    page = link(found, base, *PAGE_LINKS, media_type="text/html")
    description = Description(
        key=key,
        uri=key if values.is_address(key) else "",
        title={language: title} if title else {},
        description={language: about} if about else {},
        keywords={language: tuple(words)} if words else {},
        themes=_themes(properties),
        publisher=publisher,
        contact=contact,
        licence_uri=licence or reading.habits.licence,
        landing_page=page,
        issued=_moment(reading, "created", properties),
        modified=_moment(reading, "updated", properties),
        distributions=_distributions(reading, found, base, licence),
    )
    return reading.end(key, description)


def _language(properties: Mapping[str, Any], habits: Habits) -> str:
    given = properties.get("language")
    code = text(given.get("code")) if isinstance(given, dict) else text(given)
    short = code.split("-", 1)[0].lower()
    return short if short.isalpha() and len(short) in (2, 3) else habits.language


def _moment(reading: Reading, name: str, properties: Mapping[str, Any]) -> str:
    return reading.moment(name, text(properties.get(name))) if text(properties.get(name)) else ""


def _licence(reading: Reading, properties: Mapping[str, Any], found: Mapping[str, Any], base: str) -> str:
    """Return the licence: a link, or a property with an SPDX identifier such as `CC-BY-4.0`, an address or a word."""
    for one in (link(found, base, "license"), text(properties.get("license"))):
        known = reading.habits.licences.get(one.casefold(), "") or values.known_licence(one)
        if known or values.is_address(one):
            return known or one
    written = text(properties.get("license"))
    done = Done.DEFAULT_USED if reading.habits.licence else Done.LEFT_OUT
    wrong = Wrong.UNKNOWN_VALUE if written else Wrong.MISSING
    reading.findings.add("license", wrong, done, written, reading.habits.licence)
    return ""


def _themes(properties: Mapping[str, Any]) -> tuple[str, ...]:
    concepts = [
        concept
        for theme in items(properties.get("themes"))
        if isinstance(theme, dict)
        for concept in items(theme.get("concepts"))
        if isinstance(concept, dict)
    ]
    named = (text(one.get(name)) for one in concepts for name in ("url", "id", "title"))
    return tuple(dict.fromkeys(filter(None, named)))


def _contacts(reading: Reading, properties: Mapping[str, Any]) -> tuple[str, Contact]:
    """Return the publisher's name and the organisation to ask; a contact that only names a person is left out."""
    publisher, contact = "", Contact()
    for one in items(properties.get("contacts")):
        if not isinstance(one, dict):
            continue
        name = values.tidy(text(one.get("organization")))[: values.MAX_TITLE]
        if not name:
            reading.findings.add("contacts", Wrong.PERSON, Done.LEFT_OUT)
            continue
        if not publisher or "publisher" in items(one.get("roles")):
            publisher = name
        mails = [text(mail.get("value")) for mail in items(one.get("emails")) if isinstance(mail, dict)]
        if contact == Contact():
            contact = Contact(name, reading.mail("contacts.emails", mails[0], is_literal=False) if mails else "")
    return publisher, contact


def _distributions(reading: Reading, found: Mapping[str, Any], base: str, licence: str) -> tuple[Distribution, ...]:
    made: dict[str, Distribution] = {}
    for one in items(found.get("links")):
        if not isinstance(one, dict) or text(one.get("rel")) not in DATA_LINKS:
            continue
        media_type = text(one.get("type")).split(";", 1)[0]
        address = reading.address("links.href", urljoin(base, text(one.get("href"))))
        if address and media_type != "text/html":
            title = reading.text("links.title", text(one.get("title")), values.MAX_TITLE)
            made.setdefault(
                address,
                Distribution(
                    access_url=address,
                    title={reading.habits.language: title} if title else {},
                    format=reading.file_type("links.type", media_type) if media_type else "",
                    media_type=media_type,
                    licence_uri=licence,
                ),
            )
    return tuple(made.values())
