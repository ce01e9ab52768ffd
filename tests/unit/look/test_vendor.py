"""The scripts of others: found in their wheels, nothing else beside them, and nothing that our policy refuses."""

import re

from spiegelstad.look import vendor


def test_finder_gives_the_three_files_and_no_others(settings, tmp_path):
    settings.VAR = tmp_path
    finder = vendor.VendorFinder()
    listed = {f"{storage.prefix}/{name}": storage.path(name) for name, storage in finder.list([])}
    assert set(listed) == {"vendor/maplibre-gl.js", "vendor/maplibre-gl.css", "vendor/vega.js"}
    for path, place in listed.items():
        assert finder.find(path) == place
    assert finder.find("vendor/ipywidget.js") == []
    assert finder.find("maplibre-gl.js") == []


def test_vega_bundle_is_made_once(settings, tmp_path):
    settings.VAR = tmp_path
    made = vendor.vega_folder() / vendor.VEGA_FILE
    first = made.stat().st_mtime_ns
    assert (vendor.vega_folder() / vendor.VEGA_FILE).stat().st_mtime_ns == first
    assert "vegaEmbed" in made.read_text(encoding="utf-8")


def test_maplibre_style_asks_nothing_of_other_hosts():
    css = (vendor.maplibre_folder() / "maplibre-gl.css").read_text(encoding="utf-8")
    assert all(url.startswith(("data:", "'data:", '"data:')) for url in re.findall(r"url\(([^)]{0,8})", css))
