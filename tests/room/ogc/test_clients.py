"""OGC API Features and Records as OWSLib reads them from a real server, and the API as its description says it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from owslib.ogcapi.features import Features
from owslib.ogcapi.records import Records

from spiegelstad.accounts.testing import make_tenant
from spiegelstad.catalogue.rules import Column, Coverage
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version
from tests.room.ogc.conftest import BEGIN, tree_table

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:owslib"),
]


@pytest.fixture
def address(live_server: Any) -> str:
    """Publish trees, and data kept elsewhere, in a city of a real server."""
    tenant = make_tenant("teststad").id
    make_dataset(tenant, "trees", columns_of(tree_table()), title={"nl": "Bomen"}, keywords={"nl": ["groen", "natuur"]})
    make_version(tenant, "trees", tree_table(), coverage=Coverage(BEGIN, None, (3.6, 51.0, 3.698, 51.045)))
    make_dataset(tenant, "budget", (Column("post", "VARCHAR"),), uri="https://example.org/id/budget")
    return f"{live_server.url.replace('127.0.0.1', 'localhost')}/ogc"


def test_owslib_reads_features(address: str) -> None:
    features = Features(f"{address}/")
    assert features.feature_collections() == ["trees"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in features.conformance()["conformsTo"]
    assert features.api()["openapi"].startswith("3.0")
    assert features.collection("trees")["title"] == "Bomen"
    assert features.collection_queryables("trees")["properties"]["rings"]["type"] == "integer"
    found = features.collection_items("trees", bbox=[3.6, 50.9, 3.62, 51.001], limit=50)
    assert found["numberMatched"] == 19 and len(found["features"]) == 19
    found = features.collection_items("trees", filter="species = 'Eik' AND rings < 9", sortby=("rings", "desc"))
    assert [one["properties"]["rings"] for one in found["features"]] == [8, 4, 0]
    assert features.collection_items("trees", datetime_="2024-01-01T02:00:00Z/..", limit=1)["numberMatched"] == 998
    assert features.collection_item("trees", "12")["properties"]["code"] == "T12"
    with pytest.raises(RuntimeError, match="nothing"):
        features.collection_items("trees", filter="nothing = 1")


def test_owslib_reads_records(address: str) -> None:
    records = Records(address)
    assert records.records() == ["catalogue"]
    assert records.collection("catalogue")["itemType"] == "record"
    everything = records.collection_items("catalogue")
    assert [one["id"] for one in everything["features"]] == ["budget", "trees"]
    trees = records.collection_item("catalogue", "trees")
    assert trees["properties"]["title"] == "Bomen" and trees["properties"]["keywords"] == ["groen", "natuur"]
    assert trees["time"] == {"interval": ["2024-01-01T00:00:00Z", ".."]}
    assert trees["geometry"]["coordinates"][0][2] == [3.698, 51.045]
    assert {"self", "collection", "license", "item", "alternate"} <= {link["rel"] for link in trees["links"]}
    asked = [
        ({"q": "bomen"}, ["trees"]), ({"q": "NATUUR,geld"}, ["trees"]), ({"q": "geld"}, []),
        ({"type": "dataset"}, ["budget", "trees"]), ({"type": "service"}, []), ({"ids": "budget"}, ["budget"]),
        ({"externalIds": "https://example.org/id/budget"}, ["budget"]), ({"bbox": [3.5, 50, 3.61, 52]}, ["trees"]),
        ({"bbox": [4, 50, 5, 52]}, []), ({"datetime_": "2025-01-01T00:00:00Z"}, ["trees"]),
        ({"datetime_": "2023-01-01"}, []),
        ({"limit": 1, "offset": 1}, ["trees"]),
    ]  # fmt: skip
    for query, expected in asked:
        found = records.collection_items("catalogue", **query)
        assert [one["id"] for one in found["features"]] == expected, query


@pytest.mark.usefixtures("address")
def test_description_is_valid_and_told_addresses_are_there() -> None:
    """Against the schema of OpenAPI 3.0 that schemathesis brings; every address without arguments is asked."""
    import schemathesis

    document = Client().get("/ogc/api").json()
    schema = schemathesis.openapi.from_dict(document)
    schema.validate()
    for path in document["paths"]:
        concrete = path.replace("{collectionId}", "trees").replace("{featureId}", "12")
        concrete = concrete.replace("catalogue/items/12", "catalogue/items/trees")
        concrete = concrete.replace("{tileMatrix}/{tileRow}/{tileCol}", "0/0/0")
        answer = Client().get(f"/ogc{concrete}")
        told = document["paths"][path]["get"]["responses"]
        assert str(answer.status_code) in told, (path, answer.content)
        assert answer.headers["Content-Type"] in told["200"]["content"], path
    known = document["components"]["parameters"]
    assert json.dumps(document).count("#/components/parameters/") > len(known)


@pytest.mark.usefixtures("address")
def test_records_refuse_what_cannot_be_read() -> None:
    for query in ("q=" + "a," * 200, "limit=0", "bbox=1", "datetime=x", "datetime=1/2/3", "unknown=1", "offset=x"):
        answer = Client().get(f"/ogc/collections/catalogue/items?{query}")
        assert answer.status_code == 400 and answer.headers["Content-Type"] == "application/problem+json", query
