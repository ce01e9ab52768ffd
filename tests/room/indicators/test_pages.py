"""The pages through Django: what they show, cost and hide; the journeys look at them in a browser."""

import csv
import io
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from django.db import connection
from django.test.utils import CaptureQueriesContext

from spiegelstad.accounts.models import Tenant
from spiegelstad.accounts.public import Actor, Role
from spiegelstad.accounts.testing import make_person
from spiegelstad.catalogue.models import Dataset
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version
from spiegelstad.indicators import public as indicators
from spiegelstad.indicators.testing import make_population, write_definition
from spiegelstad.places.testing import make_area, make_areas, make_squares

MAX_QUERIES = 15
YAML = """
indicator: green
title: {nl: Groen, en: Green}
explanation: {nl: Groen per inwoner., en: Green per inhabitant.}
theme: green
unit: MTK
direction: higher
area_types: [municipality, wijk, sector]
period: year
inputs:
  people: {dataset: people}
numerator: {nl: groen, en: green}
denominator: {nl: inwoners, en: inhabitants}
minimum_cell: 10
"""
SQL = """
SELECT m.area_type, m.area_code, p.year::VARCHAR AS period, sum(p.green) AS numerator, sum(p.people) AS denominator
FROM people p JOIN area_members m ON m.member_type = 'sector' AND m.member_code = p.sector
GROUP BY ALL
"""
PATHS = [
    "/",
    "/?area_type=sector&step=0",
    "/indicators",
    "/indicators/green",
    "/indicators/green?area_type=sector",
    "/areas/wijk/W1",
    "/areas/municipality/M",
    "/explore",
    "/explore?indicator=green&area_type=wijk&area=W1&area=W2&since=2023",
]
ODD = {
    "/indicators/nothing": 404,
    "/indicators/green.exe": 404,
    "/areas/wijk/nowhere": 404,
    "/areas/nothing/W1": 404,
    "/figures/01a20153-d001-7dbf-8ab8-712308420f56": 404,
    "/explore.csv": 400,
    "/explore.csv?indicator=nothing": 400,
    "/?step=99999999": 200,
    "/?step=-4": 200,
    "/?indicator=x&area_type=y&period=z": 200,
    "/explore?indicator=x": 200,
    "/explore?indicator=green&area_type=%00&area=x": 400,
    "/explore?indicator=green&since=%C3%A9&until=1": 200,
}


@pytest.fixture
def city(tenant, tmp_path):
    """Four wijken with two sectors each, two years; sector W1A has 4 people and hides."""
    make_squares(tenant)
    rows = [
        {"sector": f"W{w}{s}", "year": year, "green": 1000.0 * w, "people": 4 if f"{w}{s}" == "1A" else 50 * w}
        for w in range(1, 5) for s in "AB" for year in (2023, 2024)
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows)
    make_dataset(tenant, "people", columns_of(table))
    make_version(tenant, "people", table)
    (tmp_path / "green.yaml").write_text(YAML)
    (tmp_path / "green.sql").write_text(SQL)
    system = Actor.system(tenant, "tests")
    indicators.sync_indicators(by=system, folder=tmp_path)
    (done,) = indicators.compute(by=system)
    assert not done.error
    Tenant.objects.filter(pk=tenant).update(settings={"dashboard": {"tiles": ["green"], "map": "green"}})
    return tenant


def _figures_of(client, slug):
    return client.get(f"/indicators/{slug}.json").json()["figures"]


def _texts(answer):
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def test_map_shows_the_period_that_was_asked_however_old(tenant, tmp_path, client):
    make_squares(tenant)
    make_population(tenant, {sector: range(100, 140) for sector in ("W1A", "W2A")})  # 2023 to 2062
    write_definition(tmp_path, "inhabitants")
    by = Actor.system(tenant, "testing")
    indicators.sync_indicators(by=by, folder=tmp_path)
    indicators.compute(by=by)
    asked = {"": "2062", "?period=2050": "2050", "?period=2024": "2024", "?period=2038": "2038", "?step=0": "2039"}
    for query, period in asked.items():
        for path in ("/", "/indicators/inhabitants"):
            text = client.get(path + query).content.decode()
            assert f"Indicator inhabitants, {period}" in text, (path, query)
            frames = re.search(r'data-names="([^"]+)"', text)[1].split("|")
            at = int(re.search(r'type="range"[^>]* value="(\d+)"', text)[1])
            assert (len(frames), frames[at]) == (24, period)
            until = re.search(r'name="until" value="(\d+)"', text)
            moved = f"?step=3&until={until[1]}" if until else "?step=3"
            assert f"Indicator inhabitants, {frames[3]}" in client.get(path + moved).content.decode(), (path, query)
    shown = client.get("/explore?indicator=inhabitants&area_type=wijk&until=2025").content.decode()
    assert "Indicator inhabitants, 2025" in shown and "Indicator inhabitants, 2062" not in shown


