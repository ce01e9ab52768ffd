"""CKAN's action API, read by CKAN's own client over a real connection."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from spiegelstad.catalogue.public import Contact, Coverage, Distribution
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db
MOMENT = datetime(2024, 7, 1, 6, 30, tzinfo=UTC)
ROWS = pa.table(
    {
        "place": ["Korenmarkt", "Coupure", "Dampoort", None],
        "count": [120, 340, 0, 7],
        "share": [1.5, float("nan"), None, 2.0],
        "open": [True, False, None, True],
        "day": pa.array([date(2024, 7, 1), date(2024, 7, 2), None, None], pa.date32()),
        "at": pa.array([MOMENT, None, None, None], pa.timestamp("us", "UTC")),
    }
)


@pytest.fixture
def city(tenant: str) -> str:
    """Make a city with an open dataset of four rows, one elsewhere, and a closed one."""
    make_dataset(
        tenant, columns=(), title={"nl": "Fietstellingen", "en": "Bicycle counts"}, hvd_category="c_b79e35eb",
        keywords={"nl": ["fiets"], "en": ["bicycle"]}, contact=Contact("Helpdesk", "help@example.org"),
    )  # fmt: skip
    make_version(tenant, table=ROWS, coverage=Coverage(MOMENT, MOMENT, (3.6, 51.0, 3.8, 51.1)))
    make_dataset(
        tenant, "trees", theme="green", department="", uri="https://example.org/id/trees", columns=(),
        distributions=(Distribution("https://example.org/trees", download_url="https://example.org/t.csv", format="CSV"),),
    )  # fmt: skip
    make_dataset(tenant, "secret-lists", classification="confidential", classification_reason="persons")
    make_version(tenant, "secret-lists")
    return tenant


@pytest.fixture
def ckan(city: str, live_server: Any) -> Iterator[Any]:
    """Give CKAN's client, connected to the city's site."""
    import ckanapi

    with ckanapi.RemoteCKAN(live_server.url, user_agent="tests") as client:
        yield client


def _names(found: Any) -> list[str]:
    return [one["name"] for one in found]


@pytest.mark.django_db(transaction=True)
def test_ckan_client_reads_the_catalogue(ckan: Any) -> None:
    act = ckan.action
    assert act.site_read() is True
    assert act.status_show()["site_title"]
    assert act.package_list() == ["bicycle-counts", "trees"]
    shown = act.package_show(id="bicycle-counts")
    assert (shown["title"], shown["organization"]["name"]) == ("Fietstellingen", "mobiliteit")
    assert act.package_show(id=shown["id"])["name"] == "bicycle-counts"
    assert {resource["format"] for resource in shown["resources"]} == {"CSV", "JSON", "PARQUET"}
    assert _names(shown["tags"]) == ["bicycle", "fiets"]
    assert act.resource_show(id=shown["resources"][0]["id"]) == shown["resources"][0]
    assert _names(act.current_package_list_with_resources(limit=1, offset=1)) == ["trees"]
    found = act.package_search(q="fietstelling", facet_field=["groups"])
    assert (found["count"], _names(found["results"])) == (1, ["bicycle-counts"])
    found = act.package_search(
        fq='groups:green +res_format:"csv"', **{"facet.field": ["organization", "tags", "groups"]}
    )
    assert (found["count"], found["facets"]["groups"]) == (1, {"green": 1})
    assert act.resource_search(query="format:CSV")["count"] == 2
    assert act.organization_list() == ["mobiliteit", ckan_city(ckan)]
    assert act.organization_show(id="mobiliteit", include_datasets=True)["packages"][0]["name"] == "bicycle-counts"
    assert act.group_list() == ["green", "mobility"]
    assert act.group_show(id="green")["package_count"] == 1
    assert act.tag_list(query="FIE") == ["fiets"]
    assert "Modellicentie Gratis Hergebruik" in {one["title"] for one in act.license_list()}
    assert "rows" in act.help_show(name="datastore_search").lower()


def ckan_city(ckan: Any) -> str:
    """Return the organisation of what no department answers for."""
    return str(ckan.action.package_show(id="trees")["organization"]["name"])


@pytest.mark.django_db(transaction=True)
def test_ckan_client_reads_rows(ckan: Any) -> None:
    def search(**arguments: Any) -> Any:
        return ckan.action.datastore_search(resource_id="bicycle-counts.csv", **arguments)

    found = search()
    assert (found["total"], [one["id"] for one in found["fields"]]) == (4, ["_id", *ROWS.column_names])
    assert found["records"][0] == {
        "_id": 1, "place": "Korenmarkt", "count": 120, "share": 1.5, "open": True, "day": "2024-07-01",
        "at": "2024-07-01T06:30:00Z",
    }  # fmt: skip
    assert found["records"][1]["share"] is None
    assert [row["_id"] for row in search(filters={"open": True})["records"]] == [1, 4]
    assert search(filters={"day": "2024-07-02", "count": ["340", 1]})["total"] == 1
    assert search(filters={"at": "2024-07-01T08:30:00+02:00"})["total"] == 1
    assert search(filters={"place": None})["total"] == 1
    assert search(filters={"_id": [2, 3]}, fields=["count"], sort="count desc")["records"] == [
        {"count": 340},
        {"count": 0},
    ]
    assert search(q="coupure", fields="place")["records"] == [{"place": "Coupure"}]
    assert search(q={"place": "poort"}, include_total=False, limit=1)["records"][0]["place"] == "Dampoort"
    assert search(fields=["open"], distinct=True, sort="open", records_format="lists")["records"] == [
        [False],
        [True],
        [None],
    ]
    assert search(limit=1, offset=1, fields=["_id", "place"], records_format="csv")["records"] == '2,"Coupure"\n'
    assert search(limit=0)["records"] == []
