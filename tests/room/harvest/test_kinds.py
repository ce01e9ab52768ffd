"""CKAN, Opendatasoft and OGC APIs are read whole, page by page, into the same kind of datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import public as catalogue
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.testing import LICENCE, definition, make_source
from tests.room.harvest.payloads import ckan, json, ods_dataset, ogc, opendatasoft, package
from tests.room.harvest.portals import Answered, Portal

pytestmark = pytest.mark.django_db
BY = "https://creativecommons.org/licenses/by/4.0/"


def run(tenant: str, folder: Path, **changes: Any) -> harvest.Run:
    by = make_source(tenant, folder, definition(**changes))
    return harvest.run_source(by=by, slug="buren")


def dataset(tenant: str, slug: str) -> catalogue.Dataset:
    return catalogue.dataset(Actor.system(tenant, "tests"), slug)


def findings(tenant: str) -> dict[str, list[tuple[str, str, str, str]]]:
    return {
        record.title: [(one.property, one.wrong.value, one.done.value, one.value) for one in record.findings]
        for record in harvest.report(Actor.system(tenant, "tests"), "buren")
    }


def test_ckan_packages(tenant: str, tmp_path: Path, portal: Portal) -> None:
    many = [package(f"telling-{number}") for number in range(98)]
    odd = package("vreemd", license_id="eigen", license_title="Eigen licentie", license_url="", resources=[])
    closed = package("dicht", private=True)
    portal.pages["/api/3/action/package_search"] = ckan(*many, package("fietsen"), odd, closed)
    ended = run(tenant, tmp_path, kind="ckan", address=portal.url, themes={"transport": "mobility"})
    assert (ended.state, ended.found, ended.taken, ended.quarantined, ended.documents) == ("succeeded", 101, 100, 1, 2)
    there = dataset(tenant, "buren-set-fietsen")
    assert (there.uri, there.licence_uri, there.theme, there.frequency, there.source.publisher) == (
        f"{portal.url}/dataset/fietsen", BY, "mobility", "DAILY", "Stad Buren",
    )  # fmt: skip
    assert (there.contact.name, there.contact.email) == ("Dienst Data", "data@buren.example")
    assert there.description == {"nl": "Over fietsen."} and there.keywords == {"nl": ["fiets", "verkeer"]}
    assert [(one.access_url, one.format, one.byte_size) for one in there.distributions] == [
        ("https://data.buren.example/fietsen.csv", "CSV", 1234)
    ]
    told = findings(tenant)
    assert ("license", "unknown-value", "left-out", "Eigen licentie") in told["Set vreemd"]
    assert ("distribution", "missing", "quarantined", "") in told["Set vreemd"]
    assert dataset(tenant, "buren-set-dicht").classification == "internal"


def test_opendatasoft_datasets(tenant: str, tmp_path: Path, portal: Portal) -> None:
    sets = [ods_dataset(f"telling-{number}") for number in range(100)]
    portal.pages["/api/explore/v2.1/catalog/datasets"] = opendatasoft(*sets, ods_dataset("fietsen"))
    ended = run(tenant, tmp_path, kind="opendatasoft", address=f"{portal.url}/", themes={"Mobiliteit": "mobility"})
    assert (ended.state, ended.found, ended.taken, ended.documents) == ("succeeded", 101, 101, 2)
    there = dataset(tenant, "buren-set-fietsen")
    assert (there.uri, there.licence_uri, there.theme, there.frequency, there.contact.email) == (
        f"{portal.url}/explore/dataset/fietsen/", LICENCE, "mobility", "HOURLY", "data@buren.example",
    )  # fmt: skip
    assert there.description == {"nl": "Over fietsen.\n\nPer uur."}
    assert [one.format for one in there.distributions] == ["CSV", "JSON", "XLSX", "PARQUET", "GEOJSON"]
    assert there.distributions[0].download_url.endswith("/api/explore/v2.1/catalog/datasets/fietsen/exports/csv")
    assert {one[:3] for one in findings(tenant)["Set fietsen"]} == {("description", "html", "tags-removed")}


def test_ogc_collections_and_records(tenant: str, tmp_path: Path, portal: Portal) -> None:
    portal.pages.update(ogc(portal.url))
    ended = run(tenant, tmp_path, kind="ogc", address=f"{portal.url}/ogc")
    assert (ended.state, ended.found, ended.taken, ended.error) == ("succeeded", 4, 4, "")
    trees, air = dataset(tenant, "buren-set-bomen"), dataset(tenant, "buren-set-lucht")
    assert (trees.uri, trees.licence_uri, trees.theme) == (f"{portal.url}/collections/bomen", LICENCE, "places")
    assert [(one.access_url, one.format) for one in trees.distributions] == [
        (f"{portal.url}/collections/bomen/items", "GEOJSON")
    ]
    assert (air.uri, air.licence_uri, air.theme, air.contact.name, air.contact.email) == (
        "https://data.buren.example/id/lucht", BY, "mobility", "Stad Buren", "data@buren.example",
    )  # fmt: skip
    assert ("contacts", "person", "left-out", "") in findings(tenant)["Set lucht"]


@pytest.mark.parametrize("kind", ["ckan", "opendatasoft", "ogc", "dcat"])
@pytest.mark.parametrize(
    "answer",
    [json({"success": False}), json([1, 2]), Answered(b"{" * 100_000), Answered(b"<html>Sorry</html>", "text/html"),
     json({"result": {"results": 3}}), Answered(b"", "text/turtle", 500), Answered(b"\xff\xfe\x00", "text/turtle")],
)  # fmt: skip
def test_answers_that_are_no_catalogue_fail(
    tenant: str, tmp_path: Path, portal: Portal, kind: str, answer: Answered
) -> None:
    """And say so, without a dataset more or less."""
    for path in ("/api/3/action/package_search", "/api/explore/v2.1/catalog/datasets", "/", ""):
        portal.pages[path] = answer
    ended = run(tenant, tmp_path, kind=kind, address=f"{portal.url}/" if kind in ("dcat", "ogc") else portal.url)
    if ended.state == "unchanged":
        assert ended.found == 0 and kind == "dcat"  # JSON that is good JSON-LD, and says nothing of a dataset
    else:
        assert ended.state == "failed" and ended.error


@pytest.mark.parametrize("kind", ["ckan", "opendatasoft"])
def test_page_without_records_before_the_end_is_no_end(tenant: str, tmp_path: Path, portal: Portal, kind: str) -> None:
    """What follows on a gap would look removed."""
    names = [f"set-{number:03}" for number in range(250)]
    whole = ckan(*map(package, names)) if kind == "ckan" else opendatasoft(*map(ods_dataset, names))

    def with_a_gap(query: dict[str, str], headers: dict[str, str]) -> Answered:
        answer = whole(query, headers)
        if query.get("start", query.get("offset")) != "100":
            return answer
        given = orjson.loads(answer.body)
        (given["result"] if kind == "ckan" else given)["results"] = []
        return Answered(orjson.dumps(given))

    path = "/api/3/action/package_search" if kind == "ckan" else "/api/explore/v2.1/catalog/datasets"
    portal.pages[path] = whole
    by = make_source(tenant, tmp_path, definition(kind=kind, address=portal.url, missing={"runs": 1}))
    assert harvest.run_source(by=by, slug="buren").taken == 250
    portal.pages[path] = with_a_gap
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.state, ended.gone) == ("failed", 0) and "250" in ended.error
    assert {one.status for one in catalogue.datasets(by)} == {"published"}


def test_record_that_is_none_is_told_and_moves_no_page(tenant: str, tmp_path: Path, portal: Portal) -> None:
    names = [f"set-{number:03}" for number in range(250)]
    given = [package(name) for name in names]
    given[7] = None
    portal.pages["/api/3/action/package_search"] = ckan(*given)
    ended = run(tenant, tmp_path, kind="ckan", address=portal.url)
    assert (ended.found, ended.taken, ended.quarantined) == (250, 249, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a\0b"}, {"metadata_created": "\0"}, {"maintainer_email": "a\0b"}, {"groups": [{"name": "a\0b"}]},
        {"extras": [{"key": "conforms_to", "value": '["a\\u0000b", "\\\\u0000"]'}]},
        {"resources": [{"url": "https://x.example/a\0b", "format": "C\0SV"}]}, {"name": "x" * 5_000},
    ],
)  # fmt: skip
def test_record_that_the_database_would_refuse_keeps_no_other_out(
    tenant: str, tmp_path: Path, portal: Portal, changes: dict[str, Any]
) -> None:
    """NUL stands in no text of the database, and a URI has an end."""
    odd = {**package("odd"), **changes}
    portal.pages["/api/3/action/package_search"] = ckan(odd, package("fietsen"))
    ended = run(tenant, tmp_path, kind="ckan", address=portal.url)
    assert (ended.state, ended.found, ended.taken + ended.quarantined) == ("succeeded", 2, 2)
    assert dataset(tenant, "buren-set-fietsen").status == "published"
