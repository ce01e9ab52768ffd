"""The rows of datasets by HTTP: what can be asked, in every format, by whom, and what is said when it is wrong."""

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from django.contrib.auth import get_user_model
from django.test import Client

from spiegelstad.accounts.public import Actor
from spiegelstad.accounts.testing import make_key
from spiegelstad.catalogue import access, store
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.models import Dataset
from spiegelstad.catalogue.public import Column, Comparison, Grant, Selection
from spiegelstad.catalogue.selection.reading import is_key
from spiegelstad.catalogue.testing import make_dataset, make_version

pytestmark = pytest.mark.django_db
COLUMNS = (
    Column("id", "VARCHAR", role="identifier", description={"nl": "Naam van de plek", "en": "Name of the place"}),
    Column("ward", "VARCHAR"),
    Column("count", "BIGINT", "C62"),
    Column("share", "DOUBLE", "P1"),
    Column("lon", "DOUBLE"),
    Column("lat", "DOUBLE"),
    Column("open", "BOOLEAN"),
    Column("day", "DATE"),
    Column("at", "TIMESTAMP WITH TIME ZONE"),
)
TABLE = pa.table(
    {
        "id": ["a/1", "Café, \"x\"", "c", "d", "e"],
        "ward": ["north", "north", "zuid", None, ""],
        "count": [3, 1, 2, 4, 2**53],
        "share": [0.5, 12.25, float("nan"), None, -1e-7],
        "lon": [3.7, 3.8, 3.9, None, 4.5],
        "lat": [51.0, 51.1, 51.2, None, 50.5],
        "open": [True, False, None, True, True],
        "day": pa.array([date(2024, 1, 1), date(2024, 1, 2), None, date(2024, 1, 4), date(2023, 12, 31)], pa.date32()),
        "at": pa.array(
            [datetime(2024, 7, 1, 6, 30, tzinfo=UTC), datetime(2024, 1, 1, 0, 0, 0, 500_000, UTC), None, None, None],
            pa.timestamp("us", "UTC"),
        ),
    }
)  # fmt: skip
BASE = "/data/places/rows"


@pytest.fixture
def places(tenant: str) -> str:
    """Publish the table as an open dataset, and return its city."""
    make_dataset(tenant, "places", COLUMNS)
    make_version(tenant, "places", TABLE, columns=COLUMNS)
    return tenant


def _get(path: str, **headers: str) -> Any:
    return Client().get(path, headers={"accept": "*/*", **headers})


def _json(query: str = "", base: str = BASE) -> Any:
    response = _get(f"{base}?{query}")
    assert response.status_code == 200, response.content
    return json.loads(_body(response))


def _body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def _ids(query: str) -> list[str]:
    return [row["id"] for row in _json(query)["rows"]]


def test_page_holds_rows_and_where_they_come_from(places: str) -> None:
    found = _json()
    assert (found["dataset"], found["version"]) == (
        "http://testserver/data/places", "http://testserver/data/places/versions/1",
    )  # fmt: skip
    assert found["count"] == 5 and "next" not in found
    assert found["rows"][1] == {
        "id": 'Café, "x"', "ward": "north", "count": 1, "share": 12.25, "lon": 3.8, "lat": 51.1, "open": False,
        "day": "2024-01-02", "at": "2024-01-01T00:00:00.5Z",
    }  # fmt: skip
    assert found["rows"][2]["share"] is None  # NaN is no number in JSON
    assert found["rows"][4]["ward"] == "" and found["rows"][3]["ward"] is None


