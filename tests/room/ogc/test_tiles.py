"""Vector tiles over HTTP, read by a decoder that is not ours."""

from __future__ import annotations

from typing import Any

import mapbox_vector_tile
import numpy as np
import pyarrow as pa
import pytest
import shapely
from django.test import Client

from spiegelstad.catalogue import store
from spiegelstad.catalogue.actions import VersionPublished
from spiegelstad.catalogue.public import current_version
from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version
from spiegelstad.ogc import public as ogc
from spiegelstad.ogc.layers.tiling import MAX_BYTES, MAX_FEATURES

pytestmark = pytest.mark.django_db
TILES = "/ogc/collections/{}/tiles/WebMercatorQuad/{}/{}/{}"


def features(slug: str, z: int, y: int, x: int) -> tuple[list[dict[str, Any]], Any]:
    """Return what a tile holds, y to the south, and the answer."""
    answer = Client().get(TILES.format(slug, z, y, x))
    assert answer.status_code in {200, 204}, answer.content
    if answer.status_code == 204:
        return [], answer
    assert answer.headers["Content-Type"] == "application/vnd.mapbox-vector-tile"
    layers = mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})
    assert layers.keys() == {slug}
    return layers[slug]["features"], answer


@pytest.mark.usefixtures("city")
def test_tile_holds_what_lies_there() -> None:
    found, answer = features("trees", 8, 85, 130)  # 2.8 to 4.2 east
    assert len(found) == 900 and answer.headers["OGC-NumberMatched"] == "900"
    tree = next(one for one in found if one["properties"]["code"] == "T12")
    assert tree["properties"] == {
        "code": "T12", "species": "Eik", "height_m": 12.5, "rings": 12, "healthy": False, "planted": "2000-01-13",
        "seen_at": "2024-01-01 12:00:00+00:00",
    } and tree["id"] == 12  # fmt: skip
    lon = (130 + tree["geometry"]["coordinates"][0] / 4096) / 256 * 360 - 180
    assert lon == pytest.approx(3.612, abs=1e-3)
    assert features("trees", 8, 0, 0)[0] == []
    parks, _ = features("parks", 12, 1371, 2089)
    assert {one["geometry"]["type"] for one in parks} == {"Polygon"}


@pytest.mark.usefixtures("city")
def test_tiles_of_a_zoom_hold_everything() -> None:
    """Each tree is in the tile it lies in; the buffer may show it beside that too."""
    seen = {one["id"] for x in (2088, 2089, 2090) for y in range(1369, 1373) for one in features("trees", 12, y, x)[0]}
    assert len(seen) == 900


