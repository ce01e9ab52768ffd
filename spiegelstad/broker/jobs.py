"""What the broker does by itself, every night."""

from spiegelstad.accounts import public as accounts
from spiegelstad.base.jobs import task
from spiegelstad.broker import keeping


@task("broker.keep_house", lock="broker.keep_house", periodic="35 3 * * *")
def keep_house(timestamp: int) -> None:
    """Forget in every city what is long over."""
    for tenant_id in accounts.tenant_ids():
        keeping.forget(tenant_id)
