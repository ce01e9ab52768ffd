"""OGC API Features: pages, places, times, properties, filters, coordinate systems, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa
import pytest
import shapely
from django.contrib.auth import get_user_model
from django.test import Client
from pyproj import Transformer

from spiegelstad.accounts.testing import make_key
from spiegelstad.catalogue.rules import Column
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version
from spiegelstad.ogc.vocabulary import CONFORMANCE, CRS84, SYSTEMS
from tests.room.ogc.conftest import TREES, tree_table

pytestmark = pytest.mark.django_db
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
ROWS = tree_table().to_pylist()


def ask(path: str, **query: object) -> dict[str, Any]:
    """Read a document that is there."""
    hyphened = {"bbox_crs": "bbox-crs", "filter_lang": "filter-lang", "filter_crs": "filter-crs"}
    response = Client().get(f"/ogc{path}", {hyphened.get(name, name): value for name, value in query.items()})
    assert response.status_code == 200, response.content
    return dict(response.json())


def trees(**query: object) -> dict[str, Any]:
    """Ask for trees."""
    return ask("/collections/trees/items", **query)


def codes(document: dict[str, Any]) -> list[str]:
    """Return the ids of features, in order."""
    return sorted(feature["id"] for feature in document["features"])


def expected(condition: Any) -> list[str]:
    """Return the codes of the rows for which a plain condition holds."""
    return sorted(row["code"] for row in ROWS if condition(row))


def pages(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Walk by the links to the end."""
    client = Client()
    while True:
        yield document
        link = next((link["href"] for link in document["links"] if link["rel"] == "next"), None)
        if link is None:
            return
        document = client.get(link).json()


@pytest.mark.usefixtures("city")
def test_landing_leads_to_everything() -> None:
    landing = ask("")
    by_rel = {link["rel"]: link["href"] for link in landing["links"]}
    assert {"self", "service-desc", "service-doc", "conformance", "data"} <= by_rel.keys()
    for link in landing["links"]:
        assert Client().get(link["href"]).status_code == 200, link
    assert ask("/conformance")["conformsTo"] == list(CONFORMANCE)


@pytest.mark.usefixtures("city")
def test_collections_are_the_datasets_that_say_where() -> None:
    listed = {one["id"]: one for one in ask("/collections")["collections"]}
    assert listed.keys() - {"catalogue"} == {"trees", "parks"}
    one = ask("/collections/trees")
    assert one["title"] == "Bomen" and one["itemType"] == "feature" and one["keywords"] == ["groen"]
    assert one["extent"]["spatial"] == {"bbox": [[3.6, 51.0, 3.698, 51.045]], "crs": CRS84}
    assert one["extent"]["temporal"]["interval"] == [["2024-01-01T00:00:00Z", "2024-02-11T15:00:00Z"]]
    assert one["storageCrs"] == CRS84 and one["crs"] == list(SYSTEMS)
    assert "extent" in ask("/collections/parks") and "temporal" not in ask("/collections/parks")["extent"]


@pytest.mark.usefixtures("city")
def test_queryables_are_a_schema_of_the_columns() -> None:
    schema = ask("/collections/trees/queryables")
    kinds = {name: about.get("type", about.get("format")) for name, about in schema["properties"].items()}
    assert kinds == {
        "code": "string", "species": "string", "height_m": "number", "rings": "integer", "healthy": "boolean",
        "planted": "string", "seen_at": "string", "geometry": "geometry-point",
    }  # fmt: skip
    assert schema["properties"]["seen_at"]["format"] == "date-time"
    assert ask("/collections/parks/queryables")["properties"]["geometry"]["format"] == "geometry-polygon"


@pytest.mark.usefixtures("city")
def test_feature_is_the_row() -> None:
    feature = ask("/collections/trees/items/T12")
    assert feature["geometry"] == {"type": "Point", "coordinates": [3.612, 51.0]}
    assert feature["properties"] == {
        "code": "T12", "species": "Eik", "height_m": 12.5, "rings": 12, "healthy": False, "planted": "2000-01-13",
        "seen_at": "2024-01-01T12:00:00Z",
    }  # fmt: skip
    assert ask("/collections/trees/items/T9")["geometry"] is None
    park = ask("/collections/parks/items/1")  # without a key: by its number
    assert park["properties"] == {"name": "Oost"} and park["geometry"]["type"] == "Polygon"
    assert len(park["geometry"]["coordinates"]) == 2
    assert ask("/collections/parks/items/4")["geometry"] is None
    for path in ("trees/items/T1000", "trees/items/x/y", "parks/items/99", "parks/items/x", "none/items/1"):
        assert Client().get(f"/ogc/collections/{path}").status_code == 404, path


