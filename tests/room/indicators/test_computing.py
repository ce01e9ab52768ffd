"""Computing figures: exact inputs, only what is affected, and nothing bad in the place of good."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiegelstad.accounts.public import Actor
from spiegelstad.governance.public import NotAllowed, SignInNeeded
from spiegelstad.indicators import models, public
from spiegelstad.indicators.testing import (
    POPULATION_SQL,
    SECTORS,
    SHARE_SQL,
    make_figures,
    make_population,
    write_definition,
)
from spiegelstad.places import testing as places
from tests.conftest import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indicators"


def _values(actor: Actor, slug: str = "inhabitants", **filters: object) -> dict[tuple[str, str], float | None]:
    return {(f.area_code, f.period): f.value for f in public.figures(actor, slug, **filters)}  # type: ignore[arg-type]


def test_figures_come_out_on_every_level(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    values = _values(people.nobody, periods=["2025"])
    assert values["M", "2025"] == sum(counts[2] for counts in SECTORS.values())
    assert values["W2", "2025"] == 740 and values["W2A", "2025"] == 320
    assert len(_values(people.nobody)) == (1 + 4 + 8) * 3


def test_share_is_computed_from_numerator_and_denominator(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder, ["older"], sql=SHARE_SQL, unit="P1")
    figure = next(f for f in public.figures(people.nobody, "older", areas=["W1"], periods=["2024"]))
    assert (figure.numerator, figure.denominator) == (27 + 52, 320)
    assert figure.value == 100 * 79 / 320


def test_nothing_is_computed_again_when_nothing_changed(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    make_population(people.system.tenant_id)
    assert public.compute(by=people.system) == []
    assert models.Computation.objects.count() == 1


def test_new_version_recomputes_only_what_reads_it(people: People, folder: Path) -> None:
    tenant = people.system.tenant_id
    write_definition(folder, "surface", "SELECT area_type, area_code, '2025' AS period, area_km2 AS value FROM areas",
                     inputs={}, unit="KMK")  # fmt: skip
    make_figures(tenant, folder)
    before = {f.area_code: f.id for f in public.figures(people.nobody, "inhabitants", periods=["2025"])}
    version = make_population(tenant, {**SECTORS, "W1A": [100, 110, 1000]})
    public.on_version_published(public_event(tenant, version.id))
    assert models.Computation.objects.filter(indicator__slug="surface").count() == 1
    assert _values(people.nobody)["W1", "2025"] == 1220
    after = {f.area_code: f.id for f in public.figures(people.nobody, "inhabitants", periods=["2025"])}
    assert before.keys() == after.keys() and not set(before.values()) & set(after.values())
    public.on_version_published(public_event(tenant, version.id))
    assert models.Computation.objects.count() == 3


def public_event(tenant: str, version_id: object) -> object:
    from spiegelstad.catalogue.public import VersionPublished

    return VersionPublished(tenant_id=tenant, slug="population", version_id=version_id)  # type: ignore[arg-type]


BROKEN = (
    ("SELECT area_type, area_code, '2025' AS period, nothing AS value FROM areas", "nothing"),
    ("SELECT area_type, area_code, '2025' AS period, 1/0 AS value FROM areas", "infinite"),
    ("SELECT area_type, area_code, '2025' AS period, 0/0 AS value FROM areas", "NaN"),
    ("SELECT area_type, area_code || 'x' AS area_code, '2025' AS period, 1 AS value FROM areas", "don't exist"),
    ("SELECT area_type, area_code, '25' AS period, 1 AS value FROM areas", "periods"),
    ("SELECT area_type, area_code, '2025' AS period, 1 AS value FROM areas, range(2)", "twice"),
    ("SELECT area_type, area_code, '2025' AS period, 1 AS value FROM areas WHERE false", "no row"),
    ("SELECT area_type, area_code, '2025' AS period, 'x' AS value FROM areas", "numbers"),
    ("SELECT area_type, NULL::VARCHAR AS area_code, '2025' AS period, 1 AS value FROM areas", "empty"),
    ("SELECT area_type, area_code, 2025 AS period, 1 AS value FROM areas", "text"),
    ("SELECT area_code, '2025' AS period, 1 AS value FROM areas", "area_type"),
    ("SELECT area_type, area_code, '2025' AS period FROM areas", "value"),
    ("SELECT area_type, area_code, '2025' AS period, random() AS value FROM areas", "random"),
    ("SELECT * FROM read_csv('/etc/passwd')", "not allowed"),
    ("SELECT area_type, area_code, '2025' AS period, 1 AS value FROM secrets", "secrets"),
)


def test_broken_formula_never_replaces_good_figures(people: People, folder: Path, subtests: pytest.Subtests) -> None:
    make_figures(people.system.tenant_id, folder)
    good = _values(people.nobody)
    for sql, said in BROKEN:
        with subtests.test(said):
            write_definition(folder, "inhabitants", sql)
            public.sync_indicators(by=people.system, folder=folder)
            (failed,) = public.compute(by=people.system)
            assert failed.state is public.ComputationState.FAILED and said in failed.error
            assert _values(people.nobody) == good
    assert [one.indicator for one in public.failing(people.steward)] == ["inhabitants"]
    write_definition(folder, "inhabitants", POPULATION_SQL)
    public.sync_indicators(by=people.system, folder=folder)
    assert public.compute(by=people.system) == [], (
        "the good figures still stand: definition and inputs are theirs again"
    )
    assert public.failing(people.steward) == []


def test_one_broken_formula_leaves_the_others_alone(people: People, folder: Path) -> None:
    write_definition(folder, "broken", "SELECT 1 AS value")
    make_figures(people.system.tenant_id, folder)
    states = {one.indicator: one.state for one in (public.computations(people.steward, "broken")[0],
                                                   public.computations(people.steward, "inhabitants")[0])}  # fmt: skip
    assert states == {"broken": public.ComputationState.FAILED, "inhabitants": public.ComputationState.SUCCEEDED}


def test_indicator_waits_for_its_dataset(people: People, folder: Path) -> None:
    places.make_squares(people.system.tenant_id)
    write_definition(folder, "inhabitants")
    public.sync_indicators(by=people.system, folder=folder)
    assert public.compute(by=people.system) == []
    assert public.waiting(tenant_id=people.system.tenant_id) == {"inhabitants": ["population"]}
    assert _values(people.nobody) == {}


def test_failure_half_way_leaves_nothing(people: People, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_figures(people.system.tenant_id, folder)
    good = _values(people.nobody)
    make_population(people.system.tenant_id, {**SECTORS, "W1A": [1, 1, 1]})

    def fail(*args: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("spiegelstad.indicators.actions.compute._make_current", fail)
    with pytest.raises(RuntimeError):
        public.compute(by=people.system)
    assert _values(people.nobody) == good
    assert models.Figure.objects.count() == 39 and models.Computation.objects.count() == 1


def test_may_compute(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    for actor in (people.steward, people.analyst, people.administrator):
        assert public.compute(by=actor) == []
    for actor in (people.resident, people.clerk):
        with pytest.raises(NotAllowed):
            public.compute(by=actor)
    with pytest.raises(SignInNeeded):
        public.compute(by=people.nobody)
    assert public.compute(by=people.foreigner) == [], "another city's administrator computes another city's indicators"


def test_unknown_indicator_is_named(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    with pytest.raises(public.UnknownIndicator, match="nothing-here"):
        public.compute(by=people.system, slugs=["inhabitants", "nothing-here"])
    with pytest.raises(public.UnknownIndicator):
        public.indicator(people.foreigner, "inhabitants")
