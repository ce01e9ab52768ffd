"""Forgetting: requests and agreements that are long over, keys with them, and files that were never handed in."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from spiegelstad.accounts import public as accounts
from spiegelstad.base.clock import now
from spiegelstad.broker import models, queries
from spiegelstad.broker.vocabulary import RequestState, UploadState

KEPT_DAYS = 2 * 365
"""How long what is over is kept, so that both parties can look back."""

UNFINISHED_DAYS = 30


def forget(tenant_id: str) -> int:
    """Delete what need not be kept in a city; returns how many requests and files. Noisy answers stay: they are what
    keeps a budget from beginning anew."""
    then = now() - timedelta(days=KEPT_DAYS)
    day = queries.today() - timedelta(days=KEPT_DAYS)
    ended = Q(agreement__ended_at__lt=then) | Q(agreement__ends_on__lt=day)
    undecided = Q(state=RequestState.ASKED, ends_on__lt=day)
    closed = Q(state__in=[RequestState.REFUSED, RequestState.WITHDRAWN], decided_at__lt=then)
    rows = models.Request.objects.filter(ended | closed | undecided, tenant_id=tenant_id)
    keys = models.Key.objects.filter(agreement__request__in=rows).values_list("api_key_id", flat=True)
    for key_id in list(keys):
        accounts.revoke_key(tenant_id=tenant_id, key_id=key_id)
    requests = rows.count()
    rows.delete()
    unfinished = models.Upload.objects.filter(
        tenant_id=tenant_id, state=UploadState.READ, created_at__lt=now() - timedelta(days=UNFINISHED_DAYS)
    )
    files = unfinished.count()
    unfinished.delete()
    return requests + files