def make_odd(tenant: str) -> list[str]:
    """Publish points with keys that an address must quote, numbers beyond 2 to the 53rd, and the end of time."""
    keys = ["a?b#c", "%2F", "50%", 'Café, "x"', "a/1"]
    table = pa.table(
        {
            "code": keys,
            "size": pa.array([2**60, -(2**62), 2, None, 1], pa.int64()),
            "until": [date(9999, 12, 31), date(2024, 1, 1), None, date(2024, 6, 1), date(2025, 1, 1)],
            "share": [0.5] * 5,
            "lon": [3.7] * 5,
            "lat": [51.0] * 5,
        }
    )
    columns = (Column("code", "VARCHAR", role="identifier"), *columns_of(table)[1:])
    make_dataset(tenant, "odd", columns)
    make_version(tenant, "odd", table, columns=columns)
    return keys


def test_feature_leads_to_itself_whatever_its_key(tenant: str) -> None:
    for key in make_odd(tenant):
        [its] = [one["href"] for one in ask(f"/collections/odd/items/{quote(key, safe='')}")["links"]
                 if one["rel"] == "self"]  # fmt: skip
        assert Client().get(its).json()["id"] == key
    page = Client().get("/ogc/collections/odd/items?f=html").content.decode()
    for its in re.findall(r'href="(/ogc/collections/odd/items/[^"?]+\?f=html)"', page):
        assert Client().get(its).status_code == 200, its


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ({"filter": "size > 1.5"}, {"a?b#c", "50%"}),
        ({"filter": "size IN (1.5, 2)"}, {"50%"}),
        ({"filter": "NOT size BETWEEN -1e30 AND 1.5"}, {"a?b#c", "50%"}),
        ({"filter": "size > share"}, {"a?b#c", "50%", "a/1"}),
        ({"datetime": "../9999-12-31T23:59:59Z"}, {"a?b#c", "%2F", 'Café, "x"', "a/1"}),
        ({"datetime": "2025-01-01T00:00:00Z/9999-12-31T23:59:59Z"}, {"a?b#c", "a/1"}),
    ],
)
def test_large_numbers_and_the_end_of_time_are_values_too(tenant: str, query: dict[str, str], keys: set[str]) -> None:
    make_odd(tenant)
    assert set(codes(ask("/collections/odd/items", **query))) == keys


@pytest.mark.usefixtures("city")
def test_pages_hold_everything_once() -> None:
    for asked, count in (
        ({"limit": 1_000}, TREES),
        ({"limit": 333}, TREES),
        ({"limit": 7, "filter": "rings < 50"}, 50),
    ):
        found = [feature["id"] for page in pages(trees(**asked)) for feature in page["features"]]
        assert len(found) == len(set(found)) == count


@pytest.mark.usefixtures("city")
def test_page_tells_how_many(tenant: str) -> None:
    page = trees(limit=10, offset=995)
    assert (page["numberMatched"], page["numberReturned"]) == (TREES, 5)
    assert not [link for link in page["links"] if link["rel"] == "next"]
    assert trees(limit=99_999_999)["numberReturned"] == TREES  # more than the most is the most, not an error
    assert trees(offset=2_000)["features"] == []


def test_walk_stays_in_its_version(city: str) -> None:
    """A version that comes while somebody turns the pages changes nothing in them."""
    first = trees(limit=600)
    make_version(city, "trees", tree_table().slice(0, 10), columns=())
    walked = [feature["id"] for page in pages(first) for feature in page["features"]]
    assert len(set(walked)) == TREES
    assert trees()["numberMatched"] == 10


