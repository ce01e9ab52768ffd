"""The pages under /data: who sees what, in how many queries; downloads that stream."""

import csv
import html
import io
import json
import re
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_key
from spiegelstad.catalogue import public, store
from spiegelstad.catalogue.public import Column, Coverage, Quality, QualityCheck, RunInfo
from spiegelstad.catalogue.testing import make_dataset, make_version
from spiegelstad.governance.models import AuditEntry

pytestmark = pytest.mark.django_db
MOMENT = datetime(2024, 7, 1, 6, 30, tzinfo=UTC)
COLUMNS = (
    Column("place", "VARCHAR", description={"nl": "Naam van de plek", "en": "Name of the place"}),
    Column("lon", "DOUBLE"),
    Column("lat", "DOUBLE"),
    Column("count", "BIGINT", "C62"),
    Column("share", "DOUBLE", "P1"),
    Column("at", "TIMESTAMP WITH TIME ZONE"),
    Column("day", "DATE"),
    Column("open", "BOOLEAN"),
)
TABLE = pa.table(
    {
        "place": ["Korenmarkt", 'Café "Het Spijker", <b>', None],
        "lon": [3.72, 3.7201, None],
        "lat": [51.05, 51.0551, None],
        "count": [1234567, 0, None],
        "share": [12.5, float("nan"), None],
        "at": pa.array([MOMENT, MOMENT, None], pa.timestamp("us", "UTC")),
        "day": pa.array([date(2024, 7, 1), None, None], pa.date32()),
        "open": [True, False, None],
    }
)


def _client(host: str = "") -> Client:
    return Client(headers={"host": host} if host else {})


def _signed_in(actor: Any) -> Client:
    from django.contrib.auth import get_user_model

    client = _client()
    client.force_login(get_user_model().objects.get(pk=actor.id.removeprefix("person:")))
    return client


def _full(tenant: str) -> public.Version:
    make_dataset(tenant, columns=COLUMNS, title={"nl": "Fietsers geteld", "en": "Bicycles counted"})
    make_dataset(tenant, "raw")
    raw = make_version(tenant, "raw")
    run = RunInfo(uuid4(), "tellers", "abc123def456789", MOMENT, 1_250, 1_234, 16, "9f8e")
    checks = (QualityCheck("required", "count", 1_234, 16, 1_234 / 1_250), QualityCheck("unique", "", 1_234, 0, 1.0))
    coverage = Coverage(MOMENT, MOMENT, (3.6, 51.0, 3.8, 51.1))
    return make_version(
        tenant, table=TABLE, columns=COLUMNS, run=run, inputs=[raw.id], quality=Quality(checks, 0.987),
        coverage=coverage,
    )  # fmt: skip


def _get(client: Client, address: str, queries: int = 15) -> str:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(address)
    assert response.status_code == 200, response.content
    assert len(captured) <= queries, [query["sql"][:120] for query in captured]
    return response.content.decode()


def _names(page: str) -> list[str]:
    return re.findall(r">\s*(p\d+)\s*<", page)


def test_dataset_page_tells_everything_in_few_queries(tenant: str) -> None:
    _full(tenant)
    page = _get(_client(), "/data/bicycle-counts", queries=12)

    for text in (
        "Fietsers geteld", "Stad Voorbeeld", "Dienst Mobiliteit", "Modellicentie Gratis Hergebruik", "Naam van de plek",
        "1.234.567", "12,5", "98,7 %", "2024-07-01 08:30:00", "Het Spijker&quot;, &lt;b&gt;", "versions/1.geojson",
        "1.250", "/data/raw/versions/1",
    ):  # fmt: skip
        assert text in page, text
    assert "<script>" not in page and " style=" not in page.split("<svg")[0]


def test_dataset_page_in_english(tenant: str) -> None:
    _full(tenant)
    page = _get(_client(), "/data/bicycle-counts?lang=en")
    for text in ("Bicycles counted", "Name of the place", "1,234,567", "Steward", "Licence"):
        assert text in page, text


