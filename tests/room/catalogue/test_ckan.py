"""CKAN's action API, read by CKAN's own client over a real connection."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.testing import make_key
from spiegelstad.catalogue import describing
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
        distributions=(Distribution("https://example.org/trees", {}, "https://example.org/trees.csv", "CSV"),),
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
    assert {resource["format"] for resource in shown["resources"]} == {"CSV", "JSON", "PARQUET", "XLSX"}
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
    with_one, without = search(filters={"place": "Korenmarkt"})["total"], search(filters={"place": None})["total"]
    assert search(filters={"place": [None, "Korenmarkt"]})["total"] == with_one + without
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


@pytest.mark.django_db(transaction=True)
def test_ckan_client_is_told_what_is_wrong(ckan: Any) -> None:
    import ckanapi

    act = ckan.action
    for absent in ("nothing-here", "secret-lists"):
        with pytest.raises(ckanapi.NotFound):
            act.package_show(id=absent)
        with pytest.raises(ckanapi.NotFound):
            act.resource_show(id=f"{absent}.csv")
        with pytest.raises(ckanapi.NotFound):
            act.datastore_search(resource_id=f"{absent}.csv")
    with pytest.raises(ckanapi.NotAuthorized):
        act.datastore_search_sql(sql='SELECT * FROM "secret-lists.csv"')
    with pytest.raises(ckanapi.SearchQueryError):
        act.package_search(fq="author:x")
    with pytest.raises(ckanapi.SearchQueryError):
        act.package_search(sort="views desc")
    for wrong in (
        {"filters": {"nothing": 1}}, {"filters": {"count": "many"}}, {"filters": {"day": "yesterday"}}, {"filters": 3},
        {"filters": "{x"}, {"fields": ["nothing"]}, {"limit": -1}, {"offset": "x"}, {"sort": "nothing asc"},
        {"records_format": "xml"}, {"include_total": "perhaps"}, {"q": {"count": "1"}}, {"filters": {"_id": ["x"]}},
    ):  # fmt: skip
        with pytest.raises(ckanapi.ValidationError):
            act.datastore_search(resource_id="bicycle-counts", **wrong)
    with pytest.raises(ckanapi.ValidationError) as missing:
        act.package_show()
    assert missing.value.error_dict["id"] == ["Missing value"]


@pytest.mark.django_db(transaction=True)
def test_ckan_client_may_ask_by_get(city: str, live_server: Any) -> None:
    import ckanapi

    with ckanapi.RemoteCKAN(live_server.url, user_agent="tests", get_only=True) as client:
        found = client.action.package_search(q="fietstelling", rows=1, **{"facet.field": '["organization"]'})
        assert found["facets"] == {"organization": {"mobiliteit": 1}}
        rows = client.action.datastore_search(resource_id="bicycle-counts.csv", filters='{"open": true}', limit=1)
        assert (rows["total"], len(rows["records"])) == (2, 1)
        following = Client().get(rows["_links"]["next"]).json()["result"]
        assert [row["_id"] for row in following["records"]] == [4]


def _ask(name: str, **query: str) -> Any:
    return Client().get(f"/api/3/action/{name}", query)


def test_ckan_form_of_answers_is_its_own(city: str) -> None:
    shown = _ask("package_show", id="bicycle-counts").json()
    assert shown["success"] is True
    assert shown["help"] == "http://testserver/api/3/action/help_show?name=package_show"
    wrong = _ask("package_show", id="nothing")
    assert (wrong.status_code, wrong.json()["success"]) == (404, False)
    assert wrong.json()["error"]["__type"] == "Not Found Error"
    unknown = _ask("package_create")
    assert (unknown.status_code, unknown.json()) == (400, "Bad request - Action name not known: package_create")
    for body in ("{", "[1]", '"text"'):
        answer = Client().post("/api/3/action/package_list", body, content_type="application/json")
        assert (answer.status_code, answer.json()[:11]) == (400, "Bad request")
    huge = Client().post("/api/3/action/package_list", "x" * 200_000, content_type="application/json")
    assert huge.status_code == 400


def test_ckan_shows_closed_data_to_a_key_that_may(city: str) -> None:
    make_dataset(city, "inside", classification="internal", classification_reason="being checked")
    secret, _actor = make_key(city, ["data:read"])
    assert "inside" not in _ask("package_list").json()["result"]
    shown = Client().get("/api/3/action/package_list", headers={"x-ckan-api-key": secret}).json()["result"]
    assert "inside" in shown
    assert "secret-lists" not in shown
    refused = Client().get("/api/3/action/package_list", headers={"x-ckan-api-key": "made-up"})
    assert (refused.status_code, refused.json()["error"]["__type"]) == (403, "Authorization Error")


def test_ckan_counts_nothing_that_is_closed(city: str) -> None:
    """Neither search, organisations, groups nor tags tell that a closed dataset exists."""
    make_dataset(
        city, "hidden", classification="confidential", classification_reason="persons", department="milieu",
        theme="money", keywords={"nl": ["geheimwoord"]}, title={"nl": "Geheimtitel"},
    )  # fmt: skip
    facets = '["organization", "groups", "tags", "license_id", "res_format"]'
    for answer in (
        _ask("package_search", q="geheimtitel", **{"facet.field": facets}), _ask("tag_list", all_fields="true"),
        _ask("package_search", **{"facet.field": facets}), _ask("organization_list", all_fields="true"),
        _ask("group_list"), _ask("resource_search", query="name:geheimtitel"),
        _ask("group_show", id="money", include_datasets="true"),
    ):  # fmt: skip
        result = answer.json()["result"]
        assert "hidden" not in str(result)
        assert "milieu" not in str(result)
    assert _ask("package_search").json()["result"]["count"] == 2
    assert _ask("group_show", id="money").json()["result"]["package_count"] == 0


def test_resources_are_counted_and_paged_as_resources(tenant: str) -> None:
    """Not as the datasets that they belong to, of which one page was searched: `count` told of that page alone."""
    for number in range(3):
        make_dataset(tenant, f"set-{number}")
        make_version(tenant, f"set-{number}")
    every = _ask("resource_search", query="name:").json()
    assert every["success"] is False
    whole = _ask("resource_search", query="format:CSV").json()["result"]
    assert whole["count"] == 3
    parts = [_ask("resource_search", query="format:CSV", limit=2, offset=start).json()["result"] for start in (0, 2)]
    assert [(part["count"], len(part["results"])) for part in parts] == [(3, 2), (3, 1)]
    assert parts[0]["results"] + parts[1]["results"] == whole["results"]


def test_search_for_resources_describes_only_those_it_shows(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand datasets were described to show ten ways to get them."""
    for number in range(4):
        make_dataset(tenant, f"own-{number}")
        make_version(tenant, f"own-{number}")
        there = f"https://other.example/{number}"
        ways = tuple(Distribution(f"{there}.{form}", format=form) for form in ("CSV", "csv", "WFS"))
        make_dataset(tenant, f"other-{number}", uri=there, distributions=ways)
    make_dataset(tenant, "without")  # anything to get yet
    described: list[int] = []
    describe = describing.describe

    def counted(by: Any, found: Any, host: str) -> Any:
        described.append(len(found))
        return describe(by, found, host)

    monkeypatch.setattr(describing, "describe", counted)
    for query, count in (("format:CSV", 12), ("format:wfs", 4), ("name:gegevens", 28)):
        whole = _ask("resource_search", query=query).json()["result"]
        assert (whole["count"], len(whole["results"])) == (count, count)
        described.clear()
        for offset in range(0, count + 1, 2):
            part = _ask("resource_search", query=query, limit=3, offset=offset).json()["result"]
            assert part == {"count": count, "results": whole["results"][offset : offset + 3]}
        assert max(described) <= 3


def test_rows_are_limited_in_bytes_too(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many rows may be asked at once that shapes would fill the memory of the process."""
    make_dataset(tenant, "set")
    make_version(tenant, "set")
    assert _ask("datastore_search", resource_id="set.csv").status_code == 200
    monkeypatch.setattr("spiegelstad.catalogue.selection.reading.MAX_BYTES", 10)
    assert _ask("datastore_search", resource_id="set.csv", limit=3).status_code == 413


@pytest.mark.parametrize(
    "query", ["package_search", "current_package_list_with_resources", "organization_list", "group_list", "tag_list"]
)
def test_ckan_asks_as_much_of_a_large_catalogue(city: str, query: str) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert _ask(query, rows="100", limit="100").json()["success"]
        return len(queries)

    asked()
    few = asked()
    for number in range(12):
        make_dataset(city, f"more-{number}", keywords={"nl": [f"woord{number}"]})
        make_version(city, f"more-{number}")
    assert asked() == few <= 12
