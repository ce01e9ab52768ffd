"""Reads of stored @contexts (clauses 5.13.3 and 5.13.4). They tell what words mean and nothing else: all may read."""

from django.db.models import QuerySet

from spiegelstad.accounts.public import Actor
from spiegelstad.context.models import JsonldContext


def stored_contexts(actor: Actor, kind: str = "") -> list[JsonldContext]:
    """Return the stored @contexts of a city, the oldest first; `kind` leaves only those."""
    found = _present(actor).order_by("pk")
    return list(found.filter(kind=kind) if kind else found)


def stored_context(actor: Actor, name: str) -> JsonldContext | None:
    """Return a stored @context by its local id, or a copy of a remote one by its address."""
    held = _present(actor)
    return held.filter(local_id=name).first() or held.filter(url=name, kind="Cached").first()


def _present(actor: Actor) -> QuerySet[JsonldContext]:
    return JsonldContext.objects.filter(tenant_id=actor.tenant_id).exclude(kind="Forgotten")