FILTERS = {
    "ward__eq=north": ["a/1", 'Café, "x"'],
    "ward__ne=north": ["c", "e"],
    "count__gt=1&count__le=3": ["a/1", "c"],
    "count__in=1,4": ['Café, "x"', "d"],
    "ward__null=true": ["d"],
    "ward__null=false&open__eq=true": ["a/1", "e"],
    "id__contains=CAF": ['Café, "x"'],
    "id__starts=A": ["a/1"],
    "id__like=%25%2F_": ["a/1"],
    "id__in=" + quote('"Café, ""x""",c'): ['Café, "x"', "c"],
    "q=cafe+NORTH": ['Café, "x"'],
    "bbox=3.75,51,4,52": ['Café, "x"', "c"],
    "day__ge=2024-01-02": ['Café, "x"', "d"],
    "at__lt=2024-01-01T01:00:00%2B01:00": [],
    "at__lt=2024-01-01T01:00:01+01:00": ['Café, "x"'],  # a plus that became a space
    "at__ge=2024-07-01T08:30": ["a/1"],  # Brussels time
    "share__lt=0": ["e"],
    "sort=-count&limit=2": ["e", "d"],
    "_row__gt=1&sort=-count&limit=2": ["e", "d"],
    "sort=ward,-id": ["e", "a/1", 'Café, "x"', "c", "d"],
}


@pytest.mark.parametrize("query", FILTERS)
def test_rows_are_chosen_and_put_in_order(places: str, query: str) -> None:
    assert _ids(query) == FILTERS[query]


def test_groups_and_figures(places: str) -> None:
    found = _json("group=ward&aggregate=count,sum:count,avg:share,max:day&sort=-count&count=true&limit=2")
    assert found["rows"] == [
        {"ward": "north", "count": 2, "sum_count": 4, "avg_share": 6.375, "max_day": "2024-01-02"},
        {"ward": "", "count": 1, "sum_count": 2**53, "avg_share": -1e-07, "max_day": "2023-12-31"},
    ]
    assert found["count"] == 4
    more = json.loads(_get(found["next"]).content)
    assert [row["ward"] for row in more["rows"]] == ["zuid", None] and "next" not in more
    assert _json("aggregate=count_distinct:ward,median:count")["rows"] == [
        {"count_distinct_ward": 3, "median_count": 3.0}
    ]


@pytest.mark.parametrize("sort", ["", "&sort=-share,open", "&sort=at,ward", "&sort=-ward", "&sort=day"])
def test_pages_follow_each_other_whole_through_a_new_version(places: str, sort: str) -> None:
    """A version that comes in between changes nothing: the pages go on in the one they began in."""
    found = _json(f"limit=2{sort}")
    make_version(places, "places", TABLE.slice(4), columns=COLUMNS)
    rows = found["rows"]
    while "next" in found:
        response = _get(found["next"])
        assert f"<{found['next']}>" not in response.headers["Link"]
        found = json.loads(response.content)
        rows += found["rows"]
    assert "limit" not in sort and rows == _json(f"limit=all{sort}", "/data/places/versions/1/rows")["rows"]
    assert len(rows) == 5


def test_next_page_keeps_what_was_asked(places: str) -> None:
    response = _get(f"{BASE}.json?limit=1&ward__eq=north&columns=id")
    following = response.json()["next"]
    assert following.startswith("http://testserver/data/places/versions/1/rows.json?limit=1&ward__eq=north&columns=id&")
    assert f'<{following}>; rel="next"' in response.headers["Link"]
    assert _get(following).json()["rows"] == [{"id": 'Café, "x"'}]


def test_facets_count_values_of_what_is_selected(places: str) -> None:
    found = _json("facets=ward,open&count__lt=5&limit=0&count=true")
    assert found["facets"]["ward"] == [
        {"value": "north", "count": 2}, {"value": "zuid", "count": 1}, {"value": None, "count": 1},
    ]  # fmt: skip
    assert sum(one["count"] for one in found["facets"]["open"]) == found["count"] == 4
    assert found["rows"] == []


