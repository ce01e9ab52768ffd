"""One message of a sensor: its payload read as records. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from spiegelstad.ingest.definition.columns import Format
from spiegelstad.ingest.formats.json_stream import pick
from spiegelstad.ingest.formats.lorawan import NotAnUplink, Uplink, chirpstack_uplink, things_stack_uplink
from spiegelstad.ingest.vocabulary import FileType

MAX_MESSAGE_BYTES = 256 * 1024
MAX_RECORDS = 10_000


class UnreadableMessage(Exception):
    """The payload isn't what the definition says; the text says why."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a broker or sender handed over. `size`: bytes it had; a larger payload than we read was cut off."""

    payload: bytes
    received_at: dt.datetime
    topic: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a message as plain JSON; `uplink`: how a LoRaWAN network knows it, to see duplicates."""

    values: dict[str, Any]
    uplink: Uplink | None = None


def records_of(message: Message, form: Format) -> Sequence[Record]:
    """Return the records of a message; none for a LoRaWAN event that isn't an uplink. Raises UnreadableMessage.

    Each record also has `message.received_at` and `message.topic.0`, `.1`, … (the levels of the topic).
    """
    if max(message.size, len(message.payload)) > MAX_MESSAGE_BYTES:
        raise UnreadableMessage(f"the message has more than {MAX_MESSAGE_BYTES} bytes")
    body = _parsed(message.payload)
    beside = {"received_at": message.received_at.isoformat(), "topic": message.topic.split("/")}
    match FileType(form.type):
        case FileType.CHIRPSTACK:
            read = chirpstack_uplink
        case FileType.THINGS_STACK:
            read = things_stack_uplink
        case _:
            return [Record({**one, "message": beside}) for one in _json_records(body, form.records)]
    try:
        values, uplink = read(body)
    except NotAnUplink:
        return []
    except ValueError as error:
        raise UnreadableMessage(str(error)) from None
    return [Record({**values, "message": beside}, uplink)]


def _parsed(payload: bytes) -> Any:
    try:
        return orjson.loads(payload)
    except ValueError:
        raise UnreadableMessage("the message isn't JSON") from None


def _json_records(body: Any, path: str) -> list[dict[str, Any]]:
    """Give the records at a path: a list of objects, one object, or a bare value as `{"value": …}`."""
    found = pick(body, path) if path else body
    if found is None:
        raise UnreadableMessage(f"there is no `{path}`" if path else "the message is empty")
    listed = found if isinstance(found, list) else [found]
    if len(listed) > MAX_RECORDS:
        raise UnreadableMessage(f"the message has more than {MAX_RECORDS} records")
    return [one if isinstance(one, dict) else {"value": one} for one in listed]
