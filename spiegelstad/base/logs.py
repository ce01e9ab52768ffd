"""Logs: a JSON object per line in ``<var>/log`` for machines, the warnings as plain lines on the terminal for people.

Neither holds secrets or personal data: no query strings, and no values from the database's messages.
"""

import logging
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What every record has; anything else was given as `extra` and goes into the line.
_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName", "request"}
_KEPT_FILES = 1
_LIMIT_BYTES = 20_000_000


class JsonLines(logging.Formatter):
    """One JSON object per record."""

    def __init__(self, program: str) -> None:
        super().__init__()
        self.program = program

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "program": self.program,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := request_id.get():
            line["request_id"] = number
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = described(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


class PlainLines(logging.Formatter):
    """A short line, without the stack: that is in the JSON file."""

    def __init__(self, program: str) -> None:
        super().__init__()
        self.program = program

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        error = record.exc_info[1] if record.exc_info else None
        why = "" if error is None else f" ({type(error).__name__}: {message_of(error)})"
        return f"{at} {self.program:<10} {record.getMessage()}{why}"


def described(error: BaseException) -> list[dict[str, Any]]:
    """Return an error and its causes, each with its type, message and the places it passed."""
    found: list[dict[str, Any]] = []
    current: BaseException | None = error
    while current is not None and len(found) < 5:
        frames = [
            f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(current.__traceback__)
        ]
        name = f"{type(current).__module__}.{type(current).__qualname__}"
        found.append({"type": name, "message": message_of(current), "stack": frames})
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def message_of(error: BaseException) -> str:
    """Return the message; of a database error only the first part, because its details quote values of rows."""
    origin = error if isinstance(error, psycopg.Error) else error.__cause__
    if isinstance(origin, psycopg.Error):
        return origin.diag.message_primary or str(origin).partition("\n")[0]
    return str(error)


def configuration(folder: Path, program: str) -> dict[str, Any]:
    """Return the description of logging that ``logging.config`` and Django take; makes the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": JsonLines, "program": program},
            "plain": {"()": PlainLines, "program": program},
        },
        "handlers": {
            "file": {
                # Opens the file anew when it has been rotated by another process.
                "class": "logging.handlers.WatchedFileHandler",
                "filename": str(folder / f"{program}.jsonl"),
                "delay": True,
                "formatter": "json",
            },
            "terminal": {"class": "logging.StreamHandler", "level": "WARNING", "formatter": "plain"},
        },
        "root": {"level": "INFO", "handlers": ["file", "terminal"]},
        "loggers": {
            "django": {"level": "INFO", "handlers": [], "propagate": True},
            # It warns of every 404; the line of each request says that already.
            "django.request": {"level": "ERROR"},
            "_granian": {"level": "ERROR"},
            "httpx": {"level": "WARNING"},
        },
    }


def rotate(folder: Path) -> None:
    """Put log files that have grown too large aside; only one older file of each is kept."""
    for path in folder.glob("*.jsonl"):
        if path.stat().st_size > _LIMIT_BYTES:
            path.replace(path.with_suffix(f".jsonl.{_KEPT_FILES}"))
