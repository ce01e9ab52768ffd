"""Noting entities that were made or changed, for the process that tells of it, in the transaction that does it."""

from collections.abc import Iterable, Sequence

from django.conf import settings

from spiegelstad.base.clock import now
from spiegelstad.sensorthings.models import Change
from spiegelstad.sensorthings.rules.addresses import Id, write_id


def note(tenant_id: str, type_name: str, ids: Iterable[Id], names: Sequence[str] = ()) -> None:
    """Note that entities were made, or that properties of them changed (`names`), in a city that tells of it.

    Observations need it only for what the news of the mirror do not hold.
    """
    if tenant_id in settings.PUBLISH_MQTT:
        at, changed = now(), sorted(names)
        Change.objects.bulk_create(
            Change(tenant_id=tenant_id, at=at, type=type_name, entity=str(write_id(id_)), names=changed) for id_ in ids
        )
