"""Runs: what comes in, what stays, what goes, and what fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from spiegelstad.accounts.testing import make_tenant
from spiegelstad.catalogue import public as catalogue
from spiegelstad.catalogue.testing import make_dataset
from spiegelstad.governance import public as governance
from spiegelstad.governance.models import AuditEntry
from spiegelstad.harvest import jobs, models
from spiegelstad.harvest import public as harvest
from spiegelstad.harvest.testing import LICENCE, definition, make_source, turtle
from tests.room.harvest.portals import Answered, Portal

pytestmark = pytest.mark.django_db


def show(portal: Portal, *names: str, more: str = "", **headers: str) -> None:
    """Let the other catalogue have these datasets."""
    portal.pages["/catalog"] = Answered(turtle(portal.url, names, more), "text/turtle", headers=headers)


def test_records_become_datasets(tenant: str, tmp_path: Path, portal: Portal) -> None:
    show(portal, "fietsen", "bruggen")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.state, ended.found, ended.taken, ended.changed, ended.error) == (
        harvest.RunState.SUCCEEDED, 2, 2, 2, "",
    )  # fmt: skip
    there = catalogue.dataset(by, "buren-set-fietsen")
    assert (there.uri, there.theme, there.licence_uri, there.source.publisher, there.department) == (
        f"{portal.url}/id/fietsen", "mobility", LICENCE, "Stad Buren", "mobiliteit",
    )  # fmt: skip
    assert [(one.access_url, one.format) for one in there.distributions] == [(f"{portal.url}/files/fietsen.csv", "CSV")]
    assert AuditEntry.objects.filter(act="harvest.run_source", thing_id="buren").count() == 1
    assert governance.verify_audit(tenant) == []


def test_second_run_changes_nothing(tenant: str, tmp_path: Path, portal: Portal, django_assert_max_num_queries) -> None:
    show(portal, *(f"s{number}" for number in range(40)))
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    harvest.run_source(by=by, slug="buren")
    before = {one.slug: one.changed_at for one in catalogue.datasets(by)}
    rows = list(models.Record.objects.order_by("key").values())
    with django_assert_max_num_queries(40):  # however many records there are
        ended = harvest.run_source(by=by, slug="buren")
    assert (ended.state, ended.changed, ended.taken) == ("unchanged", 0, 40)
    assert {one.slug: one.changed_at for one in catalogue.datasets(by)} == before
    assert list(models.Record.objects.order_by("key").values()) == rows


def test_changed_record_keeps_its_slug(tenant: str, tmp_path: Path, portal: Portal) -> None:
    show(portal, "fietsen", "bruggen")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    harvest.run_source(by=by, slug="buren")
    body = turtle(portal.url, ["fietsen", "bruggen"]).replace(b"Set fietsen", b"Alle fietsen")
    portal.pages["/catalog"] = Answered(body, "text/turtle")
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.changed, ended.taken) == (1, 2)
    assert catalogue.dataset(by, "buren-set-fietsen").title == {"nl": "Alle fietsen"}


def test_own_dataset_is_never_stolen(tenant: str, other_tenant: str, tmp_path: Path, portal: Portal) -> None:
    """Not by a title that makes the same slug, not by a URI of our own, and not later by a record that had a slug."""
    make_tenant(tenant, host="teststad.localhost")
    own = make_dataset(tenant, "buren-set-fietsen")
    show(portal, "fietsen", "bruggen", more=(
        '<https://teststad.localhost/data/buren-set-fietsen> a dcat:Dataset ; dct:title "Van ons"@nl ; '
        "dcat:distribution [ dcat:accessURL <https://elders.example/x> ] ."
    ))  # fmt: skip
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    ended = harvest.run_source(by=by, slug="buren")
    assert catalogue.dataset(by, "buren-set-fietsen") == own
    told = {record.title: {one.wrong.value for one in record.findings} for record in harvest.report(by, "buren")}
    assert (ended.taken, ended.quarantined, told["Van ons"] >= {"own"}) == (2, 1, True)
    slug = next(record.slug for record in harvest.records(by, "buren") if record.title == "Set fietsen")
    assert slug.startswith("buren-set-fietsen-") and catalogue.dataset(by, slug).uri == f"{portal.url}/id/fietsen"
    body = turtle(portal.url, ["fietsen", "bruggen"]).replace(b"Set bruggen", b"Alle bruggen")
    models.Record.objects.filter(title="Set bruggen").update(slug="buren-set-fietsen")  # however it came by that slug
    portal.pages["/catalog"] = Answered(body, "text/turtle")
    assert harvest.run_source(by=by, slug="buren").quarantined == 1
    assert catalogue.dataset(by, "buren-set-fietsen") == own


def test_two_titles_alike_get_two_slugs(tenant: str, tmp_path: Path, portal: Portal) -> None:
    body = turtle(portal.url, ["a", "b"]).replace(b"Set b", b"Set a")
    portal.pages["/catalog"] = Answered(body, "text/turtle")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    assert harvest.run_source(by=by, slug="buren").taken == 2
    slugs = sorted(record.slug for record in harvest.records(by, "buren"))
    assert slugs[0] == "buren-set-a" and slugs[1].startswith("buren-set-a-") and len(slugs[1]) == 18


def test_record_of_two_catalogues_is_read_from_the_first(tenant: str, tmp_path: Path, portal: Portal) -> None:
    show(portal, "fietsen")
    address = f"{portal.url}/catalog"
    by = make_source(tenant, tmp_path, definition("buren", address), definition("gewest", address))
    assert harvest.run_source(by=by, slug="buren").taken == 1
    assert harvest.run_source(by=by, slug="gewest").quarantined == 1
    assert [one.wrong.value for one in harvest.report(by, "gewest")[0].findings] == ["elsewhere"]


@pytest.mark.parametrize("then", ["deprecated", "archived"])
def test_dataset_that_is_gone_goes_after_some_runs_and_can_come_back(
    tenant: str, tmp_path: Path, portal: Portal, then: str
) -> None:
    show(portal, "fietsen", "bruggen")
    gone = {"runs": 2, "then": then}
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog", missing=gone))
    harvest.run_source(by=by, slug="buren")
    show(portal, "bruggen")
    assert harvest.run_source(by=by, slug="buren").gone == 0
    assert catalogue.dataset(by, "buren-set-fietsen").status == "published"
    assert harvest.run_source(by=by, slug="buren").gone == 1
    there = catalogue.dataset(by, "buren-set-fietsen")
    assert there.status == then and there.status_reason == (
        "De catalogus “Data van de buren” had deze dataset 2 keer na elkaar niet meer."
    )
    assert harvest.run_source(by=by, slug="buren").gone == 0
    show(portal, "fietsen", "bruggen")
    assert harvest.run_source(by=by, slug="buren").taken == 2
    assert catalogue.dataset(by, "buren-set-fietsen").status == "published"


def test_status_at_the_source_is_followed(tenant: str, tmp_path: Path, portal: Portal) -> None:
    """What its publisher calls outdated is so here, until they say otherwise; what a steward here decided stays."""
    table = "http://publications.europa.eu/resource/authority/dataset-status"
    status = f"<{portal.url}/id/fietsen> <http://www.w3.org/ns/adms#status> <{table}/%s> ."
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    found = []
    for code in ("COMPLETED", "DEPRECATED", "DISCONT", "COMPLETED"):
        show(portal, "fietsen", more=status % code)
        harvest.run_source(by=by, slug="buren")
        found.append(catalogue.dataset(by, "buren-set-fietsen").status)
    assert found == ["published", "deprecated", "archived", "published"]
    change = catalogue.Change(catalogue.Status.DEPRECATED, "Er is een betere.")
    catalogue.change_status(by=by, slug="buren-set-fietsen", change=change)
    show(portal, "fietsen", more=f'<{portal.url}/id/fietsen> dcat:keyword "nieuw"@nl .')
    assert harvest.run_source(by=by, slug="buren").changed == 1
    assert catalogue.dataset(by, "buren-set-fietsen").status == "deprecated"


def test_failed_run_leaves_the_last_good_state(tenant: str, tmp_path: Path, portal: Portal) -> None:
    show(portal, "fietsen", "bruggen")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog", missing={"runs": 1}))
    harvest.run_source(by=by, slug="buren")
    before = [(one.slug, one.status, one.changed_at) for one in catalogue.datasets(by)]
    for answer, kind in (
        (Answered(b"", "text/turtle", 503), "source-unreachable"),
        (Answered(turtle(portal.url, ["x"]) + b" <broken", "text/turtle"), "unreadable-document"),
        (Answered(b"", "text/turtle"), "nothing-there"),
    ):
        portal.pages["/catalog"] = answer
        ended = harvest.run_source(by=by, slug="buren")
        assert (ended.state, ended.error_kind) == ("failed", kind) and ended.error
        assert [(one.slug, one.status, one.changed_at) for one in catalogue.datasets(by)] == before


def test_filters_keep_others_out(tenant: str, tmp_path: Path, portal: Portal) -> None:
    words = f'<{portal.url}/id/fietsen> dcat:keyword "Fiets"@nl .'
    show(portal, "fietsen", "bruggen", more=words)
    only = {"publishers": ["stad buren"], "themes": ["TRAN"], "keywords": ["fiets"]}
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog", only=only))
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.found, ended.taken, ended.skipped) == (2, 1, 1)
    assert [one.slug for one in catalogue.datasets(by)] == ["buren-set-fietsen"]


def test_schedule_asks_on_condition(tenant: str, tmp_path: Path, portal: Portal) -> None:
    """A source that says that nothing changed is believed, but what was missing grows older."""
    asked: list[str] = []

    def answer(_query: dict[str, str], headers: dict[str, str]) -> Answered:
        asked.append(headers.get("If-None-Match", ""))
        if headers.get("If-None-Match") == '"1"':
            return Answered(status=304)
        return Answered(turtle(portal.url, ["fietsen"]), "text/turtle", headers={"ETag": '"1"'})

    show(portal, "fietsen", "bruggen")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog", missing={"runs": 3}))
    harvest.run_source(by=by, slug="buren")
    portal.pages["/catalog"] = answer
    states = [
        harvest.run_source(by=by, slug="buren", trigger=harvest.Trigger.SCHEDULE) for _ in range(3)
    ]  # fmt: skip
    assert asked == ["", '"1"', '"1"']
    assert [(one.state.value, one.gone, one.taken) for one in states] == [
        ("unchanged", 0, 2), ("unchanged", 0, 2), ("succeeded", 1, 1),
    ]  # fmt: skip


def test_pages_of_a_catalogue_are_all_read(tenant: str, tmp_path: Path, portal: Portal) -> None:
    """By hydra in the document, and by the Link header."""
    hydra = f"<{portal.url}/catalog> <http://www.w3.org/ns/hydra/core#next> <{portal.url}/two> ."
    portal.pages["/catalog"] = Answered(turtle(portal.url, ["a"], hydra), "text/turtle")
    link = {"Link": '</first>; rel="first", </three?page=3>; rel="next"'}
    portal.pages["/two"] = Answered(turtle(portal.url, ["b"]), "text/turtle", headers=link)
    portal.pages["/three"] = Answered(turtle(portal.url, ["c"]), "text/turtle")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    ended = harvest.run_source(by=by, slug="buren")
    assert (ended.found, ended.documents) == (3, 3)
    assert portal.asked == ["/catalog", "/two", "/three?page=3"]


def test_job_reads_and_asks_again_when_unreachable(tenant: str, tmp_path: Path, portal: Portal) -> None:
    make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog"))
    with pytest.raises(harvest.SourceUnreachable):  # the queue tries again later
        jobs.run(tenant_id=tenant, slug="buren", trigger="schedule")
    show(portal, "fietsen")
    jobs.run(tenant_id=tenant, slug="buren", trigger="schedule")
    assert models.Run.objects.order_by("started_at").values_list("state", flat=True)[1] == "succeeded"


def test_only_those_who_may_have_it_read(people, tmp_path: Path, portal: Portal) -> None:
    show(portal, "fietsen")
    make_source(people.steward.tenant_id, tmp_path, definition(address=f"{portal.url}/catalog"))
    assert harvest.run_source(by=people.steward, slug="buren").taken == 1
    for actor in (people.other_steward, people.clerk):
        with pytest.raises(governance.NotAllowed):
            harvest.run_source(by=actor, slug="buren")
    for actor in (people.resident, people.nobody, people.foreigner):
        with pytest.raises(harvest.UnknownSource):
            harvest.run_source(by=actor, slug="buren")


def test_dataset_goes_too_when_its_record_was_in_quarantine_before_it_was_gone(
    tenant: str, tmp_path: Path, portal: Portal
) -> None:
    """It was taken once, then could not be read, then was gone: the dataset would stay published for ever."""
    show(portal, "fietsen", "bruggen")
    by = make_source(tenant, tmp_path, definition(address=f"{portal.url}/catalog", missing={"runs": 1}))
    harvest.run_source(by=by, slug="buren")
    without_title = turtle(portal.url, ["fietsen", "bruggen"]).replace(b'dct:title "Set fietsen"@nl ;', b"")
    portal.pages["/catalog"] = Answered(without_title, "text/turtle")
    assert harvest.run_source(by=by, slug="buren").quarantined == 1
    assert catalogue.dataset(by, "buren-set-fietsen").status == "published"
    show(portal, "bruggen")
    assert harvest.run_source(by=by, slug="buren").gone == 1
    assert catalogue.dataset(by, "buren-set-fietsen").status == "deprecated"
    show(portal, "fietsen", "bruggen")
    assert harvest.run_source(by=by, slug="buren").taken == 2
    assert catalogue.dataset(by, "buren-set-fietsen").status == "published"
