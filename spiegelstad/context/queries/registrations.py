"""Context source registrations as they are (clauses 5.10.1 and 5.10.2).

Policy: whoever may register sees them, for credentials and inner addresses stand in them. What is read over them is
another matter: `sources` are for the broker itself.
"""

from collections.abc import Iterator

from django.db.models import Q

from spiegelstad.accounts.public import Actor
from spiegelstad.base.clock import now
from spiegelstad.context.errors import ResourceNotFound
from spiegelstad.context.models import Registration
from spiegelstad.context.rules.discovery import SourceQuery, found_registration
from spiegelstad.context.rules.event_acts import REGISTER
from spiegelstad.governance.public import Thing, require


def one(actor: Actor, uri: str, *, lock: bool = False) -> Registration:
    """Return a registration that has not expired; `lock`: for a change in this transaction. ResourceNotFound."""
    require(actor, REGISTER, Thing("registration", uri, actor.tenant_id))
    found = Registration.objects.filter(_present(), tenant_id=actor.tenant_id, uri=uri)
    row = (found.select_for_update() if lock else found).first()
    if row is None:
        raise ResourceNotFound(f"There is no registration {uri}.")
    return row


def found_by(actor: Actor, query: SourceQuery) -> list[Registration]:
    """Return the registrations that answer a question, in the order of ids, with the matching information only."""
    require(actor, REGISTER, Thing("registration", "", actor.tenant_id))
    return list(_found(actor, query))


def _found(actor: Actor, query: SourceQuery) -> Iterator[Registration]:
    for row in sources(actor.tenant_id):
        document = found_registration(row.document, query)
        if document is not None:
            row.document = document
            yield row


def sources(tenant_id: str) -> list[Registration]:
    """Return all registrations of a city that have not expired, in the order of ids."""
    return list(Registration.objects.filter(_present(), tenant_id=tenant_id).order_by("uri"))


def _present() -> Q:
    return Q(expires_at=None) | Q(expires_at__gt=now())
