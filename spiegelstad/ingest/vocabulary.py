"""The words of ingest: types of columns and files, states of a run and of a quarantined row."""

from enum import StrEnum


class ColumnType(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    GEOMETRY = "geometry"


DUCKDB_TYPE = {
    ColumnType.TEXT: "VARCHAR",
    ColumnType.INTEGER: "BIGINT",
    ColumnType.NUMBER: "DOUBLE",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.DATE: "DATE",
    ColumnType.DATETIME: "TIMESTAMP WITH TIME ZONE",
    ColumnType.GEOMETRY: "BLOB",
}


class FileType(StrEnum):
    """The formats that can be read."""

    CSV = "csv"
    GEOJSON = "geojson"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON = "json"
    GTFS_REALTIME = "gtfs-realtime"
    GBFS = "gbfs"
    CHIRPSTACK = "chirpstack"
    THINGS_STACK = "things-stack"


class Way(StrEnum):
    """How the data of a source comes in: fetched in runs, or sent to us message by message."""

    RUN = "run"
    MQTT = "mqtt"
    WEBHOOK = "webhook"


class RunState(StrEnum):
    """How a run stands or ended."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class Trigger(StrEnum):
    """What started a run."""

    COMMAND = "command"
    SCHEDULE = "schedule"
    DESK = "desk"
    REPLAY = "replay"


class RowState(StrEnum):
    """What has happened to a quarantined row."""

    OPEN = "open"
    CORRECTED = "corrected"
