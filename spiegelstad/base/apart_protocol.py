"""What a process and its worker apart say to each other: length-prefixed JSON, and after it a body of bytes."""

import json
import os
import queue
import struct
import threading
from datetime import date, datetime
from typing import IO, Any

_LENGTH = struct.Struct(">Q")

Parameter = str | int | float | bool | date | datetime | None
Parameters = "dict[str, Parameter] | list[Parameter] | None"


def write(stream: IO[bytes], message: dict[str, Any], body: bytes | memoryview = b"") -> None:
    """Send `message`, then `body`."""
    head = json.dumps(message, default=_encode).encode()
    stream.write(_LENGTH.pack(len(head)) + head + _LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def read(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Receive one message and its body; `EOFError` when the other side has gone."""
    head = json.loads(_part(stream), object_hook=_decode)
    return head, _part(stream)


def to_parent() -> "tuple[queue.Queue[dict[str, Any]], IO[bytes]]":
    """Return the requests of the parent and where the answers go: the worker's side, called once.

    Requests are read on a thread of their own, so that the end of the parent ends us, even in the midst of a query.
    """
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)  # nothing but answers goes to the parent
    found: queue.Queue[dict[str, Any]] = queue.Queue()

    def read_all() -> None:
        while True:
            try:
                found.put(read(source)[0])
            except EOFError:
                os._exit(0)

    threading.Thread(target=read_all, daemon=True).start()
    return found, sink


def _part(stream: IO[bytes]) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return data


def _encode(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    raise TypeError(f"{type(value).__name__} cannot be a parameter of a query")


def _decode(value: dict[str, Any]) -> Any:
    if value.keys() == {"$datetime"}:
        return datetime.fromisoformat(value["$datetime"])
    if value.keys() == {"$date"}:
        return date.fromisoformat(value["$date"])
    return value
