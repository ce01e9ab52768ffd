"""What the catalogue does by itself, every night."""

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.jobs import task
from spiegelstad.catalogue import keeping


@task("catalogue.keep_house", lock="catalogue.keep_house", periodic="40 2 * * *")
def keep_house(timestamp: int) -> None:
    """Apply retention in every city, and remove files that no version names."""
    for tenant_id in accounts.tenant_ids():
        keeping.apply_retention(by=Actor.system(tenant_id, "retention"))
    keeping.sweep()
