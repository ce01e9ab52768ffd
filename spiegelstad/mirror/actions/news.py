"""Forgetting news: what was told, and what is too old to be news."""

from collections.abc import Sequence
from datetime import datetime

from spiegelstad.mirror.models import News


def forget_news(tenant_id: str, numbers: Sequence[int]) -> None:
    """Forget pieces of news that were told; in the transaction in which they were read."""
    News.objects.filter(tenant_id=tenant_id, number__in=numbers).delete()


def forget_old_news(tenant_id: str, before: datetime) -> int:
    """Forget what was stored before a moment and nobody could be told; return the number of pieces."""
    return News.objects.filter(tenant_id=tenant_id, stored_at__lt=before).delete()[0]