@pytest.mark.usefixtures("city")
def test_tile_is_asked_for_once() -> None:
    path = TILES.format("trees", 8, 85, 130)
    first = Client().get(path)
    again = Client().get(path, headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304 and again.headers["ETag"] == first.headers["ETag"]
    assert "no-cache" in first.headers["Cache-Control"]
    assert "max-age" in Client().get(f"{path}?version=1").headers["Cache-Control"]


@pytest.mark.usefixtures("city")
def test_tile_beyond_the_world_is_not_there() -> None:
    for place in ((0, 0, 1), (3, 8, 0), (23, 0, 0), (99, 0, 0)):
        assert Client().get(TILES.format("trees", *place)).status_code == 404, place


@pytest.mark.usefixtures("city")
def test_tilesets_tell_where_tiles_are() -> None:
    client = Client()
    tilesets = client.get("/ogc/collections/trees/tiles").json()["tilesets"]
    assert [one["tileMatrixSetId"] for one in tilesets] == ["WebMercatorQuad"] and tilesets[0]["dataType"] == "vector"
    links = {link["rel"]: link["href"] for link in tilesets[0]["links"]}
    path = links["item"].format(tileMatrix=8, tileRow=85, tileCol=130)
    assert client.get(path).status_code == 200
    matrices = client.get(links["http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"]).json()["tileMatrices"]
    assert matrices[0]["scaleDenominator"] == pytest.approx(559_082_264.0287178)
    told = client.get("/ogc/collections/trees/tiles/WebMercatorQuad/tilejson").json()
    assert client.get(told["tiles"][0].format(z=8, y=85, x=130)).status_code == 200
    assert told["vector_layers"][0]["id"] == "trees" and "rings" in told["vector_layers"][0]["fields"]
    assert told["bounds"] == pytest.approx([3.6, 51, 3.698, 51.045])
    for page in ("trees/tiles", "trees/tiles/WebMercatorQuad"):
        assert b"TileJSON" in client.get(f"/ogc/collections/{page}?f=html").content


def test_tile_of_very_many_shows_some_and_says_so(tenant: str) -> None:
    draw = np.random.default_rng(3)
    n = 300_000
    table = pa.table({"n": np.arange(n), "lon": 3.5 + draw.random(n), "lat": 50.9 + draw.random(n) / 3})
    make_dataset(tenant, "many", columns_of(table))
    make_version(tenant, "many", table)
    found, answer = features("many", 5, 10, 16)
    assert int(answer.headers["OGC-NumberMatched"]) == n
    assert 2_000 < len(found) <= MAX_FEATURES and len(answer.content) <= MAX_BYTES
    assert int(answer.headers["OGC-NumberReturned"]) == len(found)
    xs = np.array([one["geometry"]["coordinates"][0] for one in found])
    assert np.histogram(xs, 10)[0].min() > len(found) / 30  # from all of it, not from a corner
    close, _ = features("many", 16, *_row_column(table["lat"][7].as_py(), table["lon"][7].as_py(), 16))
    assert 7 in {one["id"] for one in close}


def _row_column(lat: float, lon: float, zoom: int) -> tuple[int, int]:
    y = 0.5 - np.arctanh(np.sin(np.radians(lat))) / (2 * np.pi)
    return int(y * 2**zoom), int((lon + 180) / 360 * 2**zoom)


def test_tile_shows_the_largest_shapes(tenant: str) -> None:
    """And draws what is smaller than a pixel as a pixel; shapes that cross themselves are no error."""
    small = [shapely.box(3.6 + n / 1e4, 51, 3.6 + n / 1e4 + 1e-6, 51.000001) for n in range(400)]
    bow = shapely.Polygon([(3.5, 50.9), (3.9, 51.2), (3.9, 50.9), (3.5, 51.2)])
    shapes = [*small, shapely.box(3, 50, 4, 52), bow, shapely.LineString([(3, 50), (4, 51)]), None]
    table = pa.table(
        {"n": range(len(shapes)), "where": pa.array([s and shapely.to_wkb(s) for s in shapes], pa.binary())}
    )
    make_dataset(tenant, "shapes", columns_of(table))
    make_version(tenant, "shapes", table)
    found, _ = features("shapes", 8, 85, 130)
    ids = {one["id"] for one in found}
    assert {0, 399, 400, 402} <= ids and 403 not in ids
    answer = Client().get("/ogc/collections/shapes/items?bbox=3.55,50.95,3.56,50.96&filter=n >= 400")
    assert {one["properties"]["n"] for one in answer.json()["features"]} >= {400}


def test_layout_comes_with_the_version_and_goes_with_it(city: str, people: Any) -> None:
    version = current_version(people.administrator, "trees")
    ogc.on_version_published(VersionPublished(tenant_id=city, slug="trees", version_id=version.id))
    beside = sorted(path.name.rpartition(".")[2] for path in store.root().glob(f"??/{version.content_hash}.*"))
    assert beside == ["arrow", "lock", "npy", "parquet"]
    store.remove(version.content_hash)
    assert not list(store.root().glob(f"??/{version.content_hash}.*"))


def test_layout_without_its_file_is_swept(city: str, people: Any) -> None:
    version = current_version(people.administrator, "parks")
    ogc.on_version_published(VersionPublished(tenant_id=city, slug="parks", version_id=version.id))
    store.path_of(version.content_hash).unlink()
    assert sorted(path.suffix for path in store.abandoned(-1)) == [".arrow", ".lock", ".npy"]
