"""Kill -9 in the middle of a run: it is marked as interrupted, the last good version stays, and it can be repeated."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from spiegelstad.catalogue import public as catalogue
from spiegelstad.ingest import public, running
from spiegelstad.ingest.pipeline import outputs
from spiegelstad.ingest.testing import COUNTS, definition, make_run, write_data
from spiegelstad.ingest.vocabulary import RunState
from spiegelstad.mirror import public as mirror

pytestmark = pytest.mark.django_db(transaction=True)
SERIES = {
    "series": "bike:{place}",
    "property": "bicycleCount",
    "name": {"nl": "Fietsers {place}"},
    "observed_at": "time",
    "value": "count",
    "unit": "C62",
}


def _dies(*_args: object, **_kwargs: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _run(tenant: str) -> None:
    running.run_source(by=running.Actor.system(tenant, "child"), slug="bicycle-counts")


@pytest.mark.parametrize(
    "kill_at",
    [
        (running, "process"),  # fetched, nothing processed
        (running, "Outputs"),  # processed, nothing handed on
        (outputs.mirror, "import_observations"),  # series made, observations not
        (running.catalogue, "publish_version"),  # all handed on, nothing published
        (running, "_reasons"),  # published, not committed
    ],
)
def test_run_that_is_killed_leaves_the_last_good_version(
    people: Any, folder: Path, in_child: Any, monkeypatch: pytest.MonkeyPatch, kill_at: tuple[Any, str]
) -> None:
    write_data("bicycle-counts.csv", COUNTS)
    make_run("teststad", folder, definition(observations=[SERIES]))
    good = catalogue.current_version(people.nobody, "bicycle-counts")
    write_data("bicycle-counts.csv", COUNTS.replace("120", "121"))
    monkeypatch.setattr(*kill_at, _dies)
    assert in_child(lambda: _run("teststad")) == -signal.SIGKILL
    monkeypatch.undo()

    assert public.runs(people.steward, "bicycle-counts")[0].state is RunState.RUNNING
    assert public.interrupt_dead_runs() == 1
    killed = public.runs(people.steward, "bicycle-counts")[0]
    assert (killed.state, killed.version_id) == (RunState.INTERRUPTED, None) and killed.finished_at is not None
    assert catalogue.current_version(people.nobody, "bicycle-counts") == good

    again = public.run_source(by=people.system, slug="bicycle-counts")
    assert again.state is RunState.SUCCEEDED
    assert not list((folder.parent / "var" / "runs").iterdir()), "what the killed run left is gone too"
    assert sum(again.observations.values()) == 2
    assert {one.key: one.value for one in mirror.latest(people.nobody)} == {"bike:Korenmarkt": 121, "bike:Coupure": 340}
    assert len(catalogue.versions(people.nobody, "bicycle-counts")) == 2


def test_next_run_itself_marks_the_killed_one(
    people: Any, folder: Path, in_child: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run("teststad", folder)
    monkeypatch.setattr(running, "process", _dies)
    assert in_child(lambda: _run("teststad")) == -signal.SIGKILL
    monkeypatch.undo()
    assert public.run_source(by=people.system, slug="bicycle-counts").state is RunState.SUCCEEDED
    states = [run.state for run in public.runs(people.steward, "bicycle-counts")]
    assert states == [RunState.SUCCEEDED, RunState.INTERRUPTED, RunState.SUCCEEDED]


def test_run_that_still_runs_is_not_interrupted(people: Any, folder: Path, start_child: Any) -> None:
    make_run("teststad", folder)
    source = running.models.Source.objects.get()
    running.models.Run.objects.update(state=RunState.RUNNING.value)
    reader, writer = os.pipe()

    def hold() -> None:
        running.queries.source_row(people.system, "bicycle-counts")
        with running.locked(source.id) as had:
            os.write(writer, b"1" if had else b"0")
            signal.pause()

    child = start_child(hold)
    assert os.read(reader, 1) == b"1"
    assert public.interrupt_dead_runs() == 0
    with pytest.raises(public.SourceBusy):
        public.run_source(by=people.system, slug="bicycle-counts")
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    for _ in range(100):
        if public.interrupt_dead_runs():
            break
    assert public.runs(people.steward, "bicycle-counts")[0].state is RunState.INTERRUPTED