def test_formats_say_the_same(places: str) -> None:
    """The whole table in each of them."""
    objects = _json("limit=all")["rows"]
    texts = _body(_get(f"{BASE}.csv")).decode()
    assert texts.splitlines()[0] == ",".join(f'"{column.name}"' for column in COLUMNS)
    rows = list(csv.DictReader(io.StringIO(texts)))
    words = [{name: "" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for name, v in one.items()}
             for one in objects]  # fmt: skip
    assert rows == words
    assert '\ne,"",' in texts and "\nd,,4," in texts  # an empty text is not a missing value
    table = pq.read_table(io.BytesIO(_body(_get(f"{BASE}.parquet"))))
    assert table.drop_columns(["at", "share"]).equals(TABLE.drop_columns(["at", "share"]))
    assert table.column("at").cast(pa.timestamp("us", "UTC")).equals(TABLE.column("at"))
    book = _body(_get(f"{BASE}.xlsx"))
    assert {part.compress_type for part in zipfile.ZipFile(io.BytesIO(book)).infolist()} == {zipfile.ZIP_DEFLATED}
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    names, *cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert names == [column.name for column in COLUMNS]
    assert [[one[i] for i in (0, 1, 3, 4, 6)] for one in cells] == [
        [one[name] for name in ("id", "ward", "share", "lon", "open")] for one in objects
    ]
    assert cells[4][2] == str(2**53) and cells[0][2] == 3  # a sheet keeps fifteen digits of a number
    assert cells[0][7] == datetime(2024, 1, 1) and cells[0][8] == datetime(2024, 7, 1, 8, 30)  # noqa: DTZ001


def test_features_have_their_place(places: str) -> None:
    found = json.loads(_body(_get(f"{BASE}.geojson?columns=id,lon,lat&limit=4")))["features"]
    assert found[0] == {
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [3.7, 51.0]}, "properties": {"id": "a/1"},
    }  # fmt: skip
    assert found[3]["geometry"] is None
    assert _get(f"{BASE}.geojson?columns=id").status_code == 404


def test_shapes_that_cannot_be_read_are_missing(tenant: str) -> None:
    shapes = [*shapely.to_wkb([shapely.box(3.0, 50.0, 4.0, 51.0), shapely.Point(3.5, 50.5)]), b"nonsense", None]
    columns = (Column("shape", "BLOB"), Column("n", "BIGINT"))
    make_dataset(tenant, "places", columns)
    make_version(tenant, "places", pa.table({"shape": shapes, "n": [1, 2, 3, 4]}), columns=columns)
    found = json.loads(_body(_get(f"{BASE}.geojson")))["features"]
    assert [one["geometry"] and one["geometry"]["type"] for one in found] == ["Polygon", "Point", None, None]
    assert [row["n"] for row in _json("bbox=3.4,50.4,3.6,50.6")["rows"]] == [1, 2]
    assert _json()["rows"][1]["shape"] == "POINT (3.5 50.5)"


WRONG = {
    "nothing__eq=1": "nothing__eq",
    "ward=north": "ward",
    "whatever=1": "whatever",
    "count__eq=many": "count__eq",
    "count__eq=2.5": "count__eq",
    "count__eq=99999999999999999999": "count__eq",
    "share__eq=nan": "share__eq",
    "day__eq=yesterday": "day__eq",
    "at__eq=2024-13-01": "at__eq",
    "open__eq=1": "open__eq",
    "ward__null=maybe": "ward__null",
    "ward__almost=x": "ward__almost",
    "columns=id,nothing": "columns",
    "sort=nothing": None,
    "group=nothing": "group",
    "aggregate=sum": "aggregate",
    "aggregate=magic:count": None,
    "aggregate=sum:ward": None,
    "columns=id&group=ward": None,
    "bbox=1,2,3": "bbox",
    "bbox=1,2,3,inf": "bbox",
    "limit=-1": "limit",
    "limit=10001": "limit",
    "after=xyz": "after",
    "after=W10": "after",
    "limit=1&limit=2": "limit",
    "count=perhaps": "count",
    "facets=nothing": "facets",
    "q=" + "+".join("abcdefghijk"): None,
}


@pytest.mark.parametrize("query", WRONG)
def test_what_is_wrong_is_told_by_name(places: str, query: str) -> None:
    response = _get(f"{BASE}?{query}")
    problem = response.json()
    assert response.status_code == 400 and response.headers["Content-Type"] == "application/problem+json"
    assert problem["detail"] and problem.get("parameter") == WRONG[query]
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_format_is_chosen_by_the_address_or_by_accept(places: str) -> None:
    for path, accept, kind in (
        (BASE, "*/*", "application/json"), (BASE, "text/csv", "text/csv"), (f"{BASE}?format=csv", "*/*", "text/csv"),
        (f"{BASE}.csv", "text/html", "text/csv"), (BASE, "text/html,*/*;q=0.8", "text/html"),
        ("/data/places/versions/1/rows.csv", "*/*", "text/csv"),
    ):  # fmt: skip
        response = _get(path, accept=accept)
        assert response.headers["Content-Type"].startswith(kind), path
        assert "Accept" in response.headers["Vary"]
    assert _get(BASE, accept="image/png").status_code == 406
    assert _get(f"/data/places/versions/{10**12}/rows").status_code == 404
    assert _get(f"{BASE}.exe").status_code == _get(f"{BASE}?format=exe").status_code == 404
    assert Client().post(BASE).status_code == 405


