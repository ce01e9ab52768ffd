"""Opendatasoft (Explore API v2.1, `/catalog/datasets`) to harvested records.

A dataset has `dataset_id` and `metas` by template: `default` (title, HTML description, theme, keyword, license,
publisher, modified …) and, where the portal has it on, `dcat` (creator, contact_name, contact_email,
accrualperiodicity …) and `dcat_ap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from spiegelstad.catalogue.public import Contact, Distribution
from spiegelstad.harvest.formats import values
from spiegelstad.harvest.formats.plain import UnreadableDocument, items, optional, text
from spiegelstad.harvest.formats.reading import Habits, Reading
from spiegelstad.harvest.rules import Description, Harvested
from spiegelstad.harvest.vocabulary import Done, Wrong

API = "/api/explore/v2.1/catalog/datasets"
EXPORTS = {
    "csv": ("CSV", "text/csv"),
    "json": ("JSON", "application/json"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "parquet": ("PARQUET", "application/vnd.apache.parquet"),
}
GEO_EXPORTS = {"geojson": ("GEOJSON", "application/geo+json")}


def page(answer: Any) -> tuple[list[Mapping[str, Any]], int]:
    """Return the datasets of an answer and how many there are in all."""
    found = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not isinstance(answer.get("total_count"), int):
        raise UnreadableDocument("This is no answer of Opendatasoft's catalogue.", remedy="Check the address.")
    return [one if isinstance(one, dict) else {} for one in found], answer["total_count"]


def record(dataset: Mapping[str, Any], site: str, habits: Habits) -> Harvested:
    """Read one dataset; `site` is the address of the portal, at which it has its page."""
    given = dataset.get("metas")
    metas: Mapping[str, Any] = given if isinstance(given, dict) else {}
    default, dcat = _template(metas, "default"), {**_template(metas, "dcat_ap"), **_template(metas, "dcat")}
    language = text(default.get("language")).lower() or habits.language
    reading = Reading(habits)
    id_ = text(dataset.get("dataset_id"))
    if not id_:
        reading.findings.add("dataset_id", Wrong.MISSING, Done.QUARANTINED)
        return reading.end(f"#{text(default.get('title'))}", None)
    uri = f"{site}/explore/dataset/{quote(id_, safe='')}/"
    licence = _licence(reading, default)
    words = sorted({clean for one in items(default.get("keyword")) if (clean := reading.text("keyword", one, 300))})
    description = Description(
        key=uri,
        uri=uri,
        title=_own(reading, "title", default, language, values.MAX_TITLE),
        description=_own(reading, "description", default, language, values.MAX_TEXT),
        keywords={language: tuple(words)} if words else {},
        themes=tuple(filter(None, map(text, items(default.get("theme"))))),
        publisher=_publisher(reading, default, dcat),
        contact=_contact(reading, dcat),
        licence_uri=licence or habits.licence,
        frequency=optional(reading.frequency, "accrualperiodicity", dcat.get("accrualperiodicity")),
        hvd_category=optional(reading.hvd, "hvd_category", dcat.get("hvd_category")),
        landing_page=uri,
        is_public=dataset.get("data_visible") is not False and default.get("visibility") != "restricted",
        issued=optional(reading.moment, "issued", dcat.get("issued")),
        modified=optional(reading.moment, "modified", default.get("modified")),
        distributions=tuple(
            _exports(dataset, f"{site}/api/explore/v2.1/catalog/datasets/{quote(id_, safe='')}", licence)
        ),
    )
    if not description.is_public:
        reading.findings.add("data_visible", Wrong.NOT_PUBLIC, Done.CLOSED)
    return reading.end(uri, description)


def _template(metas: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = metas.get(name)
    return found if isinstance(found, dict) else {}


def _own(reading: Reading, name: str, default: Mapping[str, Any], language: str, limit: int) -> dict[str, str]:
    clean = reading.text(name, text(default.get(name)), limit)
    return {language: clean} if clean else {}


def _licence(reading: Reading, default: Mapping[str, Any]) -> str:
    written = text(default.get("license"))
    for one in (text(default.get("license_url")), written):
        found = reading.habits.licences.get(one.casefold(), "") or values.known_licence(one)
        if found or values.is_address(one):
            return found or one
    done = Done.DEFAULT_USED if reading.habits.licence else Done.LEFT_OUT
    wrong = Wrong.UNKNOWN_VALUE if written else Wrong.MISSING
    reading.findings.add("license", wrong, done, written, reading.habits.licence)
    return ""


def _publisher(reading: Reading, default: Mapping[str, Any], dcat: Mapping[str, Any]) -> str:
    name = text(default.get("publisher")) or text(dcat.get("creator"))
    if not name:
        reading.findings.add("publisher", Wrong.MISSING, Done.LEFT_OUT)
    return values.tidy(name)[: values.MAX_TITLE]


def _contact(reading: Reading, dcat: Mapping[str, Any]) -> Contact:
    mail = text(dcat.get("contact_email"))
    address = reading.mail("contact_email", mail, is_literal=False) if mail else ""
    name = values.tidy(text(dcat.get("contact_name")))[: values.MAX_TITLE]
    return Contact(name, address)


def _exports(dataset: Mapping[str, Any], address: str, licence: str) -> list[Distribution]:
    """Return the exports that the API has for every dataset with records, and its own files."""
    if dataset.get("has_records") is False:
        return [
            Distribution(url, {"nl": text(one.get("title")) or "Bestand"}, licence_uri=licence)
            for one in items(dataset.get("attachments"))
            if isinstance(one, dict) and values.is_address(url := text(one.get("url")))
        ]
    kinds = {**EXPORTS, **(GEO_EXPORTS if "geo" in items(dataset.get("features")) else {})}
    return [
        Distribution(
            access_url=f"{address}/exports/{kind}",
            title={"nl": code, "en": code},
            download_url=f"{address}/exports/{kind}",
            format=code,
            media_type=media_type,
            licence_uri=licence,
        )
        for kind, (code, media_type) in kinds.items()
    ]
