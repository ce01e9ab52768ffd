"""Running formulas: several at once, each in a sandbox of one thread, so that sums come out the same every time.

A sum of decimals depends on its order, and the order on how threads happen to meet. So one query gets one thread, and
the cores are used by running several queries side by side. One sandbox answers many queries.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from uuid import UUID

import duckdb
import pyarrow as pa

from spiegelstad import __version__
from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.base.progress import Progress
from spiegelstad.catalogue import public as catalogue
from spiegelstad.indicators.formats.definition import Definition
from spiegelstad.indicators.rules.hierarchy import PlacedArea, parents
from spiegelstad.indicators.rules.output import BrokenFormula, Cells, check_output, suppress
from spiegelstad.indicators.rules.suppression import Area

ENGINE = f"Spiegelstad {__version__}, DuckDB {duckdb.__version__}"
LIMITS = catalogue.Limits(seconds=300.0, memory_mb=2048, threads=1, rows=1_000_000, bytes=512 * 1024 * 1024)
SIDE_BY_SIDE = min(4, os.cpu_count() or 1)
_FAILURES = (
    catalogue.BadQuery,
    catalogue.QueryTooSlow,
    catalogue.QueryTooHeavy,
    catalogue.ResultTooLarge,
    catalogue.DataUnreadable,
    BrokenFormula,
    pa.ArrowException,
)


@dataclass(frozen=True, slots=True)
class Geography:
    """The areas that count: which exist (`type<US>code`) and which lies in which."""

    known: Collection[str]
    parents: Mapping[Area, Area]

    @classmethod
    def of(cls, areas: Sequence[PlacedArea]) -> Geography:
        """Make it from the tree of areas."""
        return cls(frozenset(f"{a.area_type}\x1f{a.area_code}" for a in areas), parents(areas))


@dataclass(frozen=True, slots=True)
class Job:
    """A formula to run over exact versions (name in the SQL → version)."""

    definition: Definition
    tables: Mapping[str, UUID]
    geography: Geography


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job: cells, or the reason why there are none."""

    cells: Cells | None
    error: str
    started_at: dt.datetime
    finished_at: dt.datetime


def run_jobs(actor: Actor, jobs: Sequence[Job], progress: Progress) -> list[Outcome]:
    """Run all jobs and give their outcomes in the same order; `actor` must be able to read the versions."""
    outcomes: dict[int, Outcome] = {}
    for numbers in _compatible(jobs):
        tables = {name: version for number in numbers for name, version in jobs[number].tables.items()}
        with ExitStack() as stack:
            count = min(SIDE_BY_SIDE, len(numbers))
            sessions = [
                stack.enter_context(catalogue.session(actor, tables=tables, limits=LIMITS)) for _ in range(count)
            ]
            todo: SimpleQueue[int] = SimpleQueue()
            for number in numbers:
                todo.put(number)
            _share_out(sessions, todo, jobs, outcomes, progress)
    return [outcomes[number] for number in range(len(jobs))]


def _compatible(jobs: Sequence[Job]) -> Iterator[list[int]]:
    """Group jobs in which a name stands for the same version, so that they can share a sandbox."""
    groups: list[tuple[dict[str, UUID], list[int]]] = []
    for number, job in enumerate(jobs):
        for tables, numbers in groups:
            if all(tables.get(name, version) == version for name, version in job.tables.items()):
                tables.update(job.tables)
                numbers.append(number)
                break
        else:
            groups.append((dict(job.tables), [number]))
    yield from (numbers for _, numbers in groups)


def _share_out(
    sessions: Sequence[catalogue.Session],
    todo: SimpleQueue[int],
    jobs: Sequence[Job],
    outcomes: dict[int, Outcome],
    progress: Progress,
) -> None:
    failures: list[BaseException] = []

    def work(session: catalogue.Session) -> None:
        try:
            while not failures:
                number = todo.get_nowait()
                outcomes[number] = _run(session, jobs[number])
                progress.update(len(outcomes), len(jobs), jobs[number].definition.slug)
        except Empty:
            return
        except BaseException as error:  # raised again below, in the thread that asked
            failures.append(error)

    threads = [threading.Thread(target=work, args=(session,)) for session in sessions[1:]]
    for thread in threads:
        thread.start()
    work(sessions[0])
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _run(session: catalogue.Session, job: Job) -> Outcome:
    started_at, cells, error = now(), None, ""
    try:
        table = session.query(job.definition.sql)
        cells = check_output(table, job.definition.yaml, job.geography.known)
        cells = suppress(cells, job.definition.yaml, job.geography.parents)
    except _FAILURES as failure:
        cells, error = None, str(failure)
    return Outcome(cells, error, started_at, now())