def test_answer_is_not_sent_twice(places: str) -> None:
    for query in ("limit=2", "limit=3", "format=csv", ""):
        first = _get(f"{BASE}?{query}")
        again = _get(f"{BASE}?{query}", **{"if-none-match": first.headers["ETag"]})
        assert again.status_code == 304 and not again.content
        assert Client().head(f"{BASE}?{query}", headers={"accept": "*/*"}).headers["ETag"] == first.headers["ETag"]
        assert _get(f"{BASE}?limit=4", **{"if-none-match": first.headers["ETag"]}).status_code == 200
    etag = _get(BASE).headers["ETag"]
    make_version(places, "places", TABLE.slice(1), columns=COLUMNS)
    assert _get(BASE, **{"if-none-match": etag}).status_code == 200


def test_row_has_an_address_that_stays(places: str) -> None:
    """Also when a newer version no longer has it: then the last that had it tells it."""
    for key in ("a/1", 'Café, "x"'):
        found = _get(f"{BASE}/{quote(key, safe='')}").json()
        assert found["row"]["id"] == key and found["uri"] == f"http://testserver{BASE}/{quote(key, safe='')}"
    assert found["version"].endswith("/versions/1")
    make_version(places, "places", TABLE.slice(2), columns=COLUMNS)
    assert _get(f"{BASE}/a%2F1").json()["version"].endswith("/versions/1")
    assert _get(f"{BASE}/c").json()["version"].endswith("/versions/2")
    assert _get(f"{BASE}/nothing").status_code == 404
    page = _get(f"{BASE}/c", accept="text/html").content.decode()
    assert "Naam van de plek" in page and "/data/places/versions/2" in page


def test_row_without_identifier_is_known_by_its_version_and_number(places: str) -> None:
    make_dataset(places, "nameless", COLUMNS[1:])
    make_version(places, "nameless", TABLE.drop_columns(["id"]), columns=COLUMNS[1:])
    assert _get("/data/nameless/rows/1-2").json()["row"]["count"] == 2
    for key in ("1-5", "2-0", "0-0", "x", "1-99999999999"):
        assert _get(f"/data/nameless/rows/{key}").status_code == 404


def test_page_of_rows_works_for_people(places: str) -> None:
    page = _get(f"{BASE}?limit=2&sort=-count", accept="text/html").content.decode()
    assert "Volgende rijen" in page and f'href="{BASE}/e"' in page and "format=xlsx" in page
    assert "Geen rijen" in _get(f"{BASE}?ward__eq=nowhere", accept="text/html").content.decode()
    grouped = _get(f"{BASE}?group=ward&aggregate=count", accept="text/html").content.decode()
    assert "north" in grouped


def test_row_is_there_again_when_its_file_is(places: str) -> None:
    """A file that is away for a moment says nothing about the key; what was made of it was kept as long as we ran."""
    path = store.path_of(catalogue.current_version(Actor.anonymous(places), "places").content_hash)
    away = path.rename(path.with_suffix(".away"))
    is_key.cache_clear()
    assert _get(f"{BASE}/c").status_code == 503
    away.rename(path)
    assert _get(f"{BASE}/c").status_code == 200


def test_next_page_for_people_is_of_the_same_version(places: str) -> None:
    """As it is for programs: with a new version in between, rows would be skipped or come twice."""
    first = _get(f"{BASE}?limit=2", accept="text/html").content.decode()
    make_version(places, "places", TABLE.slice(2), columns=COLUMNS)
    [following] = re.findall(r'href="([^"]*after=[^"]*)"', first)
    second = _get(html.unescape(following).removeprefix("http://testserver"), accept="text/html").content.decode()
    assert f'href="{BASE}/c"' in second and f'href="{BASE}/d"' in second


