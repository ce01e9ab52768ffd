"""Jobs of the mirror."""

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.jobs import task
from spiegelstad.mirror.actions.batches import forget_refused_rows

REFUSED_ROWS_DAYS = 30


@task("mirror.forget_refused_rows", periodic="17 2 * * *")
def forget_old_refused_rows(timestamp: int) -> None:
    """Every night: forget the refused rows that nobody sent for a month."""
    for tenant_id in accounts.tenant_ids():
        forget_refused_rows(
            by=Actor.system(tenant_id, "retention"),
            older_than_days=REFUSED_ROWS_DAYS,
            reason=f"not sent for {REFUSED_ROWS_DAYS} days",
        )