@pytest.mark.usefixtures("city")
def test_bbox_takes_what_touches_it() -> None:
    found = trees(bbox="3.6095,50.99,3.6205,51.006", limit=500)
    assert codes(found) == expected(lambda row: row["lon"] and 3.6095 < row["lon"] < 3.6205 and row["lat"] < 51.006)
    assert codes(trees(bbox="3.612,51.0,3.612,51.0")) == ["T12"]  # the edge counts
    assert [p["id"] for p in ask("/collections/parks/items", bbox="3.6245,51.0045,3.6255,51.0055")["features"]] == []
    assert len(ask("/collections/parks/items", bbox="3.60,50,3.625,52")["features"]) == 2
    assert len(ask("/collections/parks/items", bbox="3.60,50,0,3.625,52,100")["features"]) == 2
    assert len(ask("/collections/parks/items", bbox="3.6245,50,3,52")["features"]) == 3  # across the date line


@pytest.mark.usefixtures("city")
def test_bbox_in_a_projected_system() -> None:
    located = [row for row in ROWS if row["lon"]]
    for code in ("31370", "3812", "3857"):
        move = Transformer.from_crs("EPSG:4326", f"EPSG:{code}", always_xy=True).transform
        (x0, y0), (x1, y1) = move(3.6305, 51.0085), move(3.6515, 51.0265)
        found = trees(bbox=f"{x0},{y0},{x1},{y1}", bbox_crs=f"{EPSG}{code}", limit=500)
        inside = [row for row in located if x0 <= move(row["lon"], row["lat"])[0] <= x1]
        assert codes(found) == sorted(r["code"] for r in inside if y0 <= move(r["lon"], r["lat"])[1] <= y1)
        assert found["features"]


@pytest.mark.usefixtures("city")
def test_coordinates_come_in_the_order_of_their_system() -> None:
    for uri in (f"{EPSG}4326", f"{EPSG}4258"):
        response = Client().get("/ogc/collections/trees/items/T12", {"crs": uri})
        assert response.json()["geometry"]["coordinates"] == [51.0, 3.612]
        assert response.headers["Content-Crs"] == f"<{uri}>"
    assert Client().get("/ogc/collections/trees/items").headers["Content-Crs"] == f"<{CRS84}>"
    north_first = trees(bbox="51.0,3.612,51.0,3.612", bbox_crs=f"{EPSG}4326", crs=f"{EPSG}31370")["features"]
    x, y = Transformer.from_crs("EPSG:4326", "EPSG:31370", always_xy=True).transform(3.612, 51.0)
    assert north_first[0]["geometry"]["coordinates"] == pytest.approx([x, y], abs=0.001)
    park = ask("/collections/parks/items/0", crs=f"{EPSG}3812")
    (x, y) = Transformer.from_crs("EPSG:4326", "EPSG:3812", always_xy=True).transform(3.6, 51.0)
    assert shapely.distance(shapely.from_geojson(str(park["geometry"]).replace("'", '"')), shapely.Point(x, y)) < 0.01


@pytest.mark.usefixtures("city")
def test_datetime_is_over_the_time_column() -> None:
    hours = {"T2", "T3", "T4"}
    assert set(codes(trees(datetime="2024-01-01T02:00:00Z/2024-01-01T04:00:00Z"))) == hours
    assert codes(trees(datetime="2024-01-01T03:00:00+01:00")) == ["T2"]
    assert set(codes(trees(datetime="../2024-01-01T02:30:00Z"))) == {"T0", "T1", "T2"}
    assert trees(datetime="2024-02-11T14:00:00Z/")["numberMatched"] == 2
    assert trees(datetime="2024-01-02")["numberMatched"] == 24  # a day in Brussels
    assert ask("/collections/parks/items", datetime="2024-01-02")["numberMatched"] == 0  # no time, none in it


@pytest.mark.usefixtures("city")
def test_properties_are_parameters() -> None:
    assert trees(species="Eik", healthy="false", limit=1)["numberMatched"] == len(
        expected(lambda row: row["species"] == "Eik" and not row["healthy"])
    )
    assert codes(trees(planted="2000-01-05")) == ["T4"]
    assert codes(trees(height_m="3.5", rings="33")) == ["T33"]


