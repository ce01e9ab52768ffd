"""From files to a checked Parquet file, its quality and coverage, and the rows that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from spiegelstad.base.progress import Progress
from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import QuarantineFull, UnusableFile
from spiegelstad.ingest.formats.reading import read_rows
from spiegelstad.ingest.formats.rows import InputFile
from spiegelstad.ingest.pipeline.beside import Beside
from spiegelstad.ingest.pipeline.checks import Check
from spiegelstad.ingest.pipeline.parquet_file import ARROW_TYPE, write_parquet
from spiegelstad.ingest.pipeline.report import Outcome, coverage_of, judge
from spiegelstad.ingest.pipeline.select import Select, column_types
from spiegelstad.ingest.pipeline.stage import MEMORY, Failing, Stage
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
    with Stage(work, memory=task.memory) as stage:
        for area_type in {rule.reference for rule in task.definition.rules if rule.reference}:
            stage.know_codes(area_type, task.codes(area_type))
        stage.fill(rows, select)
        stage.correct(task.corrections)
        progress.update(0, None, f"{task.definition.source}: checking")
        _late_checks(task, stage, select)
        return _finish(task, stage, select, work)


def _late_checks(task: Task, stage: Stage, select: Select) -> None:
    """Test what needs places or other rows; once more when that let corrected rows in."""
    texts = {
        name: cell(name, column, select.present, select.stems)[1] for name, column in task.definition.columns.items()
    }
    beside = Beside(task.tenant_id, task.definition, texts, select.checks)
    unique = select.checks.add("unique", ", ".join(task.definition.unique)) if task.definition.unique else None

    def run() -> None:
        if beside.types:
            stage.place_beside(beside.types, beside.tables(stage))
        if unique:
            stage.mark_repeated(task.definition.unique, str(unique.number))

    run()
    if task.corrections:
        stage.find_raw()
        if stage.correct(task.corrections):
            stage.forget_marks()
            run()


def _finish(task: Task, stage: Stage, select: Select, work: Path) -> Processed:
    outcome = judge(task.definition, stage, select.checks.all, task.moment)
    if outcome.read == 0:
        raise UnusableFile("There are no rows.", remedy="Ask the publisher; the last good version stays.")
    limits, in_scope = task.definition.quarantine, outcome.read - outcome.skipped
    full = outcome.quarantined > limits.rows or outcome.quarantined > limits.share * in_scope
    if outcome.quarantined <= limits.rows:
        stage.find_raw()
    failing = list(stage.failing(SAMPLE if full else limits.rows))
    processed = Processed(work / "accepted.parquet", outcome, failing, select.checks.all)
    if full:
        raise TooManyFail(
            f"{outcome.quarantined} of {in_scope} rows fail; the quarantine holds at most {limits.rows} rows "
            f"and {limits.share:.0%} of all.",
            processed,
        )
    types = all_columns(task.definition)
    schema = pa.schema([(name, ARROW_TYPE[kind]) for name, kind in types.items()])
    write_parquet(stage.batches(stage.select_accepted(list(types))), schema, processed.parquet)
    outcome.coverage = coverage_of(task.definition, stage)
    return processed


def all_columns(definition: SourceDefinition) -> dict[str, str]:
    """Give the columns of the dataset in order, the located ones last, with their DuckDB types."""
    located = {name: DUCKDB_TYPE[ColumnType.TEXT] for locate in definition.locates for name in locate.into.values()}
    return {**column_types(definition), **located}
