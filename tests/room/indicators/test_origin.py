"""Where a figure comes from, who may see it, and how long it can be found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import pytest
import rdflib
from django.test import Client
from rdflib.namespace import PROV, RDF

from spiegelstad.accounts.public import Actor
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue import testing as catalogue_testing
from spiegelstad.governance.public import NotAllowed
from spiegelstad.indicators import public
from spiegelstad.indicators.formats.origin import origin_json, origin_jsonld
from spiegelstad.indicators.testing import SECTORS, SHARE_SQL, make_figures, make_population, write_definition
from tests.conftest import People

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated"),  # rdflib's own reader of JSON-LD uses it
]
BASE = "https://teststad.example"
CLOSED = {"classification": "confidential", "classification_reason": "Names of people.", "department": "mobiliteit"}
RELEASE = {"nl": "Alleen tellingen van genoeg mensen.", "en": "Only counts of enough people."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indicators"


def _one(actor: Actor, slug: str = "inhabitants", area: str = "W1") -> public.Figure:
    return public.figures(actor, slug, areas=[area], periods=["2025"])[0]


def test_figure_shows_its_whole_origin(people: People, folder: Path) -> None:
    target = {"area_type": "wijk", "value": 400, "on": "2030-12-31", "source": {"nl": "Plan", "en": "Plan"}}
    make_figures(people.system.tenant_id, folder, targets=[target])
    origin = public.figure(people.nobody, _one(people.nobody).id)
    assert origin.figure.value == 340 and origin.area_name == "Area W1" and origin.is_current
    assert "FROM population" in origin.sql and origin.definition["unit"] == "C62"
    assert [one.name for one in origin.inputs] == ["area_members", "areas", "population"]
    population = origin.inputs[2]
    version = catalogue.current_version(people.system, "population")
    assert (population.version_id, population.content_hash) == (version.id, version.content_hash)
    assert population.publisher == "Stad Voorbeeld" and population.department == "mobiliteit" and population.licence_uri
    assert population.quality["score"] == 1 and population.lineage["activity"] == "ingest" and population.is_current
    assert origin.target is not None and origin.target.value == 400
    assert origin.computed_by["kind"] == "system" and "DuckDB" in origin.engine
    assert origin.started_at <= origin.finished_at


def test_old_figure_stays_and_says_what_replaced_it(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    old = _one(people.nobody)
    make_population(people.system.tenant_id, {**SECTORS, "W1A": [100, 110, 1000]})
    public.compute(by=people.system)
    new = _one(people.nobody)
    origin = public.figure(people.nobody, old.id)
    assert origin.figure.value == 340 and new.value == 1220
    assert not origin.is_current and origin.superseded_by == new.id and origin.superseded_at is not None
    assert [one.is_current for one in origin.inputs] == [True, True, False]
    write_definition(folder, "inhabitants", title={"nl": "Anders", "en": "Other"})
    public.sync_indicators(by=people.system, folder=folder)
    assert public.figure(people.nobody, old.id).indicator.name["nl"] == "Indicator inhabitants"


def test_version_under_a_figure_cannot_be_deleted(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    version = catalogue.current_version(people.system, "population")
    make_population(people.system.tenant_id, {**SECTORS, "W1A": [1, 1, 1]})
    with pytest.raises(catalogue.VersionInUse):
        catalogue.delete_version(by=people.steward, version_id=version.id, reason="Not needed.")


def test_figure_is_not_found_from_another_city_or_when_it_does_not_exist(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    id_ = _one(people.nobody).id
    for actor, wanted in ((people.foreigner, id_), (people.nobody, uuid4())):
        with pytest.raises(public.UnknownFigure):
            public.figure(actor, wanted)
        with pytest.raises(public.UnknownFigure):
            public.verify(actor, [wanted])
    assert public.indicators(people.foreigner) == [] and public.latest(people.foreigner, "wijk", "W1") == []


def _seen(actor: Actor) -> bool:
    return [one.slug for one in public.indicators(actor)] == ["inhabitants"]


def test_figures_over_closed_data_are_for_who_may_read_that_data(people: People, folder: Path) -> None:
    make_population(people.system.tenant_id, **CLOSED)
    make_figures(people.system.tenant_id, folder)
    assert _seen(people.nobody), "the population was made open again"
    id_ = _one(people.nobody).id
    make_population(people.system.tenant_id, **CLOSED)
    assert _seen(people.steward) and _seen(people.administrator) and _seen(people.system)
    for actor in (people.nobody, people.resident, people.clerk, people.analyst, people.other_steward):
        assert not _seen(actor)
        with pytest.raises(public.UnknownFigure):
            public.figure(actor, id_)
        with pytest.raises(public.UnknownIndicator):
            public.figures(actor, "inhabitants")
    assert public.figure(people.steward, id_).figure.value == 340


def test_steward_releases_figures_over_own_closed_data_only(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    make_population(people.system.tenant_id, {**SECTORS, "W1A": [4, 4, 4]}, **CLOSED)
    write_definition(folder, "inhabitants", minimum_cell=10, suppress_on="value", release=RELEASE)
    for actor in (people.other_steward, people.analyst, people.resident):
        with pytest.raises(NotAllowed):
            public.sync_indicators(by=actor, folder=folder)
    assert public.sync_indicators(by=people.steward, folder=folder).changed == ("inhabitants",)
    public.compute(by=people.steward)
    figures = {f.area_code: f for f in public.figures(people.nobody, "inhabitants", periods=["2025"])}
    assert [code for code, figure in figures.items() if figure.suppressed] == ["W1A", "W1B"]
    assert figures["W1A"].value is None and figures["W1"].value == 224
    assert public.figure(people.nobody, figures["W1A"].id).figure.suppressed


def test_origin_of_released_figures_tells_nothing_of_what_closed_data_holds(
    people: People, folder: Path, client: Client
) -> None:
    """Rows are people: how many there are would tell what was hidden, and what changed from one version to the next."""
    make_figures(people.system.tenant_id, folder)
    make_population(people.system.tenant_id, {**SECTORS, "W1A": [4, 4, 4]}, **CLOSED)
    write_definition(folder, "inhabitants", minimum_cell=10, suppress_on="value", release=RELEASE)
    public.sync_indicators(by=people.steward, folder=folder)
    public.compute(by=people.steward)
    id_ = _one(people.nobody).id
    closed = catalogue.current_version(people.system, "population")
    known = public.figure(people.steward, id_).inputs[2]
    assert (known.rows, known.content_hash, known.quality["score"]) == (closed.rows, closed.content_hash, 1)
    told = public.figure(people.nobody, id_).inputs[2]
    assert (told.rows, told.content_hash, told.quality, told.lineage) == (None, "", {}, {})
    assert (told.dataset, told.version_id, told.publisher) == ("population", closed.id, "Stad Voorbeeld")
    for kind in ("", ".json", ".jsonld"):
        text = client.get(f"/figures/{id_}{kind}").content.decode()
        assert closed.content_hash not in text and '"rows": 24' not in text and "<dd>24</dd>" not in text, kind


def test_release_that_is_taken_back_closes_all_its_figures_at_once(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    make_population(people.system.tenant_id, **CLOSED)
    write_definition(folder, "inhabitants", minimum_cell=10, suppress_on="value", release=RELEASE)
    public.sync_indicators(by=people.steward, folder=folder)
    public.compute(by=people.steward)
    id_ = _one(people.nobody).id
    write_definition(folder, "inhabitants", minimum_cell=10, suppress_on="value")
    public.sync_indicators(by=people.steward, folder=folder)
    for computed in (False, True):
        if computed:
            assert public.compute(by=people.steward)
        assert not _seen(people.nobody) and _seen(people.steward)
        with pytest.raises(public.UnknownFigure):
            public.figure(people.nobody, id_)
    assert public.figure(people.steward, id_).figure.value == 340


def test_names_of_people_are_for_staff(people: People, folder: Path, client: Client) -> None:
    make_figures(people.system.tenant_id, folder)
    make_population(people.system.tenant_id, {**SECTORS, "W1A": [1, 1, 1]})
    public.compute(by=people.analyst)
    id_ = _one(people.nobody).id
    assert public.figure(people.nobody, id_).computed_by == {"kind": "person"}
    assert "iemand van de stad" in client.get(f"/figures/{id_}").content.decode()
    assert public.figure(people.clerk, id_).computed_by["name"] == "An Analist"


def test_retired_indicator_keeps_its_figures(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder, ["inhabitants", "again"])
    id_ = _one(people.nobody, "again").id
    (folder / "again.yaml").unlink()
    assert public.sync_indicators(by=people.administrator, folder=folder).retired == ("again",)
    assert [one.slug for one in public.indicators(people.nobody)] == ["inhabitants"]
    assert public.figure(people.nobody, id_).figure.value == 340
    write_definition(folder, "again")
    assert public.sync_indicators(by=people.system, folder=folder).changed == ("again",)
    assert public.compute(by=people.system) == []


def _graph(origin: public.FigureOrigin) -> rdflib.Graph:
    return rdflib.Graph().parse(data=orjson.dumps(origin_jsonld(origin, BASE)), format="json-ld")


def test_origin_is_prov_o(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder, ["older"], sql=SHARE_SQL, unit="P1")
    run = catalogue.RunInfo(uuid4(), "population", "ab" * 32, catalogue.current_version(
        people.system, "population").published_at, 24, 24, 0)  # fmt: skip
    table = catalogue.query(
        people.system, "SELECT * FROM p", tables={"p": catalogue.current_version(people.system, "population").id}
    )
    catalogue_testing.make_version(people.system.tenant_id, "population", table.slice(0, 23), run=run)
    public.compute(by=people.system)
    figure = _one(people.nobody, "older")
    origin = public.figure(people.nobody, figure.id)
    graph = _graph(origin)
    subject = rdflib.URIRef(f"{BASE}/figures/{figure.id}")
    activity = graph.value(subject, PROV.wasGeneratedBy)
    versions = {rdflib.URIRef(f"urn:uuid:{one.version_id}") for one in origin.inputs}
    assert (subject, RDF.type, PROV.Entity) in graph and (activity, RDF.type, PROV.Activity) in graph
    assert set(graph.objects(subject, PROV.wasDerivedFrom)) == versions
    assert versions < set(graph.objects(activity, PROV.used))
    assert graph.value(subject, PROV.value).toPython() == figure.value
    assert graph.value(activity, PROV.startedAtTime).toPython() == origin.started_at
    plan = graph.value(graph.value(activity, PROV.qualifiedAssociation), PROV.hadPlan)
    assert str(graph.value(plan, PROV.value)) == origin.sql
    population = next(rdflib.URIRef(f"urn:uuid:{one.version_id}") for one in origin.inputs if one.name == "population")
    assert graph.value(population, PROV.wasGeneratedBy) == rdflib.URIRef(f"urn:uuid:{run.id}")
    assert graph.value(population, PROV.hadPrimarySource) == rdflib.URIRef("https://example.org/tellers")
    for role, kind in ((PROV.wasAttributedTo, PROV.Agent), (PROV.used, PROV.Entity), (PROV.wasDerivedFrom, PROV.Entity),
                       (PROV.wasAssociatedWith, PROV.Agent), (PROV.wasGeneratedBy, PROV.Activity)):  # fmt: skip
        for thing in graph.objects(None, role):
            assert (thing, RDF.type, kind) in graph, f"{role} of something that isn't {kind}"
    assert {str(term) for term in graph.predicates() if str(term).startswith(str(PROV))} <= {
        str(getattr(PROV, name)) for name in PROV_TERMS
    }


PROV_TERMS = (
    "agent", "endedAtTime", "generatedAtTime", "hadPlan", "hadPrimarySource", "invalidatedAtTime",
    "qualifiedAssociation", "startedAtTime", "used", "value", "wasAssociatedWith", "wasAttributedTo",
    "wasDerivedFrom", "wasGeneratedBy",
)  # fmt: skip


def test_hidden_figure_gives_no_number_in_any_form(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder, minimum_cell=110, suppress_on="value")
    figure = _one(people.nobody, area="W3A")
    assert figure.suppressed
    origin = public.figure(people.nobody, figure.id)
    written: dict[str, Any] = origin_json(origin, BASE)
    assert (written["value"], written["numerator"], written["denominator"]) == (None, None, None)
    assert written["suppressed"] is True
    assert _graph(origin).value(rdflib.URIRef(written["url"]), PROV.value) is None


def test_replaced_figure_is_invalidated_in_prov(people: People, folder: Path) -> None:
    make_figures(people.system.tenant_id, folder)
    origin = public.figure(people.nobody, _one(people.nobody).id)
    newer = uuid4()
    old = replace(origin, superseded_at=origin.finished_at, superseded_by=newer)
    subject = rdflib.URIRef(f"{BASE}/figures/{origin.figure.id}")
    assert _graph(old).value(subject, PROV.invalidatedAtTime) is not None
    assert _graph(old).value(subject, rdflib.DCTERMS.isReplacedBy) == rdflib.URIRef(f"{BASE}/figures/{newer}")
    assert origin_json(old, BASE)["superseded"]["by"] == f"{BASE}/figures/{newer}"
    assert origin_json(origin, BASE)["superseded"] is None