def test_dataset_page_does_not_cost_more_with_more_versions(tenant: str) -> None:
    _full(tenant)
    for count in range(30):
        make_version(tenant, table=pa.table({"place": ["x"], "count": [count]}))
    page = _get(_client(), "/data/bicycle-counts", queries=12)
    assert "11 oudere versies" in page


def test_version_page_shows_its_own_rows(tenant: str) -> None:
    version = _full(tenant)
    make_version(tenant, table=pa.table({"place": ["Nieuw"], "count": [5]}))
    page = _get(_client(), "/data/bicycle-counts/versions/1", queries=12)
    assert "Korenmarkt" in page and "Nieuw" not in page and version.content_hash in page
    assert "Nieuw" in _get(_client(), "/data/bicycle-counts/versions/2")
    assert _client().get("/data/bicycle-counts/versions/3").status_code == 404


def test_preview_pages_through_row_groups(tenant: str) -> None:
    make_dataset(tenant)
    path = store.incoming_file()
    pq.write_table(pa.table({"place": [f"p{i}" for i in range(2_000)], "count": range(2_000)}), path, row_group_size=10)
    public.publish_version(
        by=Actor.system(tenant, "tests"),
        slug="bicycle-counts", parquet=path, columns=(Column("place", "VARCHAR"), Column("count", "BIGINT")),
        lineage=public.Lineage("ingest"),
    )  # fmt: skip
    address, seen = "/data/bicycle-counts?sort=-count", list[str]()
    for _page in range(3):
        page = _get(_client(), address)
        seen += _names(page)
        [following] = re.findall(r'href="([^"]+)" rel="next nofollow"', page)
        address = html.unescape(following)
    assert seen == [f"p{number}" for number in range(1999, 1939, -1)]
    last = _get(_client(), "/data/bicycle-counts?f=count~ge~1990")
    assert _names(last) == [f"p{number}" for number in range(1990, 2000)] and 'rel="next' not in last
    assert _names(_get(_client(), "/data/bicycle-counts?after=nonsense"))[0] == "p0"


def _all_pages(address: str) -> list[str]:
    seen = list[str]()
    while address and len(seen) <= 200:
        page = _get(_client(), address)
        seen += _names(page)
        address = html.unescape(next(iter(re.findall(r'href="([^"]+)" rel="next nofollow"', page)), ""))
    return seen


def test_preview_pages_on_in_the_version_it_began_with(tenant: str) -> None:
    make_dataset(tenant)
    make_version(tenant, table=pa.table({"place": [f"p{i}" for i in range(50)], "count": range(50)}))
    page = _get(_client(), "/data/bicycle-counts")
    make_version(tenant, table=pa.table({"place": ["Nieuw", *(f"p{i}" for i in range(50))], "count": range(51)}))
    [following] = re.findall(r'href="([^"]+)" rel="next nofollow"', page)
    assert _names(page) + _all_pages(html.unescape(following)) == [f"p{number}" for number in range(50)]


@pytest.mark.parametrize("sort", ["share", "-share", "text", "-text"])
def test_preview_gives_every_row_once_whatever_it_is_sorted_by(tenant: str, sort: str) -> None:
    columns = (Column("place", "VARCHAR"), Column("share", "DOUBLE"), Column("text", "VARCHAR"))
    make_dataset(tenant, columns=columns)
    names = [f"p{number}" for number in range(90)]
    shares = [None if number % 3 else float(number) for number in range(90)]
    texts = [f"Een beschrijving {'é' * 2_000} {number:02}" for number in range(90)]
    make_version(tenant, table=pa.table({"place": names, "share": shares, "text": texts}), columns=columns)
    seen = _all_pages(f"/data/bicycle-counts?sort={sort}")
    assert sorted(seen) == sorted(names)


