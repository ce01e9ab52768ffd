"""Answers as CKAN, Opendatasoft and OGC APIs give them, written from their documentation."""

from __future__ import annotations

from typing import Any

import orjson

from spiegelstad.harvest.testing import LICENCE
from tests.room.harvest.portals import Answered, Answering


def json(value: Any) -> Answered:
    """Answer with JSON."""
    return Answered(orjson.dumps(value))


def package(name: str, **changes: Any) -> dict[str, Any]:
    """Return a CKAN package with one resource."""
    return {
        "id": f"0b2c-{name}",
        "name": name,
        "title": f"Set {name}",
        "notes": "Over <b>fietsen</b>.",
        "private": False,
        "license_id": "cc-by",
        "license_title": "Creative Commons Attribution",
        "license_url": "http://www.opendefinition.org/licenses/cc-by",
        "metadata_created": "2024-01-05T10:00:00.000000",
        "metadata_modified": "2025-02-03T10:00:00.000000",
        "maintainer": "Dienst Data",
        "maintainer_email": "data@buren.example",
        "organization": {"name": "stad-buren", "title": "Stad Buren"},
        "groups": [{"name": "transport", "display_name": "Vervoer"}],
        "tags": [{"name": "fiets", "display_name": "fiets"}, {"name": "verkeer"}],
        "extras": [{"key": "frequency", "value": "http://publications.europa.eu/resource/authority/frequency/DAILY"}],
        "resources": [
            {
                "id": f"r-{name}",
                "name": "CSV",
                "url": f"https://data.buren.example/{name}.csv",
                "format": "CSV",
                "mimetype": "text/csv",
                "size": 1234,
            }
        ],
        **changes,
    }


def ckan(*packages: dict[str, Any] | None) -> Answering:
    """Answer `package_search` in pages."""

    def answer(query: dict[str, str], _headers: dict[str, str]) -> Answered:
        start, rows = int(query["start"]), int(query["rows"])
        return json({"success": True, "result": {"count": len(packages), "results": packages[start : start + rows]}})

    return answer


def ods_dataset(name: str, **default: Any) -> dict[str, Any]:
    """Return a dataset of Opendatasoft's catalogue; `default` changes its standard metadata."""
    return {
        "dataset_id": name,
        "dataset_uid": f"da_{name}",
        "has_records": True,
        "data_visible": True,
        "features": ["analyze", "geo"],
        "attachments": [],
        "metas": {
            "default": {
                "title": f"Set {name}",
                "description": "<p>Over <b>fietsen</b>.</p><p>Per uur.</p>",
                "theme": ["Mobiliteit"],
                "keyword": ["fiets", "teller"],
                "license": "Modellicentie Gratis Hergebruik",
                "license_url": None,
                "language": "nl",
                "modified": "2025-06-01T08:00:00+00:00",
                "publisher": "Stad Buren",
                "records_count": 12,
                **default,
            },
            "dcat": {"accrualperiodicity": "http://publications.europa.eu/resource/authority/frequency/HOURLY",
                     "contact_name": "Dienst Data", "contact_email": "data@buren.example"},
        },
        "fields": [{"name": "count", "type": "int"}],
    }  # fmt: skip


def opendatasoft(*datasets: dict[str, Any]) -> Answering:
    """Answer the catalogue in pages."""

    def answer(query: dict[str, str], _headers: dict[str, str]) -> Answered:
        start, limit = int(query["offset"]), int(query["limit"])
        return json({"total_count": len(datasets), "results": datasets[start : start + limit]})

    return answer


def ogc_collection(base: str, name: str) -> dict[str, Any]:
    """Return a collection of features."""
    return {
        "id": name,
        "title": f"Set {name}",
        "description": "Over bomen.",
        "keywords": ["bomen"],
        "extent": {"spatial": {"bbox": [[3.6, 51.0, 3.8, 51.1]]}},
        "itemType": "feature",
        "links": [
            {"rel": "self", "type": "application/json", "href": f"{base}/collections/{name}"},
            {"rel": "items", "type": "application/geo+json", "href": f"{base}/collections/{name}/items"},
            {"rel": "items", "type": "text/html", "href": f"{base}/collections/{name}/items?f=html"},
            {"rel": "license", "type": "text/html", "href": LICENCE},
            {"rel": "alternate", "type": "text/html", "href": f"{base}/collections/{name}?f=html"},
        ],
    }


def ogc_record(name: str) -> dict[str, Any]:
    """Return a record of a dataset."""
    return {
        "id": f"https://data.buren.example/id/{name}",
        "type": "Feature",
        "geometry": None,
        "time": None,
        "properties": {
            "type": "dataset",
            "title": f"Set {name}",
            "description": "Over lucht.",
            "language": {"code": "nl"},
            "keywords": ["lucht"],
            "themes": [{"concepts": [{"id": "TRAN"}], "scheme": "http://publications.europa.eu/resource/authority/data-theme"}],
            "contacts": [{"name": "Ann Voorbeeld"}, {"organization": "Stad Buren", "roles": ["publisher"],
                         "emails": [{"value": "data@buren.example"}]}],
            "license": "CC-BY-4.0",
            "created": "2024-01-05T10:00:00Z",
            "updated": "2025-02-03",
        },
        "links": [{"rel": "enclosure", "type": "text/csv", "href": f"https://data.buren.example/{name}.csv"}],
    }  # fmt: skip


def ogc(base: str) -> dict[str, Answered | Answering]:
    """Return the pages of an OGC API with one collection of features and one of three records, two a page."""
    catalogue = {
        "id": "catalogus", "title": "Catalogus", "itemType": "record",
        "links": [{"rel": "items", "type": "application/geo+json", "href": f"{base}/collections/catalogus/items"}],
    }  # fmt: skip

    def items(query: dict[str, str], _headers: dict[str, str]) -> Answered:
        start = int(query.get("offset", 0))
        found = [ogc_record(name) for name in ("lucht", "geluid", "water")][start : start + 2]
        following = [{"rel": "next", "href": f"{base}/collections/catalogus/items?offset={start + 2}"}]
        links = following if start == 0 else []
        return json({"type": "FeatureCollection", "features": found, "numberMatched": 3, "links": links})

    return {
        "/ogc": json({"links": [{"rel": "data", "type": "application/json", "href": f"{base}/collections"}]}),
        "/collections": json({"collections": [ogc_collection(base, "bomen"), catalogue], "links": []}),
        "/collections/catalogus/items": items,
    }  # fmt: skip