def test_answer_is_another_when_its_licence_is(places: str) -> None:
    """The licence stands in the answer: who asks whether it is still the same may not be told the old one."""
    before = _get(BASE)
    Dataset.objects.filter(slug="places").update(licence_uri="https://creativecommons.org/licenses/by/4.0/")
    after = Client(headers={"accept": "*/*", "if-none-match": before.headers["ETag"]}).get(BASE)
    assert after.status_code == 200 and "creativecommons" in after.json()["licence"]


def _signed_in(actor: Actor) -> Client:
    client = Client(headers={"accept": "*/*"})
    client.force_login(get_user_model().objects.get(pk=actor.id.removeprefix("person:")))
    return client


ADDRESSES = (BASE, *(f"{BASE}.{name}" for name in ("json", "csv", "geojson", "parquet", "xlsx")), f"{BASE}/c",
             f"{BASE}?format=html", "/data/places/versions/1/rows", "/data/openapi.json?dataset=places")  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_closed_rows_are_for_who_may(tenant: str, people: Any, address: str) -> None:
    """By session and by key, in every format; whoever may not sees what they would see of nothing."""
    make_dataset(tenant, "places", COLUMNS, classification="internal", classification_reason="contracts")
    make_version(tenant, "places", TABLE, columns=COLUMNS)
    secret, _actor = make_key(tenant, ["data:read"])
    for client in (_signed_in(people.clerk), Client(headers={"accept": "*/*", "authorization": f"Bearer {secret}"})):
        response = client.get(address)
        assert response.status_code == 200 and len(_body(response)) > 100
        if "openapi" not in address:
            assert "private" in response.headers["Cache-Control"]
            assert "Authorization" in response.headers["Vary"] and "Cookie" in response.headers["Vary"]
    for client in (Client(headers={"accept": "*/*"}), _signed_in(people.resident)):
        closed, nothing = client.get(address), client.get(address.replace("places", "nowhere"))
        assert closed.status_code == nothing.status_code == 404
        assert closed.content.replace(b"places", b"nowhere") == nothing.content


class _Agreement:
    """Gives one person the rows of the north, without their shares."""

    def __init__(self, to: Actor) -> None:
        self.to, self.uses = to, 0

    def grant(self, actor: Actor, slug: str) -> Grant | None:
        columns = ("id", "count", "lon", "lat")
        return Grant(uuid4(), columns, Comparison("ward", "eq", "north")) if actor.id == self.to.id else None

    def use(self, actor: Actor, slug: str, grant: Grant, selection: Selection) -> None:
        self.uses += 1


@pytest.fixture
def agreement(people: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Agreement]:
    monkeypatch.setattr(access, "_providers", [])
    made = _Agreement(people.resident)
    catalogue.tell_grants(made)
    yield made


def test_grant_holds_in_every_format(tenant: str, people: Any, agreement: _Agreement) -> None:
    make_dataset(tenant, "places", COLUMNS, classification="confidential", classification_reason="not yet")
    make_version(tenant, "places", TABLE, columns=COLUMNS)
    client = _signed_in(people.resident)
    for address in ADDRESSES:
        response = client.get(address)
        body = _body(response)
        if address.endswith("/c"):
            assert response.status_code == 404  # a row of the south
            continue
        assert response.status_code == 200, address
        assert b"share" not in body and b"zuid" not in body and b"12.25" not in body, address
    assert agreement.uses >= len(ADDRESSES) - 2
    assert [row["id"] for row in client.get(BASE).json()["rows"]] == ["a/1", 'Café, "x"']
    assert pq.read_table(io.BytesIO(_body(client.get(f"{BASE}.parquet")))).column_names == ["id", "count", "lon", "lat"]
    for query in ("ward__eq=north", "columns=share", "sort=share", "group=ward", "facets=ward", "aggregate=sum:share"):
        assert client.get(f"{BASE}?{query}").status_code == 400
    assert client.get(f"{BASE}?aggregate=count&count=true").json()["rows"] == [{"count": 2}]
    assert _signed_in(people.neighbour).get(BASE).status_code == 404


