"""From files to a checked Parquet file, its quality and coverage, and the rows that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from spiegelstad.base.progress import Progress
from spiegelstad.catalogue.public import ARROW_TYPES
from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import QuarantineFull, UnusableFile
from spiegelstad.ingest.formats.reading import read_rows
from spiegelstad.ingest.formats.rows import InputFile, Rows
from spiegelstad.ingest.pipeline.beside import Beside
from spiegelstad.ingest.pipeline.checks import Check
from spiegelstad.ingest.pipeline.parquet_file import write_parquet
from spiegelstad.ingest.pipeline.report import Outcome, judge
from spiegelstad.ingest.pipeline.select import Select, column_types
from spiegelstad.ingest.pipeline.session import MEMORY, Failing, Session
from spiegelstad.ingest.pipeline.stage import FAILING, Stage
from spiegelstad.ingest.pipeline.straight import Straight
from spiegelstad.ingest.pipeline.values import cell
from spiegelstad.ingest.vocabulary import DUCKDB_TYPE, ColumnType

SAMPLE = 200


@dataclass(frozen=True)
class Task:
    """What one run is to process. `codes`: gives the codes of an area type; `corrections`: SHA-256 of a raw row → its
    corrected form; `stage`: memory of DuckDB.
    """

    tenant_id: str
    definition: SourceDefinition
    form: Format
    files: Sequence[InputFile]
    codes: Callable[[str], Sequence[str]]
    corrections: Mapping[str, str]
    moment: datetime
    memory: str = MEMORY


@dataclass(frozen=True)
class Processed:
    """What came of it."""

    parquet: Path
    outcome: Outcome
    failing: Sequence[Failing]
    checks: Sequence[Check]


class TooManyFail(QuarantineFull):
    """The quarantine would hold more than the definition allows; `failing` is a sample, `outcome` the counts."""

    def __init__(self, detail: str, processed: Processed) -> None:
        super().__init__(
            detail,
            remedy="Look at the reasons at the desk; correct the definition, ask the publisher, or allow more under "
            "`quarantine`.",
        )
        self.processed = processed


def process(task: Task, work: Path, progress: Progress) -> Processed:
    """Read, type, check and write. Raises UnusableFile when the file fails as a whole."""
    rows = read_rows(task.files, task.form, task.definition, work)
    progress.update(0, None, f"{task.definition.source}: reading")
    select = Select(task.definition, task.form, rows.columns, [file.stem for file in rows.files])
    beside = Beside(task.tenant_id, task.definition, _cell_kinds(select), select.checks)
    if task.definition.unique:
        select.checks.add("unique", ", ".join(task.definition.unique))
    return _straight(task, rows, select, beside, work) or _staged(task, rows, select, beside, work)


def _cell_kinds(select: Select) -> dict[str, str]:
    """Give the DuckDB type of the cell that each column comes from."""
    columns = select.definition.columns.items()
    return {name: cell(name, column, select.present, select.stems)[1] for name, column in columns}


def _straight(task: Task, rows: Rows, select: Select, beside: Beside, work: Path) -> Processed | None:
    """Process without a table in between; None when that isn't possible."""
    if task.corrections or beside.types:
        return None
    target, limit = work / "accepted.parquet", task.definition.quarantine.rows
    with Straight(rows, select, work, limit=limit, memory=task.memory) as session:
        _know_codes(task, session)
        if not session.write(_schema(task), task.definition.unique, target):
            return None
        return _judged(task, session, select, target)


def _staged(task: Task, rows: Rows, select: Select, beside: Beside, work: Path) -> Processed:
    target = work / "accepted.parquet"
    with Stage(rows, select, work, memory=task.memory) as stage:
        _know_codes(task, stage)
        stage.fill()
        stage.correct(task.corrections)
        _late_checks(task, stage, select, beside)
        if stage.count(FAILING) <= task.definition.quarantine.rows:
            stage.find_raw()
        processed = _judged(task, stage, select, target)
        columns = list(all_columns(task.definition))
        write_parquet(stage.batches(stage.select_accepted(columns)), _schema(task), target)
    return processed


def _know_codes(task: Task, session: Session) -> None:
    for area_type in {rule.reference for rule in task.definition.rules if rule.reference}:
        session.know_codes(area_type, task.codes(area_type))


def _schema(task: Task) -> pa.Schema:
    return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in all_columns(task.definition).items()])


def _late_checks(task: Task, stage: Stage, select: Select, beside: Beside) -> None:
    """Test what needs places or other rows; once more when that let corrected rows in."""

    def run() -> None:
        if beside.types:
            stage.place_beside(beside.types, beside.tables(stage))
        if task.definition.unique:
            stage.mark_repeated(task.definition.unique, str(select.checks.all[-1].number))

    run()
    if task.corrections:
        stage.find_raw()
        if stage.correct(task.corrections):
            stage.forget_marks()
            run()


def _judged(task: Task, session: Stage | Straight, select: Select, target: Path) -> Processed:
    """Count and report; raises when the file fails as a whole."""
    outcome = judge(task.definition, session, select.checks.all, task.moment)
    if outcome.read == 0:
        raise UnusableFile("There are no rows.", remedy="Ask the publisher; the last good version stays.")
    limits, in_scope = task.definition.quarantine, outcome.read - outcome.skipped
    if not in_scope and any(part.complete for part in (task.definition.areas, task.definition.addresses) if part):
        raise UnusableFile(  # all areas or addresses there are would be removed
            f"None of the {outcome.read} rows is in scope.",
            remedy="Check `keep`, or ask the publisher; the last good version stays.",
        )
    full = outcome.quarantined > limits.rows or outcome.quarantined > limits.share * in_scope
    failing = list(session.failing(SAMPLE if full else limits.rows))
    processed = Processed(target, outcome, failing, select.checks.all)
    if full:
        raise TooManyFail(
            f"{outcome.quarantined} of {in_scope} rows fail; the quarantine holds at most {limits.rows} rows "
            f"and {limits.share:.0%} of all.",
            processed,
        )
    return processed


def all_columns(definition: SourceDefinition) -> dict[str, str]:
    """Give the columns of the dataset in order, the located ones last, with their DuckDB types."""
    located = {name: DUCKDB_TYPE[ColumnType.TEXT] for locate in definition.locates for name in locate.into.values()}
    return {**column_types(definition), **located}
