"""Sending a notification by HTTP(S), through the guard that every outgoing request passes."""

from collections.abc import Sequence

from spiegelstad.base import outgoing
from spiegelstad.base.errors import SpiegelstadError
from spiegelstad.context.notifying.parcels import Receiver, Waiting, body_of, headers_of, wants_context_in_body
from spiegelstad.context.rules.delivery import Failure

LIMIT_BYTES = 64 * 1024


def send_by_http(receiver: Receiver, rows: Sequence[Waiting]) -> Failure | None:
    """POST a notification and wait for the answer; None when it was taken. Blocks: not for the event loop's thread."""
    body = body_of(receiver, rows, with_context=wants_context_in_body(receiver))
    try:
        answer = outgoing.request(
            "POST",
            receiver.address,
            headers_of(receiver),
            body,
            timeout_s=receiver.timeout_s,
            limit_bytes=LIMIT_BYTES,
            needs_body=False,
        )
    except SpiegelstadError as error:
        return Failure(f"{error.title}: {error.detail}", answered=False)
    if 200 <= answer.status < 300:
        return None
    return Failure(f"The receiver answered {answer.status}.", answered=True)
