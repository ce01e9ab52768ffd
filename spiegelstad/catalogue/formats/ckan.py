"""Datasets as CKAN tells them (API version 3): packages, resources, organisations, groups, tags, licences. Pure.

An organisation is the department that answers for a dataset, a group is a theme, a tag a keyword. What CKAN has no
word for stands in `extras`, under the names that its DCAT extension uses.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from spiegelstad.base.localised import Localised, in_language
from spiegelstad.catalogue.description import Description
from spiegelstad.catalogue.formats.dcat import terms
from spiegelstad.catalogue.rules import Bounds, Distribution
from spiegelstad.catalogue.vocabulary import LICENCES

_OPEN = frozenset(LICENCES)


def package(found: Description, organization: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Return a dataset; texts in `language`, and in every language under names that end with `_translated`."""
    tags = sorted({word for words in found.keywords.values() for word in words})
    resources = [
        resource(found, key, way, position, language) for position, (key, way) in enumerate(resources_of(found))
    ]
    return {
        "id": found.id,
        "name": found.slug,
        "title": in_language(found.title, language),
        "title_translated": dict(found.title),
        "notes": in_language(found.description, language),
        "notes_translated": dict(found.description),
        "type": "dataset",
        "state": "active",
        "private": found.classification != "public",
        "author": found.publisher,
        "author_email": "",
        "maintainer": found.contact.name,
        "maintainer_email": found.contact.email,
        "license_id": found.licence_uri,
        "license_title": LICENCES.get(found.licence_uri, found.licence_uri),
        "license_url": found.licence_uri,
        "isopen": found.licence_uri in _OPEN,
        "url": found.landing_page,
        "version": str(found.current.number) if found.current else "",
        "owner_org": organization["id"],
        "organization": dict(organization),
        "groups": [group(found.theme, language)],
        "tags": [tag(word) for word in tags],
        "num_tags": len(tags),
        "resources": resources,
        "num_resources": len(resources),
        "metadata_created": _moment(found.record_issued_at),
        "metadata_modified": _moment(found.record_modified_at),
        "extras": [{"key": key, "value": value} for key, value in _extras(found) if value],
        "relationships_as_subject": [],
        "relationships_as_object": [],
    }


def resources_of(found: Description) -> Iterator[tuple[str, Distribution]]:
    """Yield the ways to get a dataset with the ids of their resources: `slug.csv`; `slug.1` for data kept elsewhere."""
    is_ours = found.uri == found.page
    for number, way in enumerate(found.distributions, 1):
        yield f"{found.slug}.{way.format.lower() if is_ours else number}", way


def resource(found: Description, id_: str, way: Distribution, position: int, language: str) -> dict[str, Any]:
    """Return one way to get a dataset."""
    return {
        "id": id_,
        "package_id": found.id,
        "position": position,
        "name": in_language(way.title, language) or way.format,
        "description": "",
        "url": way.download_url or way.access_url,
        "url_type": None,
        "format": way.format,
        "mimetype": way.media_type or None,
        "size": way.byte_size,
        "hash": way.sha256,
        "hash_algorithm": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256" if way.sha256 else "",
        "license": way.licence_uri,
        "state": "active",
        "datastore_active": found.is_tabular,
        "created": _moment(found.record_issued_at),
        "last_modified": _moment(found.modified_at),
        "metadata_modified": _moment(found.record_modified_at),
    }


def organization(slug: str, name: Localised, language: str) -> dict[str, Any]:
    """Return a department."""
    title = in_language(name, language) or slug
    return {
        "id": slug, "name": slug, "title": title, "display_name": title, "description": "", "image_url": "",
        "type": "organization", "is_organization": True, "state": "active", "approval_status": "approved",
    }  # fmt: skip


def group(theme: str, language: str) -> dict[str, Any]:
    """Return a theme."""
    title = in_language(terms.theme_label(theme), language)
    return {"id": theme, "name": theme, "title": title, "display_name": title, "description": "",
            "image_display_url": ""}  # fmt: skip


def tag(word: str) -> dict[str, Any]:
    """Return a keyword."""
    return {"id": word, "name": word, "display_name": word, "state": "active", "vocabulary_id": None}


def licence(uri: str) -> dict[str, Any]:
    """Return a licence we know."""
    return {"id": uri, "title": LICENCES[uri], "url": uri, "status": "active", "domain_content": False,
            "domain_data": True, "domain_software": False, "od_conformance": "approved", "is_okd_compliant": True,
            "family": ""}  # fmt: skip


def _moment(moment: datetime | None) -> str | None:
    """Return a moment as CKAN writes it: in UTC, without saying so."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") if moment else None


def _extras(found: Description) -> Iterator[tuple[str, str]]:
    themes = [f"{terms.EU}data-theme/{code}" for code in terms.EU_THEMES[found.theme]]
    yield "uri", found.uri
    yield "identifier", found.uri
    yield "theme", json.dumps(themes)
    yield "frequency", f"{terms.EU}frequency/{found.frequency}" if found.frequency else ""
    yield "access_rights", f"{terms.EU}access-right/{terms.ACCESS_RIGHTS[found.classification]}"
    yield "language", json.dumps([f"{terms.EU}language/{terms.LANGUAGES[code]}" for code in sorted(found.title)
                                  if code in terms.LANGUAGES])  # fmt: skip
    yield "publisher_name", found.publisher
    yield "contact_name", found.contact.name
    yield "contact_email", found.contact.email
    yield "contact_uri", found.contact.url
    yield "conforms_to", json.dumps(list(found.conforms_to)) if found.conforms_to else ""
    yield "hvd_category", f"{terms.HVD_CATEGORY}{found.hvd_category}" if found.hvd_category else ""
    yield "applicable_legislation", terms.HVD_REGULATION if found.hvd_category else ""
    yield "issued", found.issued_at.isoformat() if found.issued_at else ""
    yield "modified", found.modified_at.isoformat() if found.modified_at else ""
    yield "source_name", found.source.name
    yield "source_url", found.source.url
    if found.current is not None:
        yield from _coverage(found.current.coverage.from_, found.current.coverage.to, found.current.coverage.bbox)


def _coverage(from_: datetime | None, to: datetime | None, box: Bounds | None) -> Iterator[tuple[str, str]]:
    yield "temporal_start", from_.isoformat() if from_ else ""
    yield "temporal_end", to.isoformat() if to else ""
    if box is not None:
        left, bottom, right, top = box
        ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
        yield "spatial", json.dumps({"type": "Polygon", "coordinates": [ring]})
