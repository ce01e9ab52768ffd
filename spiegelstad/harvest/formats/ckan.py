"""CKAN (`package_search` of the action API, version 3) to harvested records.

The terms are those of CKAN's package and resource, and of its extension for DCAT, which keeps more in `extras`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spiegelstad.catalogue.public import Contact, Distribution
from spiegelstad.harvest.formats import values
from spiegelstad.harvest.formats.plain import UnreadableDocument, items, optional, text
from spiegelstad.harvest.formats.reading import Habits, Reading
from spiegelstad.harvest.rules import Description, Harvested
from spiegelstad.harvest.vocabulary import Done, Wrong

Package = Mapping[str, Any]


def page(answer: Any) -> tuple[list[Package], int]:
    """Return the packages of an answer and how many there are in all."""
    result = answer.get("result") if isinstance(answer, dict) and answer.get("success") is True else None
    packages = result.get("results") if isinstance(result, dict) else None
    if not isinstance(packages, list) or not isinstance(result.get("count"), int):  # type: ignore[union-attr]
        raise UnreadableDocument("This is no answer of CKAN's package_search.", remedy="Check the address.")
    return [one if isinstance(one, dict) else {} for one in packages], result["count"]  # type: ignore[index]


def record(package: Package, site: str, habits: Habits) -> Harvested:
    """Read one package; `site` is the address of the portal, at which it has its page."""
    reading = Reading(habits)
    extras = _extras(package)
    name = text(package.get("name")) or text(package.get("id"))
    page_uri = f"{site}/dataset/{name}"
    given = text(extras.get("uri") or package.get("uri"))
    uri = (reading.address("uri", given) if given else "") or page_uri
    if not name:
        reading.findings.add("name", Wrong.MISSING, Done.QUARANTINED)
        return reading.end(f"#{text(package.get('title'))}", None)
    rights = text(extras.get("access_rights")).rstrip("/").rsplit("/", 1)[-1].upper()
    is_public = package.get("private") is not True and rights not in ("NON_PUBLIC", "RESTRICTED")
    if not is_public:
        reading.findings.add("access_rights", Wrong.NOT_PUBLIC, Done.CLOSED, rights or "private")
    licence = _licence(reading, package)
    resources = [one for one in items(package.get("resources")) if isinstance(one, dict)]
    found = [_resource(reading, one, licence) for one in resources]
    description = Description(
        key=uri,
        uri=uri,
        title=_localised(reading, "title", package.get("title_translated") or package.get("title") or name),
        description=_localised(reading, "notes", package.get("notes_translated") or package.get("notes")),
        keywords=_keywords(reading, package),
        themes=_themes(package, extras),
        publisher=_publisher(reading, package, extras),
        contact=_contact(reading, package, extras),
        licence_uri=licence or habits.licence,
        frequency=optional(reading.frequency, "frequency", extras.get("frequency")),
        hvd_category=optional(reading.hvd, "hvd_category", _first(extras.get("hvd_category"))),
        landing_page=optional(reading.address, "url", package.get("url")) or page_uri,
        conforms_to=tuple(
            filter(None, (reading.address("conforms_to", text(one)) for one in items(extras.get("conforms_to"))))
        ),
        is_public=is_public,
        issued=optional(reading.moment, "metadata_created", package.get("metadata_created")),
        modified=optional(reading.moment, "metadata_modified", package.get("metadata_modified")),
        distributions=tuple(one for one in found if one is not None),
    )
    return reading.end(uri, description)


def _extras(package: Package) -> dict[str, Any]:
    """Return the extras, which CKAN gives as a list of keys and values, and what schemas put beside them."""
    listed = package.get("extras")
    pairs = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    beside = ("frequency", "hvd_category", "conforms_to", "access_rights", "theme", "contact_name", "contact_email",
              "publisher_name", "uri")  # fmt: skip
    return {
        **{name: package[name] for name in beside if package.get(name)},
        **{str(one.get("key")): one.get("value") for one in pairs},
    }


def _licence(reading: Reading, package: Package) -> str:
    given = [text(package.get(name)) for name in ("license_url", "license_id", "license_title")]
    for one in given:
        if found := reading.habits.licences.get(one.casefold(), "") or values.known_licence(one):
            return found
    if values.is_address(given[0]):
        return given[0]
    written = "" if given[1] == "notspecified" else given[2] or given[1]
    wrong = Wrong.UNKNOWN_VALUE if written else Wrong.MISSING
    done = Done.DEFAULT_USED if reading.habits.licence else Done.LEFT_OUT
    reading.findings.add("license", wrong, done, written, reading.habits.licence)
    return ""


def _resource(reading: Reading, resource: Package, licence: str) -> Distribution | None:
    address = reading.address("resource.url", text(resource.get("access_url")) or text(resource.get("url")))
    if not address:
        return None
    own = text(resource.get("license"))
    size = resource.get("size") or resource.get("byte_size")
    digest = text(resource.get("hash")).lower().removeprefix("sha256:")
    return Distribution(
        access_url=address,
        title=_localised(reading, "resource.name", resource.get("name_translated") or resource.get("name") or ""),
        download_url=optional(reading.address, "resource.download_url", resource.get("download_url")),
        format=optional(reading.file_type, "resource.format", resource.get("format")),
        media_type=text(resource.get("mimetype")) if text(resource.get("mimetype")).count("/") == 1 else "",
        licence_uri=reading.licence("resource.license", own, is_literal=False) if own else licence,
        byte_size=reading.whole_number("resource.size", size) if size not in (None, "") else None,
        sha256=digest if len(digest) == 64 and digest.isalnum() else "",
    )


def _keywords(reading: Reading, package: Package) -> dict[str, tuple[str, ...]]:
    tags = [text(one.get("display_name") or one.get("name")) for one in items(package.get("tags"))
            if isinstance(one, dict)]  # fmt: skip
    words = sorted({clean for tag in tags if (clean := reading.text("tags", tag, values.MAX_TITLE))})
    return {reading.habits.language: tuple(words)} if words else {}


def _themes(package: Package, extras: Mapping[str, Any]) -> tuple[str, ...]:
    groups = [one for one in items(package.get("groups")) if isinstance(one, dict)]
    named = [text(one.get(name)) for one in groups for name in ("name", "display_name", "title")]
    return tuple(dict.fromkeys(filter(None, [*map(text, items(extras.get("theme"))), *named])))


def _publisher(reading: Reading, package: Package, extras: Mapping[str, Any]) -> str:
    organisation = package.get("organization")
    name = text(extras.get("publisher_name"))
    if not name and isinstance(organisation, dict):
        name = text(organisation.get("title")) or text(organisation.get("name"))
    if not name:
        reading.findings.add("organization", Wrong.MISSING, Done.LEFT_OUT)
    return values.tidy(name)[: values.MAX_TITLE]


def _contact(reading: Reading, package: Package, extras: Mapping[str, Any]) -> Contact:
    """Return the contact of the DCAT extension, else the maintainer, else the author; a bare name may be a person's."""
    for name, mail in (
        (extras.get("contact_name"), extras.get("contact_email")),
        (package.get("maintainer"), package.get("maintainer_email")),
        (package.get("author"), package.get("author_email")),
    ):
        if text(mail):
            address = reading.mail("contact_email", text(mail), is_literal=False)
            return Contact(values.tidy(text(name))[: values.MAX_TITLE], address)
    return Contact()


def _localised(reading: Reading, property: str, given: Any) -> dict[str, str]:
    """Return texts by language; CKAN itself has one language and says not which, some of its extensions have more."""
    limit = values.MAX_TEXT if property == "notes" else values.MAX_TITLE
    if isinstance(given, dict):
        return reading.localised(property, [(text(one), str(tag)) for tag, one in given.items() if text(one)], limit)
    clean = reading.text(property, text(given), limit)
    return {reading.habits.language: clean} if clean else {}


def _first(value: Any) -> Any:
    return next(iter(items(value)), "")
