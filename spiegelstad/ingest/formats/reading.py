"""One door to all readers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import UnusableFile
from spiegelstad.ingest.formats.csv import read_csv
from spiegelstad.ingest.formats.gbfs import read_gbfs
from spiegelstad.ingest.formats.geojson import read_geojson
from spiegelstad.ingest.formats.gtfs_realtime import read_gtfs_realtime
from spiegelstad.ingest.formats.json import read_json
from spiegelstad.ingest.formats.parquet import read_parquet
from spiegelstad.ingest.formats.rows import FILE, InputFile, Rows, Wanted
from spiegelstad.ingest.formats.xlsx import read_xlsx


def wanted_values(definition: SourceDefinition) -> list[Wanted]:
    """Give what the columns take from the file, without constants and the name of the file."""
    return [
        Wanted(names, column.required)
        for name, column in definition.columns.items()
        for names in column.inputs(name)
        if names != (FILE,)
    ]


def read_rows(files: Sequence[InputFile], form: Format, definition: SourceDefinition, work: Path) -> Rows:
    """Open the files in their format; `work` is a folder for copies that reading needs."""
    wanted = wanted_values(definition)
    match form.type:
        case "csv":
            return read_csv(files, form, wanted, work)
        case "geojson":
            return read_geojson(files, form, wanted, work)
        case "xlsx":
            return read_xlsx(files, form, wanted, work)
        case "json":
            return read_json(files, form, wanted, work)
        case "parquet":
            return read_parquet(files, wanted)
        case "gtfs-realtime":
            return read_gtfs_realtime(files, form, wanted, work)
        case "gbfs":
            return read_gbfs(files, form, wanted, work)
        case "chirpstack" | "things-stack":
            raise UnusableFile("This is a format of messages, not of files.", remedy="Correct `format.type`.")