@pytest.mark.parametrize(
    "address",
    [
        "/data/bicycle-counts", "/data/bicycle-counts?sort=-at", "/data/bicycle-counts?view=chart&group=at",
        "/data/bicycle-counts/versions/2/changes", "/data/bicycle-counts/rows?format=html",
        "/data/bicycle-counts/rows?sort=-at&limit=1", "/data/bicycle-counts/rows?facets=at",
    ],
)  # fmt: skip
def test_for_ever_is_a_moment_too(tenant: str, address: str) -> None:
    """`9999-12-31T23:59:59Z`, which registers write for what has no end, is in the year 10000 in Brussels."""
    columns = (Column("place", "VARCHAR"), Column("at", "TIMESTAMP WITH TIME ZONE", role="time"))
    make_dataset(tenant, columns=columns)
    ever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    for place in ("Korenmarkt", "Vrijdagmarkt"):
        table = pa.table({"place": [place, "Kouter"], "at": pa.array([ever, MOMENT], pa.timestamp("us", "UTC"))})
        make_version(tenant, table=table, columns=columns, coverage=Coverage(MOMENT, ever, None))
    assert "9999" in _get(_client(), address)


def test_chart_of_moments_is_in_brussels_time(tenant: str) -> None:
    _full(tenant)
    assert "2024-07-01T08:30" in _get(_client(), "/data/bicycle-counts?view=chart&group=at")


def test_page_of_a_damaged_version_says_so(tenant: str) -> None:
    version = _full(tenant)
    path = store.path_of(version.content_hash)
    path.chmod(0o600)
    path.write_bytes(b"PAR1")
    assert "kan niet gelezen worden" in _get(_client(), "/data/bicycle-counts")
    path.unlink()
    assert "kan niet gelezen worden" in _get(_client(), "/data/bicycle-counts")
    assert _client().get("/data/bicycle-counts/versions/1.csv").status_code == 503


def test_page_of_a_dataset_without_data(tenant: str) -> None:
    make_dataset(tenant)
    assert "nog geen gegevens" in _get(_client(), "/data/bicycle-counts")


def test_list_searches_filters_and_pages(tenant: str) -> None:
    make_dataset(tenant, "trees", title={"nl": "Bomen", "en": "Trees"}, theme="green")
    make_dataset(tenant, "cafes", title={"nl": "Cafés", "en": "Bars"}, theme="places")
    for number in range(40):
        make_dataset(tenant, f"counter-{number:02}")
    first = _get(_client(), "/data", queries=6)
    assert "42 datasets" in first and "Bomen" in first and 'href="/data?theme=green"' in first
    assert "Gegevens counter-39" in _get(_client(), "/data?page=3")
    found = _get(_client(), "/data?q=CAFE", queries=7)
    assert "<mark>Cafés</mark>" in found and "Bomen" not in found and "Eén dataset" in found
    assert "Cafés" not in _get(_client(), "/data?theme=green")
    assert "Geen dataset" in _get(_client(), "/data?q=zzz", queries=8)
    assert "<mark>Trees</mark>" in _get(_client(), "/data?q=trees&lang=en")


def test_list_shows_what_we_froze_ourselves_last(tenant: str) -> None:
    make_dataset(tenant, "frozen", title={"nl": "Aaa", "en": "Aaa"})
    make_version(tenant, "frozen", activity="freeze")
    make_dataset(tenant, "sourced", title={"nl": "Zzz", "en": "Zzz"})
    page = _get(_client(), "/data")
    assert page.index("Zzz") < page.index("Aaa")