def test_front_page_of_a_region_without_figures_leads_to_the_region(client, tenant):
    """A city without figures says that they will come; a region says where they are."""
    words = "De cijfers staan bij de steden"
    before = _texts(client.get("/", HTTP_HOST=f"{tenant}.localhost"))
    assert "Er zijn nog geen cijfers" in before and words not in before
    Tenant.objects.filter(pk=tenant).update(settings={"region": True})
    shown = _texts(client.get("/", HTTP_HOST=f"{tenant}.localhost"))
    assert words in shown and 'class="button" href="/region"' in shown
    assert "Er zijn nog geen cijfers" not in shown and "indicatoren" not in shown.partition("</h1>")[2][:300]


@pytest.mark.parametrize("path", PATHS)
def test_page_needs_few_queries(client, city, path, django_assert_max_num_queries):
    client.get(path)
    with django_assert_max_num_queries(MAX_QUERIES):
        _texts(client.get(path))


def test_first_page_after_signing_in_needs_few_queries(client, city, tenant):
    make_person(tenant, Role.STEWARD, ["mobiliteit"], name="Sofie Steward", password="een lange zin vol woorden")
    entered = {"login": "sofie.steward@teststad.example", "password": "een lange zin vol woorden"}
    assert client.post("/accounts/login/", entered).status_code == 302
    with CaptureQueriesContext(connection) as asked:
        assert "Sofie Steward" in _texts(client.get("/"))
    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) <= MAX_QUERIES  # those of the test's own


@pytest.mark.parametrize("path", PATHS)
def test_every_figure_leads_to_its_address(client, city, path):
    html = _texts(client.get(path))
    for address in {part.split('"')[0] for part in html.split('href="/figures/')[1:]}:
        assert client.get(f"/figures/{address}").status_code == 200


def test_hidden_figure_is_hidden_everywhere(client, city):
    figure = next(f for f in indicators.figures(Actor.anonymous(city), "green", areas=["W1A"]) if f.suppressed)
    page = _texts(client.get(f"/figures/{figure.id}"))
    assert "verborgen" in page and "250" not in page
    assert "verborgen" in _texts(client.get("/indicators/green?area_type=sector"))
    rows = list(csv.DictReader(io.StringIO(client.get("/indicators/green.csv").content.decode("utf-8-sig"))))
    hidden = [row for row in rows if row["area_code"] == "W1A"]
    assert hidden and all(row["value"] == row["numerator"] == row["denominator"] == "" for row in hidden)


def test_downloads_hold_the_same_figures(client, city):
    found = indicators.figures(Actor.anonymous(city), "green", area_type="wijk")
    query = "?area_type=wijk"
    rows = list(csv.DictReader(io.StringIO(client.get(f"/indicators/green.csv{query}").content.decode("utf-8-sig"))))
    as_json = client.get(f"/indicators/green.json{query}").json()["figures"]
    parquet = pq.read_table(io.BytesIO(client.get(f"/indicators/green.parquet{query}").content)).to_pylist()
    features = client.get(f"/indicators/green.geojson{query}").json()["features"]
    assert as_json == parquet == [feature["properties"] for feature in features]
    assert [row["figure"] for row in rows] == [row["figure"] for row in as_json]
    assert [row["value"] for row in as_json] == [figure.value for figure in found]
    assert {feature["geometry"]["type"] for feature in features} <= {"Polygon", "MultiPolygon"}


@pytest.mark.parametrize(("path", "status"), ODD.items())
def test_odd_addresses_are_answered_plainly(client, city, path, status):
    assert client.get(path).status_code == status


