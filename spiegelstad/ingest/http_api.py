"""`/api/lorawan/<source>`: uplinks that a LoRaWAN network server posts."""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus
from threading import BoundedSemaphore, Lock
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from spiegelstad.accounts.public import CityRequest
from spiegelstad.base.busy import DatabaseBusy, place_among
from spiegelstad.base.clock import now
from spiegelstad.base.errors import SpiegelstadError, TooLarge, TooMany
from spiegelstad.governance.public import require
from spiegelstad.ingest import models
from spiegelstad.ingest.acts import SEND_MESSAGES, thing_of
from spiegelstad.ingest.definition.live import Webhook
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.errors import UnknownSource
from spiegelstad.ingest.formats.messages import MAX_MESSAGE_BYTES, Message
from spiegelstad.ingest.live.intake import Standing, note_intake
from spiegelstad.ingest.live.receiving import BUSY, Counts, Receiver
from spiegelstad.ingest.live.secrets import secret
from spiegelstad.ingest.vocabulary import Way

AT_ONCE = 4  # of one process: pages must still be served
RECEIVER = "web"


class WrongSignature(SpiegelstadError):
    """The body isn't signed with the secret of this source."""

    status = HTTPStatus.UNAUTHORIZED
    title = "The signature is not right"


class MessageTooLarge(TooLarge):
    """More bytes than a message may have."""

    title = "The message is too large"


class TooManySenders(TooMany):
    """All places for messages are taken; this is not an error of the sender, who tries again."""

    title = "Too many messages at once"


_slots = BoundedSemaphore(AT_ONCE)
_receivers: dict[UUID, tuple[str, Receiver]] = {}
_lock = Lock()


@require_POST
def lorawan(request: CityRequest, slug: str) -> HttpResponse:
    """Take an event of ChirpStack v4 or The Things Stack v3: 200 when it is stored, or refused and kept with why."""
    source = _source(request, slug)
    if len(request.body) > MAX_MESSAGE_BYTES:
        raise MessageTooLarge(f"A message holds at most {MAX_MESSAGE_BYTES:,} bytes.")
    receiver = _receiver(source)
    webhook = receiver.definition.where.webhook
    assert webhook is not None  # that is what makes it a source with a webhook
    _check_sender(request, source, webhook)
    message = Message(request.body, now())
    with place_among(_slots, TooManySenders, "Too many messages come in at once."):
        return JsonResponse(_shown(_receive(receiver, message)))


def _source(request: CityRequest, slug: str) -> models.Source:
    """Return the source that is posted to. What is closed is hidden elsewhere; here its name is all one can learn."""
    found = models.Source.objects.filter(
        tenant_id=request.actor.tenant_id, slug=slug, way=Way.WEBHOOK, is_active=True
    ).first()
    if found is None:
        raise UnknownSource(f"There is no source {slug!r} with a webhook.")
    return found


def _check_sender(request: CityRequest, source: models.Source, webhook: Webhook) -> None:
    if webhook.secret is None:
        return require(request.actor, SEND_MESSAGES, thing_of(source))
    wanted = hmac.new(secret(webhook.secret).encode(), request.body, hashlib.sha256).hexdigest()
    given = request.headers.get(webhook.header, "").strip().removeprefix("sha256=").lower()
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        raise WrongSignature(f"The header {webhook.header} doesn't hold the HMAC-SHA256 of the body with our secret.")
    return None


def _receiver(source: models.Source) -> Receiver:
    """Return what takes this source's messages in, made once for each definition."""
    with _lock:
        hash_, receiver = _receivers.get(source.id, ("", None))
        if receiver is None or hash_ != source.definition_hash:
            definition = SourceDefinition.model_validate_json(source.definition)
            receiver = Receiver(source.tenant_id, source.id, definition)
            _receivers[source.id] = (source.definition_hash, receiver)
        return receiver


def _receive(receiver: Receiver, message: Message) -> Counts:
    try:
        counts = receiver.receive([message])
        note_intake(receiver, RECEIVER, counts, Standing(now(), message.received_at))
    except BUSY as error:
        raise DatabaseBusy("Send it again.") from error
    return counts


def _shown(counts: Counts) -> dict[str, Any]:
    return {
        "taken": counts.rows,
        "refused": counts.refused,
        "skipped": counts.skipped,
        "duplicates": counts.duplicates,
    }