def test_list_hides_what_is_closed(tenant: str, people: Any) -> None:
    make_dataset(tenant, "inside", classification="internal", classification_reason="contracts")
    make_version(tenant, "inside")
    assert "Gegevens inside" not in _get(_client(), "/data")
    for address in ("/data/inside", "/data/inside/versions/1", "/data/inside/versions/1.csv", "/api/datasets/inside"):
        assert _client().get(address).status_code == 404, address
        assert _signed_in(people.resident).get(address).status_code == 404 or address.startswith("/api")
        assert _signed_in(people.clerk).get(address).status_code == 200 or address.startswith("/api")
    assert "Gegevens inside" in _get(_signed_in(people.clerk), "/data")
    assert "contracts" in _get(_signed_in(people.clerk), "/data/inside")


def test_pages_of_one_city_never_show_another(tenant: str, other_tenant: str) -> None:
    make_dataset(tenant)
    make_version(tenant)
    other = _client("anderstad.localhost")
    assert "bicycle-counts" not in _get(other, "/data")
    for address in ("/data/bicycle-counts", "/data/bicycle-counts/versions/1", "/data/bicycle-counts/versions/1.csv",
                    "/api/datasets/bicycle-counts"):  # fmt: skip
        assert other.get(address).status_code == 404


def _download(address: str) -> bytes:
    response = _client().get(address)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    return b"".join(response.streaming_content)


def test_downloads_say_the_same_in_every_format(tenant: str) -> None:
    version = _full(tenant)
    base = "/data/bicycle-counts/versions/1"

    rows = list(csv.DictReader(io.StringIO(_download(f"{base}.csv").decode())))
    objects = json.loads(_download(f"{base}.json"))
    features = json.loads(_download(f"{base}.geojson"))["features"]

    assert _download(f"{base}.parquet") == store.path_of(version.content_hash).read_bytes()
    assert objects[0] == {
        "place": "Korenmarkt", "lon": 3.72, "lat": 51.05, "count": 1234567, "share": 12.5, "at": "2024-07-01T06:30:00Z",
        "day": "2024-07-01", "open": True,
    }  # fmt: skip
    assert objects[1]["share"] is None and objects[1]["place"] == 'Café "Het Spijker", <b>'
    assert objects[2] == dict.fromkeys(objects[0])
    assert [{k: v or None for k, v in row.items()} for row in rows] == [
        {k: None if v is None else str(v).lower() if isinstance(v, bool) else str(v) for k, v in row.items()}
        for row in objects
    ]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [3.72, 51.05]}
    assert features[2]["geometry"] is None
    assert features[0]["properties"] == {k: v for k, v in objects[0].items() if k not in {"lon", "lat"}}


def test_download_of_geometry(tenant: str) -> None:
    square = shapely.box(3.7, 51.0, 3.8, 51.1)
    make_dataset(tenant)
    make_version(tenant, table=pa.table({"code": ["A", "B"], "geometry": [shapely.to_wkb(square), None]}))
    base = "/data/bicycle-counts/versions/1"
    features = json.loads(_download(f"{base}.geojson"))["features"]
    assert shapely.equals(shapely.from_geojson(json.dumps(features[0]["geometry"])), square)
    assert (features[1]["geometry"], features[1]["properties"]) == (None, {"code": "B"})
    assert json.loads(_download(f"{base}.json"))[0]["geometry"].startswith("POLYGON ((3.8 51")
    assert "veelhoek van 5 punten" in _get(_client(), "/data/bicycle-counts")


def test_download_of_no_rows_is_still_a_document(tenant: str) -> None:
    make_dataset(tenant)
    empty = pa.table({"lon": pa.array([], pa.float64()), "lat": pa.array([], pa.float64())})
    make_version(tenant, table=empty)
    base = "/data/bicycle-counts/versions/1"
    assert _download(f"{base}.csv").decode().split() == ['"lon","lat"']
    assert json.loads(_download(f"{base}.json")) == []
    assert json.loads(_download(f"{base}.geojson"))["features"] == []
    assert _client().get("/data/bicycle-counts").status_code == 200


