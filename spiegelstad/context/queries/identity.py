"""Who this context source is (clause 5.2.40): one identity for each city of the installation."""

import hashlib
import time
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.context.rules.documents import time_text

_STARTED = time.monotonic()


def source_alias(tenant_id: str) -> str:
    """Return the pseudonym under which a city stands in a Via header: the same in every process, and nobody else's."""
    return f"{tenant_id}-{_digest(tenant_id)[:12]}"


def source_identity(actor: Actor) -> dict[str, str]:
    """Return the identity of the city's context source, with how long this process has answered."""
    return {
        "id": f"urn:uuid:{UUID(_digest(actor.tenant_id)[:32])}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": source_alias(actor.tenant_id),
        "contextSourceUptime": duration_text(timedelta(seconds=int(time.monotonic() - _STARTED))),
        "contextSourceTimeAt": time_text(now()),
    }


def duration_text(duration: timedelta) -> str:
    """Write a duration of whole seconds by ISO 8601: `P1DT2H3M4S`."""
    minutes, seconds = divmod(duration.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"P{duration.days}DT{hours}H{minutes}M{seconds}S"


def _digest(tenant_id: str) -> str:
    """Mix the city with the secret of the installation, which is its own and stays."""
    return hashlib.sha256(f"context source {tenant_id} {settings.SECRET_KEY}".encode()).hexdigest()