FILTERS: list[tuple[str, Any]] = [
    ("species = 'Eik' AND rings < 100", lambda r: r["species"] == "Eik" and r["rings"] < 100),
    ("rings = 1 OR species = 'Eik' AND rings = 4", lambda r: r["rings"] in {1, 4}),
    ("NOT (height_m > 2)", lambda r: r["height_m"] is not None and r["height_m"] <= 2),
    ("species IS NULL AND healthy", lambda r: r["species"] is None and r["healthy"]),
    ("CASEI(species) LIKE casei('L%') AND rings BETWEEN 3 AND 30",
     lambda r: r["species"] == "Linde" and 3 <= r["rings"] <= 30),
    ("planted > DATE('2000-02-01') AND planted < DATE('2000-02-04')", lambda r: 32 <= r["rings"] <= 33),
    ("T_INTERSECTS(seen_at, INTERVAL('2024-01-01T00:00:00Z', '2024-01-01T01:00:00Z'))", lambda r: r["rings"] < 2),
    ("S_WITHIN(geometry, POLYGON((3.6 50.9, 3.65 50.9, 3.6 51.1, 3.6 50.9))) AND rings < 300",
     lambda r: r["rings"] < 300 and r["lon"] and shapely.within(shapely.Point(r["lon"], r["lat"]),
         shapely.from_wkt("POLYGON((3.6 50.9, 3.65 50.9, 3.6 51.1, 3.6 50.9))"))),
    ("S_DISJOINT(geometry, BBOX(3.6,50,3.69,52)) OR rings = 5",
     lambda r: r["rings"] == 5 or (r["lon"] and r["lon"] > 3.69)),
    ("geometry IS NULL AND rings < 40", lambda r: r["lon"] is None and r["rings"] < 40),
    ("rings * 2 = 84", lambda r: r["rings"] == 42),
]  # fmt: skip


@pytest.mark.usefixtures("city")
def test_filter_finds_what_plain_python_finds() -> None:
    for text, condition in FILTERS:
        assert codes(trees(filter=text, limit=1_000)) == expected(condition) != [], text


@pytest.mark.usefixtures("city")
def test_filter_as_json_and_in_another_system() -> None:
    east = {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [51.0, 3.61, 51.001, 3.6125]}]}
    body = str(east).replace("'", '"')
    found = trees(filter=body, filter_lang="cql2-json", filter_crs=f"{EPSG}4326")
    assert codes(found) == ["T10", "T11", "T12"]
    assert codes(trees(filter="S_INTERSECTS(geometry, POINT(51 3.612))", filter_crs=f"{EPSG}4326")) == ["T12"]


@pytest.mark.usefixtures("city")
def test_sortby_orders() -> None:
    found = trees(sortby="-height_m,rings", limit=3, filter="rings < 100")
    assert [f["properties"]["rings"] for f in found["features"]] == [29, 59, 89]
    walked = [f["properties"]["rings"] for page in pages(trees(sortby="rings", limit=300)) for f in page["features"]]
    assert walked == list(range(TREES))


REFUSED: list[dict[str, object]] = [
    {"limit": 0}, {"limit": -1}, {"limit": "x"}, {"limit": "1e3"}, {"offset": -1}, {"version": "x"},
    {"bbox": "1,2,3"},
    {"bbox": "a,b,c,d"}, {"bbox": "nan,0,1,1"}, {"bbox": "1e999,0,1,1"}, {"bbox": "3,52,4,51"},
    {"bbox": "1,2,3,4,5,6,7"},
    {"bbox": "3,51,4,52", "bbox-crs": "x"}, {"bbox": "5,5,1,9", "bbox-crs": f"{EPSG}31370"}, {"crs": f"{EPSG}9999"},
    {"datetime": "yesterday"}, {"datetime": "2024-13-01"},
    {"datetime": "2024-02-01/2024-01-01"}, {"datetime": "../../.."}, {"filter": "nothing = 1"}, {"filter": "((("},
    {"filter": "{"}, {"filter": "rings = 1", "filter-lang": "sql"}, {"filter": "rings = 1", "filter-crs": "x"},
    {"sortby": "nothing"}, {"sortby": "geometry"}, {"sortby": "a,b,c,d,e"}, {"unknown": "1"}, {"rings": "many"},
    {"healthy": "maybe"}, {"f": "gml"}, {"planted": "soon"}, {"filter": "S_WITHIN(geometry, POINT(1 2)) = 3"},
    {"filter": "S_INTERSECTS(geometry, POINT(1e15 1))", "filter-crs": f"{EPSG}31370"}, {"rings": "9" * 300},
]  # fmt: skip


@pytest.mark.usefixtures("city")
def test_what_cannot_be_read_is_refused() -> None:
    for query in REFUSED:
        path = f"/ogc/collections/trees/items?{urlencode(query)}"
        response = Client().get(path, headers={"accept": "application/json"})
        assert response.status_code == 400, (query, response.content)
        assert response.headers["Content-Type"] == "application/problem+json" and response.json()["detail"]


