"""Who may see figures: whoever may read every dataset they rest on, as it is classified today.

Or everyone, when a steward released the figures: the definition says why, and has a minimum cell size. The rule looks
at the datasets and the definition as they are now, so closing a dataset, or taking a release back, closes its figures
at once, the old ones too.
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
    path = f"{computation}__" if computation else ""
    still = f"{path}indicator__definition__body__release__isnull"
    released = Q(**{f"{path}released": True, still: False})
    return own & (released | Q(~Exists(closed)))