def test_download_in_an_unknown_format_is_refused(tenant: str) -> None:
    make_dataset(tenant)
    make_version(tenant)
    assert _client().get("/data/bicycle-counts/versions/1.exe").status_code == 404
    assert _client().get("/data/bicycle-counts/versions/1.geojson").status_code == 404


def test_download_is_not_sent_twice(tenant: str) -> None:
    _full(tenant)
    address = "/data/bicycle-counts/versions/1.csv"
    etag = _client().get(address).headers["ETag"]
    again = _client().get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert _client().head(address).headers["ETag"] == etag


def test_steward_deletes_a_version_with_a_reason(tenant: str, people: Any) -> None:
    _full(tenant)
    address = "/data/bicycle-counts/versions/1/delete"
    assert "Deze versie wissen" not in _get(_client(), "/data/bicycle-counts/versions/1")
    for actor in (people.clerk, people.other_steward):
        assert _signed_in(actor).get(address).status_code == 403
        assert _signed_in(actor).post(address, {"reason": "x"}).status_code == 403
    assert "login" in _client().post(address, {"reason": "x"}).headers["Location"]
    steward = _signed_in(people.steward)
    assert "Deze versie wissen" in _get(steward, "/data/bicycle-counts/versions/1")
    assert steward.post(address, {"reason": " "}).status_code == 200
    assert steward.post(address, {"reason": "personal data inside"}).status_code == 303
    assert AuditEntry.objects.get(act="catalogue.delete_version").reason == "personal data inside"
    assert "nog geen gegevens" in _get(steward, "/data/bicycle-counts")


def test_version_in_use_is_refused_on_the_page(tenant: str, people: Any) -> None:
    _full(tenant)
    make_dataset(tenant, "derived")
    make_version(tenant, "derived", inputs=[public.current_version(people.nobody, "bicycle-counts").id])
    response = _signed_in(people.steward).post("/data/bicycle-counts/versions/1/delete", {"reason": "old"})
    assert response.status_code == 409


def test_api_lists_datasets_and_keys_see_internal_ones(tenant: str) -> None:
    _full(tenant)
    make_dataset(tenant, "inside", classification="internal", classification_reason="contracts")
    make_version(tenant, "inside")
    secret, _actor = make_key(tenant, ["data:read"])

    found = _client().get("/api/datasets").json()["datasets"]
    key = {"Authorization": f"Bearer {secret}"}
    more = _client().get("/api/datasets", headers=key).json()["datasets"]

    assert [d["slug"] for d in found] == ["bicycle-counts", "raw"]
    assert [d["slug"] for d in more] == ["bicycle-counts", "inside", "raw"]
    one = _client().get("/api/datasets/bicycle-counts").json()
    assert one["versions"][0]["lineage"]["run"]["rows_read"] == 1_250
    address = _client().get("/api/datasets/inside", headers=key).json()["current"]["download"]
    assert _client().get(f"{address}.json", headers=key).status_code == 200
    assert _client().get(f"{address}.json").status_code == 404


@pytest.mark.parametrize(("language", "title", "stream"), [
    ("nl", "Voor programma’s", "elke wijziging als een stroom"), ("en", "For programs", "every change as a stream"),
])  # fmt: skip
def test_portal_leads_programs_to_every_standard(tenant: str, language: str, title: str, stream: str) -> None:
    make_dataset(tenant)
    make_version(tenant)
    page = html.unescape(Client().get(f"/data?lang={language}").content.decode())
    assert title in page and stream in page
    section = page.partition('id="programs"')[2]
    leads = re.findall(r'<a href="([^"]+)">', section.partition("</section>")[0])
    assert {"/catalog", "/ogc", "/streams", "/sparql", "/data/openapi.json"} <= set(leads)
    for address in leads:
        assert Client().get(address).status_code == 200, address
    about_one = Client().get("/data/bicycle-counts").content.decode()
    for address in ("/streams/datasets/bicycle-counts", "/sparql"):
        assert f'href="http://testserver{address}"' in about_one