def test_too_many_indicators_are_refused_with_a_reason(client, city):
    from django.http import QueryDict

    from spiegelstad.indicators.forms import MAX_AREAS, ExploreForm
    from spiegelstad.indicators.queries.indicators import indicators as read

    names = {f"A{number}": f"Area {number}" for number in range(MAX_AREAS + 1)}
    query = QueryDict("&".join(["indicator=green", "area_type=wijk", *(f"area={code}" for code in names)]))
    form = ExploreForm(query, indicators=read(Actor.anonymous(city)), area_types={"wijk": "Wijk"}, areas=names)
    assert not form.is_valid()
    assert "12" in str(form.errors["area"])


def test_explore_finds_what_was_chosen(client, city):
    query = "indicator=green&area_type=wijk&area=W2&since=2024&until=2024"
    assert _texts(client.get(f"/explore?{query}")).count('<a href="/figures/') >= 1
    text = client.get(f"/explore.csv?{query}").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["area_code"], row["period"]) for row in rows] == [("W2", "2024")]


def test_download_is_whole_or_refused(client, city, monkeypatch):
    whole = len(client.get("/indicators/green.json").json()["figures"])
    query = "indicator=green&area_type=sector"
    of_sectors = len(client.get(f"/explore.json?{query}").json()["figures"])
    monkeypatch.setattr("spiegelstad.indicators.queries.figures.MAX_FIGURES", of_sectors - 1)
    assert of_sectors - 1 < whole
    for path in ("/indicators/green.csv", f"/explore.csv?{query}"):
        refused = client.get(path)
        assert refused.status_code == 413
        assert "een kortere tijd" in refused.content.decode()
    assert client.get(f"/explore.csv?{query}&since=2024").status_code == 200, "the limit counts what was asked for"


def test_page_says_when_it_shows_a_part_only(client, city, monkeypatch):
    query = "indicator=green&area_type=sector"
    assert "niet volledig" not in _texts(client.get(f"/explore?{query}"))
    monkeypatch.setattr("spiegelstad.indicators.pages.explore.MAX_SHOWN", 3)
    assert "niet volledig" in _texts(client.get(f"/explore?{query}"))


def test_download_names_each_area_by_its_own_kind(client, city):
    make_areas(city, "wijk", [make_area("M", name="Markt", parent_code="M")])  # the code of the municipality too
    names = {(row["area_type"], row["area_code"]): row["area_name"] for row in _figures_of(client, "green")}
    assert (names["municipality", "M"], names["wijk", "W1"]) == ("City", "Area W1")


def test_city_without_anything_shows_what_to_do(client, tenant):
    assert "Er zijn nog geen cijfers" in _texts(client.get("/"))
    assert "Er zijn nog geen indicatoren" in _texts(client.get("/indicators"))
    _texts(client.get("/explore"))


def test_other_city_sees_nothing_of_this_one(client, city, other_tenant):
    own = {"host": "teststad.localhost"}
    other = {"host": "anderstad.localhost"}
    Tenant.objects.filter(pk=city).update(host="teststad.localhost")
    figure = indicators.figures(Actor.anonymous(city), "green")[0]
    assert client.get(f"/figures/{figure.id}", headers=own).status_code == 200
    assert client.get(f"/figures/{figure.id}", headers=other).status_code == 404
    assert client.get("/indicators/green", headers=other).status_code == 404
    assert client.get("/areas/wijk/W1", headers=other).status_code == 404
    assert "/figures/" not in _texts(client.get("/", headers=other))


def test_layer_of_the_map_goes_when_its_dataset_is_closed(client, tenant, people):
    water = pa.table({"id": ["a"], "geometry": [shapely.to_wkb(shapely.box(3.7, 51.0, 3.71, 51.01))]})
    make_dataset(tenant, slug="water", columns=columns_of(water))
    make_version(tenant, slug="water", table=water)
    Tenant.objects.filter(pk=tenant).update(settings={"dashboard": {"layers": {"water": {"dataset": "water"}}}})
    first = client.get("/map/water.geojson")
    assert first.status_code == 200 and first["Cache-Control"] == "no-cache"
    assert client.get("/map/water.geojson", headers={"If-None-Match": first["ETag"]}).status_code == 304
    Dataset.objects.update(classification="internal", classification_reason="proef")
    assert client.get("/map/water.geojson", headers={"If-None-Match": first["ETag"]}).status_code == 404
