"""A small invented city behind a real web server, and a real browser before it.

The city is built once for each file of journeys and emptied after it: other tests find the database as they left it.
"""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import expect

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CHROMIUM_ARGS = [
    "--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]  # fmt: skip
HERE = Path(__file__).parent
YEARS = range(2016, 2026)
Visit = Callable[..., Any]
PASSWORD = "een lang wachtwoord voor de proef"


@dataclass(frozen=True)
class City:
    """What the journeys need to know of the city."""

    url: str
    datasets: Path
    figure_path: str
    steward_email: str


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, and say why it is skipped where there is no browser."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.journey)
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestRemovedIn10Warning"))  # of pytest-base-url
            item.add_marker(pytest.mark.django_db)  # only then pytest-django makes the test database
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="Chromium is missing: install it to run the journeys"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Tell pytest-playwright to use the system's Chromium, without any talk to the outside."""
    return {"executable_path": CHROMIUM, "args": CHROMIUM_ARGS, "headless": True}


@pytest.fixture(scope="module")
def city(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Build the city and serve it; emptied at the end."""
    from django.core.management import call_command
    from django.db import connection
    from django.test import override_settings
    from pytest_django.live_server_helper import LiveServer

    datasets = tmp_path_factory.mktemp("city") / "datasets"
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(DATASETS=datasets, PASSWORD_HASHERS=hashers), django_db_blocker.unblock():
        figure_id, email = build_city()
        server = LiveServer("localhost")
        try:
            yield City(server.url, datasets, f"/figures/{figure_id}", email)
        finally:
            server.stop()
            _hang_up()
            call_command("flush", interactive=False, verbosity=0, allow_cascade=True)
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE procrastinate_jobs CASCADE")  # no table of Django's, so not emptied by it
            _hang_up()


def _hang_up() -> None:
    """End the connections that the server's threads left open, or the test database cannot be removed."""
    from django.db import connection

    connection.close()
    connection.close_pool()
    with connection.cursor() as cursor:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        cursor.execute(f"{others} WHERE datname = current_database() AND pid <> pg_backend_pid()")
    connection.close()
    connection.close_pool()


@pytest.fixture(autouse=True)
def _the_citys_own_data(_quick_and_apart: None, city: City, settings: Any, django_db_blocker: Any) -> Iterator[None]:
    """Keep the city's datasets in sight, and the database open for the server's threads."""
    settings.DATASETS = city.datasets
    with django_db_blocker.unblock():
        yield


def build_city() -> tuple[str, str]:
    """Make 12 wijken with 60 sectors, ten years of data, six sensors, seven indicators.

    Returns the id of a figure and the steward's e-mail address.
    """
    from spiegelstad.accounts.models import Tenant
    from spiegelstad.accounts.public import Actor, Role
    from spiegelstad.accounts.testing import make_person, make_tenant
    from spiegelstad.indicators import public as indicators

    tenant = make_tenant("waterstad").id
    name = {"nl": "Waterstad", "en": "Watertown"}
    tiles = ["inhabitants", "green-per-inhabitant", "income-per-inhabitant", "solar-homes"]
    dashboard = {"tiles": tiles, "map": "green-per-inhabitant"}
    Tenant.objects.filter(pk=tenant).update(name=name, settings={"dashboard": dashboard})
    random = np.random.default_rng(7)
    sectors = _make_areas(tenant, random)
    _make_population(tenant, sectors, random)
    _make_sensors(tenant, sectors, random)
    system = Actor.system(tenant, "tests")
    indicators.sync_indicators(by=system, folder=HERE / "indicators")
    failed = [one for one in indicators.compute(by=system) if one.error]
    assert not failed, failed
    make_person(tenant, Role.STEWARD, ["mobiliteit"], name="Dirk Databeheer", password=PASSWORD)
    figure = indicators.figures(system, "green-per-inhabitant", area_type="wijk")[-1]
    return str(figure.id), f"dirk.databeheer@{tenant}.example"


def _make_areas(tenant: str, random: np.random.Generator) -> list[tuple[str, shapely.Geometry]]:
    from spiegelstad.places.testing import make_area, make_areas

    edge = shapely.Point(3.7, 51.05).buffer(0.05)
    edge = shapely.transform(edge, lambda xy: xy * [1.0, 0.65] + [0.0, 51.05 * 0.35])
    points = shapely.MultiPoint(random.uniform([3.65, 51.018], [3.75, 51.082], (60, 2)))
    cells = [cell.intersection(edge) for cell in shapely.voronoi_polygons(points, extend_to=edge).geoms]
    cells = [cell for cell in cells if not cell.is_empty]
    centres = random.uniform([3.66, 51.025], [3.74, 51.075], (12, 2))
    homes = [int(np.argmin(((centres - cell.centroid.coords[0]) ** 2).sum(axis=1))) for cell in cells]
    used = sorted(set(homes))
    wijken = {home: shapely.union_all([c for c, h in zip(cells, homes, strict=True) if h == home]) for home in used}
    names = [
        "Oud Water", "Gevelwijk", "Kouterdam", "Sluizeken", "Meersen", "Tolpoort", "Blekerij", "Visserij",
        "Heilig Kruis", "Nieuwland", "Wolterslaan", "Rietgracht",
    ]  # fmt: skip
    make_areas(tenant, "municipality", [make_area("S", shapely.union_all(cells), name="Waterstad")])
    make_areas(tenant, "wijk", [make_area(f"W{h:02}", w, name=names[h], parent_code="S") for h, w in wijken.items()])
    sectors = [(f"S{number:02}", cell) for number, cell in enumerate(cells)]
    named = zip(sectors, homes, strict=True)
    parts = [make_area(code, cell, name=f"{names[h]} {code}", parent_code=f"W{h:02}") for (code, cell), h in named]
    make_areas(tenant, "sector", parts)
    return sectors


def _make_population(tenant: str, sectors: list[tuple[str, shapely.Geometry]], random: np.random.Generator) -> None:
    import pyarrow as pa

    from spiegelstad.catalogue.testing import columns_of, make_dataset, make_version

    rows = []
    for code, _cell in sectors:
        people, green, wealth = random.uniform(4, 2400), random.uniform(5, 90), random.uniform(17_000, 34_000)
        for year in YEARS:
            at = year - YEARS[0]
            inhabitants = int(people * (1 + 0.008 * at))
            homes = int(inhabitants / 2.2) + 1
            rows.append({
                "sector": code, "year": year, "inhabitants": inhabitants, "homes": homes,
                "young": int(inhabitants * (0.16 + green / 900)),
                "green_m2": float(people * green * (1 + 0.012 * at)),
                "income": float(inhabitants * wealth * (1 + 0.02 * at)),
                "owned": int(homes * wealth / 50_000),
                "solar": int(homes * min(0.6, 0.02 + at * wealth / 9e5)),
            })  # fmt: skip
    table = pa.Table.from_pylist(rows)
    make_dataset(
        tenant, "population", columns_of(table), theme="population", title={"nl": "Bevolking", "en": "Population"}
    )
    make_version(tenant, "population", table)


def _make_sensors(tenant: str, sectors: list[tuple[str, shapely.Geometry]], random: np.random.Generator) -> None:
    from spiegelstad.base.clock import now
    from spiegelstad.mirror.testing import make_observations, make_series

    end = now().replace(minute=0, second=0, microsecond=0)
    for number, (code, cell) in enumerate(sectors[:6]):
        centre, key = cell.centroid, f"bicycles:{code}"
        make_series(tenant, key, lon=centre.x, lat=centre.y, expected_every_s=3600)
        days = [end - dt.timedelta(days=back) for back in range(400, -1, -1)]
        counts = 900 + 200 * number + 300 * np.sin(np.arange(len(days)) / 58) + random.normal(0, 60, len(days))
        make_observations(tenant, [(key, day, float(round(n))) for day, n in zip(days, counts, strict=True)])


@pytest.fixture
def visit(browser: Any, city: Any, request: pytest.FixtureRequest) -> Visit:
    """Return what opens a path in a fresh window; at the end no window may have reported an error."""
    troubles: list[str] = []

    def open_page(path: str, *, settle: bool = True, signed_in: bool = False, **window: Any) -> Any:
        context = browser.new_context(base_url=city.url, locale="nl-BE", reduced_motion="reduce", **window)
        request.addfinalizer(context.close)
        page = context.new_page()
        if signed_in:
            sign_in(page, city)
        wanted = [404] if path == "/nothing-here" else [200]
        page.on("console", lambda message: message.type in {"error", "warning"} and note(message.text))
        page.on("pageerror", lambda error: note(str(error)))
        page.on("requestfailed", lambda failed: note(f"{failed.url} {failed.failure}"))

        def note(text: str) -> None:
            harmless = "GPU stall" in text or "ERR_ABORTED" in text or (404 in wanted and "404" in text)
            if not harmless:
                troubles.append(f"{path}: {text}")

        answer = page.goto(city.figure_path if path == "FIGURE" else path)
        assert answer.status in wanted
        assert "/accounts/login" not in page.url or "login" in path, f"{path} asks to sign in"
        if settle and window.get("java_script_enabled", True):
            wake_all(page)
        return page

    request.addfinalizer(lambda: _fail_on(troubles))
    return open_page


def _fail_on(troubles: list[str]) -> None:
    assert not troubles, "\n".join(troubles)


def sign_in(page: Any, city: Any) -> None:
    """Sign in as the steward, through the form."""
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(city.steward_email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form[action='/accounts/login/'] button[type=submit]").first.click()
    page.wait_for_url(f"{city.url}/")


def wake_all(page: Any) -> None:
    """Bring every chart and map near the screen, and wait until it is live (or stays as drawn)."""
    for figure in page.locator("[data-chart], [data-map]").all():
        figure.scroll_into_view_if_needed()
        expect(figure).to_have_attribute("data-awake", "yes", timeout=30_000)
    expect(page.locator(".map-live:not(.is-ready)")).to_have_count(0, timeout=30_000)
    page.evaluate("window.scrollTo(0, 0)")
