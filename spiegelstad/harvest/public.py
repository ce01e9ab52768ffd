"""The door of harvest: definitions, sources, runs and the report of what is wrong at a source."""

from spiegelstad.harvest.actions import sync_sources
from spiegelstad.harvest.asking import request_run
from spiegelstad.harvest.definition import HarvestDefinition, InvalidDefinitions, check
from spiegelstad.harvest.fetching import SourceUnreachable, TooMuch
from spiegelstad.harvest.queries import Line, UnknownSource, records, report, runs, source, sources, statements
from spiegelstad.harvest.records import Record, Run, Source
from spiegelstad.harvest.rules import Finding
from spiegelstad.harvest.running import NothingThere, SourceBusy, interrupt_dead_runs, run_source
from spiegelstad.harvest.vocabulary import Done, Kind, RecordState, Trigger, Wrong
from spiegelstad.ingest.public import RunState

__all__ = [
    "Done",
    "Finding",
    "HarvestDefinition",
    "InvalidDefinitions",
    "Kind",
    "Line",
    "NothingThere",
    "Record",
    "RecordState",
    "Run",
    "RunState",
    "Source",
    "SourceBusy",
    "SourceUnreachable",
    "TooMuch",
    "Trigger",
    "UnknownSource",
    "Wrong",
    "check",
    "interrupt_dead_runs",
    "records",
    "report",
    "request_run",
    "run_source",
    "runs",
    "source",
    "sources",
    "statements",
    "sync_sources",
]
