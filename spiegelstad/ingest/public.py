"""The door of ingest: definitions, sources, runs, quarantine."""

from spiegelstad.base.yaml_documents import Problem
from spiegelstad.ingest.actions import (
    WrongCorrection,
    catalogue_columns,
    correct_row,
    forget_old_runs,
    on_status_changed,
    sync_sources,
)
from spiegelstad.ingest.asking import request_replay, request_run
from spiegelstad.ingest.cities import set_up_also, set_up_city
from spiegelstad.ingest.definition.city import CityDefinition
from spiegelstad.ingest.definition.columns import Part, Slug, Texts, address, wrong
from spiegelstad.ingest.definition.cron import Cron
from spiegelstad.ingest.definition.folder import Definitions, InvalidDefinitions, check, read_city, read_definitions
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import (
    FileTooLarge,
    HostNotAllowed,
    NothingToReplay,
    QuarantineFull,
    SourceBusy,
    SourceUnreachable,
    UnknownRow,
    UnknownSource,
    UnusableFile,
)
from spiegelstad.ingest.interrupting import interrupt, interrupt_dead
from spiegelstad.ingest.jobs import defer_once
from spiegelstad.ingest.locks import locked
from spiegelstad.ingest.queries import (
    DeskLine,
    area_sources,
    desk,
    is_current,
    last_good_run,
    live_sources,
    observing_sources,
    quarantine,
    quarantined_row,
    reason_counts,
    registered_sources,
    runs,
    source,
    sources,
)
from spiegelstad.ingest.records import (
    LiveState,
    QuarantinedRow,
    RegisteredSource,
    Run,
    RunEnds,
    RunFailed,
    RunFinished,
    Source,
)
from spiegelstad.ingest.running import interrupt_dead_runs, replay, run_source
from spiegelstad.ingest.vocabulary import RowState, RunState, Trigger, Way

__all__ = [
    "CityDefinition",
    "Cron",
    "Definitions",
    "DeskLine",
    "FileTooLarge",
    "HostNotAllowed",
    "InvalidDefinitions",
    "LiveState",
    "NothingToReplay",
    "Part",
    "Problem",
    "QuarantineFull",
    "QuarantinedRow",
    "RegisteredSource",
    "RowState",
    "Run",
    "RunEnds",
    "RunFailed",
    "RunFinished",
    "RunState",
    "Slug",
    "Source",
    "SourceBusy",
    "SourceDefinition",
    "SourceUnreachable",
    "Texts",
    "Trigger",
    "UnknownRow",
    "UnknownSource",
    "UnusableFile",
    "Way",
    "WrongCorrection",
    "address",
    "area_sources",
    "catalogue_columns",
    "check",
    "correct_row",
    "defer_once",
    "desk",
    "forget_old_runs",
    "interrupt",
    "interrupt_dead",
    "interrupt_dead_runs",
    "is_current",
    "last_good_run",
    "live_sources",
    "locked",
    "observing_sources",
    "on_status_changed",
    "quarantine",
    "quarantined_row",
    "read_city",
    "read_definitions",
    "reason_counts",
    "registered_sources",
    "replay",
    "request_replay",
    "request_run",
    "run_source",
    "runs",
    "set_up_also",
    "set_up_city",
    "source",
    "sources",
    "sync_sources",
    "wrong",
]
