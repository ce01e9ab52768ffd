"""Jobs of SensorThings."""

import logging
from datetime import timedelta

from spiegelstad.accounts import public as accounts
from spiegelstad.base.clock import now
from spiegelstad.base.jobs import task
from spiegelstad.mirror.public import forget_old_news
from spiegelstad.sensorthings.adopting import adopt_series
from spiegelstad.sensorthings.models import Change

UNTOLD_DAYS = 7
logger = logging.getLogger("spiegelstad.publisher")


@task("sensorthings.adopt_series", periodic="* * * * *", lock="sensorthings.adopt_series")
def adopt_new_series(timestamp: int) -> None:
    """Every minute: series that came since become datastreams."""
    for tenant_id in accounts.tenant_ids():
        adopt_series(tenant_id)


@task("sensorthings.forget_untold", periodic="17 * * * *", lock="sensorthings.forget_untold")
def forget_untold(timestamp: int) -> None:
    """Every hour: what no broker has taken for a week is no news any more."""
    before = now() - timedelta(days=UNTOLD_DAYS)
    for tenant_id in accounts.tenant_ids():
        pieces = forget_old_news(tenant_id, before)
        changes, _ = Change.objects.filter(tenant_id=tenant_id, at__lt=before).delete()
        if pieces or changes:
            logger.warning("%s: %s news and %s changes were never told", tenant_id, pieces, changes)
