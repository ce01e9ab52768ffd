"""Who may see figures: whoever may read every dataset they rest on, as it is classified today.

Or everyone, when a steward released the figures: the definition says why, and has a minimum cell size. The rule looks
at the datasets themselves, so closing a dataset closes its figures at once.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from spiegelstad.accounts.public import Actor
from spiegelstad.governance import public as governance
from spiegelstad.indicators import models


def open_to(actor: Actor, computation: str = "") -> Q:
    """Return the filter of rows of the actor's city whose `computation` (a field; empty: the row itself) may be seen.

    Rows without a computation hold no figures and may be seen.
    """
    own = Q(tenant_id=actor.tenant_id)
    if actor.is_system:
        return own
    inputs = models.ComputationInput.objects.filter(computation=OuterRef(computation or "pk"))
    closed = inputs.exclude(governance.visible(actor, "version__dataset__"))
    released = Q(**{f"{computation}__released" if computation else "released": True})
    return own & (released | Q(~Exists(closed)))
