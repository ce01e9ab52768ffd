"""Context sources from whoever runs a region: registered and brought up to date, any number of times alike."""

from collections.abc import Sequence
from dataclasses import dataclass

from spiegelstad.accounts.public import Actor
from spiegelstad.context.actions.registrations import create_registration, update_registration
from spiegelstad.context.models import Registration
from spiegelstad.context.rules.registrations import TYPE, updated
from spiegelstad.context.rules.terms import CORE


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIn:
    """A broker that holds entities of these types (short names) too: `id` a URN, `endpoint` the place of its interface.

    `timeout_ms`: how long it may take; after a failure it is left alone for `cooldown_ms`.
    """

    id: str
    name: str
    endpoint: str
    types: Sequence[str]
    timeout_ms: int = 3_000
    cooldown_ms: int = 5_000


def register_source(*, by: Actor, source: SourceIn) -> bool:
    """Register a source for all operations, or bring its registration up to date; return whether anything changed.

    It is inclusive: what it holds and what is held here are put together. BadRequestData when an address is none,
    Forbidden when `by` may not register.
    """
    given = {
        "id": source.id,
        "type": TYPE,
        "registrationName": source.name,
        "endpoint": source.endpoint,
        "information": [{"entities": [{"type": list(source.types)}]}],
        "mode": "inclusive",
        "operations": ["federationOps"],
        "management": {"timeout": source.timeout_ms, "cooldown": source.cooldown_ms},
    }
    row = Registration.objects.filter(tenant_id=by.tenant_id, uri=source.id).first()
    if row is None:
        create_registration(by=by, given=given, context=CORE, context_url=CORE.url)
        return True
    if updated(row.document, given, CORE) == row.document:
        return False
    update_registration(by=by, uri=source.id, fragment=given, context=CORE)
    return True
