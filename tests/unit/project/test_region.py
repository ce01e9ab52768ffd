"""`spiegelstad demo --region`: what it says and refuses before it starts anything, and who may speak with whom."""

import pytest
from click.testing import CliRunner

from spiegelstad.demo.public import CITIES, REGION, welcome_to_region
from spiegelstad.demo.region.ground import ground_of
from spiegelstad.project import region
from spiegelstad.project.cli import cli


@pytest.fixture(autouse=True)
def _starts_nothing(monkeypatch):
    monkeypatch.delenv("SPIEGELSTAD_DATABASE_URL", raising=False)
    monkeypatch.setattr("spiegelstad.project.commands.run_region", None)


def test_help_tells_of_the_region():
    assert "--region" in CliRunner().invoke(cli, ["demo", "--help"]).output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--city", "gent"], "--city is about one city"),
        (["--inhabitants", "5000"], "--inhabitants is about one city"),
        (["--seed", "2"], "--seed is about one city"),
        (["--data", "."], "--data is about one city"),
        (["--port", "65534"], "need the 2 ports after --port"),
        (["--port", "0"], "Invalid value for '--port'"),
    ],
)
def test_region_refuses_what_it_cannot_use(arguments, why):
    done = CliRunner().invoke(cli, ["demo", "--region", *arguments])
    assert (done.exit_code, why in done.output) == (2, True), done.output


def test_region_refuses_one_database_for_all(monkeypatch):
    monkeypatch.setenv("SPIEGELSTAD_DATABASE_URL", "postgresql://x/y")
    done = CliRunner().invoke(cli, ["demo", "--region"])
    assert done.exit_code == 2
    assert "a database of its own" in done.output


@pytest.mark.parametrize(
    ("address", "host", "url"),
    [("127.0.0.1", "127.0.0.1", "http://127.0.0.1:9001"), ("0.0.0.0", "127.0.0.1", "http://127.0.0.1:9001"),
     ("::", "::1", "http://[::1]:9001")],
)  # fmt: skip
def test_only_the_region_may_speak_with_its_cities(monkeypatch, tmp_path, address, host, url):
    monkeypatch.setenv("SPIEGELSTAD_ALLOW_HOSTS", "mine.example")
    programs = {one.name: one for one in region.programs(tmp_path, address, 9000, 4)}
    allowed = {name: one.environment["SPIEGELSTAD_ALLOW_HOSTS"].split(",") for name, one in programs.items()}
    assert allowed[REGION] == ["mine.example", f"{host}:9001", f"{host}:9002"]
    assert allowed["glanshaven"] == allowed["echovoort"] == ["mine.example"]
    assert f"glanshaven={url}" in programs[REGION].argv
    assert len({one.environment["SPIEGELSTAD_VAR"] for one in programs.values()}) == 3


def test_welcome_says_where_and_who():
    names = [REGION, *(one.tenant for one in CITIES)]
    said = welcome_to_region({one: f"http://{one}.localhost:9/" for one in names}, dict.fromkeys(names, "geheim"))
    for words in ("http://spiegelstreek.localhost:9/region", "http://echovoort.localhost:9/sensors", "geheim", "bea@"):
        assert words in said
    assert said.endswith("Ctrl-C stops everything.")


def test_cities_lie_beside_each_other_with_their_sensors_inside():
    first, second = (ground_of(city) for city in CITIES)
    assert first.border.disjoint(second.border)
    for ground in (first, second):
        assert len(ground.sensors) == 12
        assert all(ground.border.bounds[0] < one.lon < ground.border.bounds[2] for one in ground.sensors)
        assert abs(sum(one.shape.area for one in ground.wijken) / ground.border.area - 1) < 1e-6
    assert ground_of(CITIES[0]) == first