@pytest.mark.usefixtures("city")
def test_refusal_names_the_parameter() -> None:
    for query, name in (({"no_such": "1"}, "no_such"), ({"filter": "gone = 1"}, "gone"), ({"limit": "x"}, "limit")):
        assert name in Client().get("/ogc/collections/trees/items", query).json()["detail"]
    assert Client().get("/ogc/collections/trees/items?limit=1&limit=2").status_code == 400
    assert Client().get("/ogc/collections?limit=1").status_code == 400


def test_closed_collection_is_not_there(city: str) -> None:
    closed = {"classification": "internal", "classification_reason": "It is internal."}
    make_dataset(city, "secret", columns_of(tree_table()), **closed)
    make_version(city, "secret", tree_table())
    for path in ("", "/items", "/items/0", "/queryables", "/tiles", "/tiles/WebMercatorQuad/0/0/0"):
        assert Client().get(f"/ogc/collections/secret{path}").status_code == 404, path
    assert "secret" not in Client().get("/ogc/collections").content.decode()
    key, _ = make_key(city, ["data:read"])
    reading = Client(headers={"authorization": f"Bearer {key}"})
    answer = reading.get("/ogc/collections/secret/items?limit=1")
    assert answer.status_code == 200 and "private" in answer.headers["Cache-Control"]


@pytest.mark.usefixtures("city")
def test_people_get_pages() -> None:
    browser = Client(headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    for path, words in (
        ("", "OGC"), ("/conformance", "ogcapi-features-1"), ("/collections", "Bomen"), ("/collections/trees", "Bomen"),
        ("/collections/trees/items", "T12"), ("/collections/trees/items/T12", "51"),
        ("/collections/trees/queryables", "seen_at"),
    ):  # fmt: skip
        answer = browser.get(f"/ogc{path}")
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"), path
        assert words in answer.content.decode(), path
        assert browser.get(f"/ogc{path}?f=json").headers["Content-Type"] != "text/html"
    assert browser.get("/ogc/collections/none").headers["Content-Type"].startswith("text/html")


@pytest.mark.usefixtures("city")
def test_page_and_language_are_known_however_they_are_escaped() -> None:
    """A page has a policy that lets it load its styles; what programs get has not."""
    path = "/ogc/collections/trees/items"
    page, policy = Client().get(f"{path}?f=html"), "Content-Security-Policy"
    for query in ("f=%68tml", "f=ht%6dl", "limit=1&f=%68%74%6D%6C"):
        answer = Client().get(f"{path}?{query}")
        assert answer.headers["Content-Type"] == page.headers["Content-Type"], query
        assert answer.headers[policy].split("nonce")[0] == page.headers[policy].split("nonce")[0], query
    for query in ("lang=en", "f=json&lang=en", "l%61ng=en"):
        assert Client().get(f"{path}?{query}").headers["Content-Language"] == "en", query
    assert Client().get(path).headers[policy] == "default-src 'none'"


def test_signed_in_person_reads_what_is_closed(city: str, people: Any) -> None:
    closed = {"classification": "internal", "classification_reason": "It is internal."}
    make_dataset(city, "secret", columns_of(tree_table()), **closed)
    make_version(city, "secret", tree_table())
    path = "/ogc/collections/secret/items?limit=1"
    assert Client().get(path).status_code == 404
    client = Client()
    client.force_login(get_user_model().objects.get(pk=people.administrator.id.removeprefix("person:")))
    answer = client.get(path)
    assert answer.status_code == 200 and "private" in answer.headers["Cache-Control"]
    assert "Cookie" in answer.headers["Vary"]


@pytest.mark.usefixtures("city")
def test_features_and_tiles_need_two_statements(statements: list[str]) -> None:
    """Who asks, and the version that may be read: both prepared."""
    for path in ("items?bbox=3.6,51,3.7,52", "items?filter-lang=cql2-text&filter=rings%20%3C%203", "items/T12",
                 "items?version=1", "tiles/WebMercatorQuad/0/0/0"):  # fmt: skip
        Client().get(f"/ogc/collections/trees/{path}")
        statements.clear()
        answer = Client().get(f"/ogc/collections/trees/{path}")
        assert answer.status_code == 200 and len(statements) == 2, (path, statements)
