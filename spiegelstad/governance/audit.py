"""The hash chain of the audit log: how a row becomes a hash, and how the whole is proved."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

GENESIS = "0" * 64


def entry_hash(previous_hash: str, entry: dict[str, Any]) -> str:
    """Return SHA-256 over the previous hash and the entry as JSON with sorted keys. `at` is ISO 8601 in UTC."""
    body = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(previous_hash.encode() + body).hexdigest()


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """Where the chain does not hold, and what that means."""

    sequence: int
    problem: str


def broken_links(entries: Iterable[tuple[int, str, str, dict[str, Any]]], head: tuple[int, str]) -> list[BrokenLink]:
    """Check rows `(sequence, previous_hash, hash, entry)` in order against each other and against the head.

    Finds a changed row, a removed row (in the middle or at the end) and an inserted one, and names each.
    """
    found: list[BrokenLink] = []
    expected, previous = 1, GENESIS
    for sequence, previous_hash, hash_, entry in entries:
        if sequence != expected:
            missing = f"row {expected}" if sequence == expected + 1 else f"rows {expected} to {sequence - 1}"
            found.append(BrokenLink(expected, f"{missing} removed"))
        elif previous_hash != previous:
            found.append(BrokenLink(sequence, f"row {sequence} does not continue row {sequence - 1}"))
        if entry_hash(previous_hash, entry) != hash_:
            found.append(BrokenLink(sequence, f"row {sequence} was changed"))
        expected, previous = sequence + 1, hash_
    if head[0] >= expected:
        found.append(BrokenLink(expected, f"rows {expected} to {head[0]} removed from the end"))
    elif head != (expected - 1, previous):
        found.append(BrokenLink(head[0], "the head of the chain was changed"))
    return found