def test_kept_answers_are_for_those_who_may_have_them(tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ask the same in turns, again and again, and with what the others were told of it: each gets their own."""
    make_dataset(tenant, "places", COLUMNS, classification="internal", classification_reason="contracts")
    make_version(tenant, "places", TABLE, columns=COLUMNS)
    kinds = {"all": ["data:read"], "north": ["context:write"], "ids": ["context:write"], "none": ["context:write"]}
    made = {name: make_key(tenant, scopes) for name, scopes in kinds.items()}
    north = Grant(uuid4(), tuple(column.name for column in COLUMNS), Comparison("ward", "eq", "north"))
    given = {made["north"][1].id: north, made["ids"][1].id: Grant(uuid4(), ("id", "count"))}
    provider = SimpleNamespace(grant=lambda by, slug: given.get(by.id), use=lambda *use: None)
    monkeypatch.setattr(access, "_providers", [provider])
    etags: dict[str, str] = {}
    for _ in range(4):
        for name, (secret, _actor) in made.items():
            others = ", ".join(etag for of, etag in etags.items() if of != name)
            path = f"{BASE}.json?count__gt=0&limit=100&count=true"
            response = _get(path, authorization=f"Bearer {secret}", **{"if-none-match": others})
            if name == "none":
                assert response.status_code == 404
                continue
            assert response.status_code == 200, name
            etags[name], found = response.headers["ETag"], response.json()
            assert found["count"] == len(found["rows"]) == (2 if name == "north" else 5)
            assert {row.get("ward") for row in found["rows"]} == {
                "all": {"north", "zuid", None, ""}, "north": {"north"}, "ids": {None},
            }[name]  # fmt: skip
            assert set(found["rows"][0]) == ({"id", "count"} if name == "ids" else {column.name for column in COLUMNS})
            again = _get(path, authorization=f"Bearer {secret}", **{"if-none-match": etags[name]})
            assert again.status_code == 304 and not again.content
        assert _get(f"{BASE}.json?count__gt=0&limit=100&count=true").status_code == 404
    assert len(set(etags.values())) == 3


def test_program_costs_one_statement_beside_who_asks(places: str, statements: list[str]) -> None:
    """The version they may read; a page for people takes the long way, in their language too."""
    _get(BASE)  # the first reads the version, which never changes
    for query in ("?limit=1", "?limit=2", ".json?limit=1", "?limit=1"):
        statements.clear()
        assert _get(f"{BASE}{query}").status_code == 200
        [only] = [one for one in statements if "accounts_apikey" not in one]
        assert "catalogue_version" in only
    assert _get(f"{BASE}?limit=1&lang=en", accept="text/html").headers["Content-Language"] == "en"
    assert b"Name of the place" in _get("/data/openapi.json?lang=en").content
    assert b"Naam van de plek" in _get("/data/openapi.json").content
    assert _get(f"{BASE}?nothing__eq=1", accept="text/html,*/*").headers["Content-Type"].startswith("text/html")


def test_sheet_that_cannot_hold_all_is_refused(places: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spiegelstad.catalogue.formats.xlsx.MAX_ROWS", 4)
    assert _get(f"{BASE}.xlsx").status_code == 413
    assert _get(f"{BASE}.xlsx?limit=4").status_code == 200


def test_description_is_for_who_asks(places: str, people: Any) -> None:
    make_dataset(places, "inside", COLUMNS, classification="internal", classification_reason="contracts")
    make_version(places, "inside", TABLE, columns=COLUMNS)
    found = _get("/data/openapi.json").json()
    assert list(found["paths"]) == ["/data/places/rows"]
    column = found["components"]["schemas"]["places"]["properties"]["id"]
    assert column == {"type": ["string", "null"], "description": "Naam van de plek"}
    assert found["components"]["schemas"]["places"]["properties"]["count"]["x-unit"] == "C62"
    more = _signed_in(people.clerk).get("/data/openapi.json").json()
    assert list(more["paths"]) == ["/data/inside/rows", "/data/places/rows"]
    assert urlencode({"dataset": "places"}) in _get(BASE).headers["Link"]
