"""What stewardship does by itself."""

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.jobs import task
from spiegelstad.stewardship.actions import remind
from spiegelstad.stewardship.measuring import measure


@task("stewardship.measure", lock="stewardship.measure", periodic="25 * * * *")
def measure_all(timestamp: int) -> None:
    """Every hour: measure the quality of all data, and tell stewards of missed targets."""
    for tenant_id in accounts.tenant_ids():
        measure(by=Actor.system(tenant_id, "quality"))


@task("stewardship.remind", lock="stewardship.remind", periodic="15 6 * * *")
def remind_all(timestamp: int) -> None:
    """Every morning: remind those who are to share back what they improved."""
    for tenant_id in accounts.tenant_ids():
        remind(by=Actor.system(tenant_id, "share-back"))
