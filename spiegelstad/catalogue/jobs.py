"""What the catalogue does by itself, every night."""

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.jobs import task
from spiegelstad.catalogue import asking, keeping, life_cycle, showcasing


@task("catalogue.keep_house", lock="catalogue.keep_house", periodic="40 2 * * *")
def keep_house(timestamp: int) -> None:
    """Do in every city what was announced for today, apply retention, forget who asked, and remove unnamed files."""
    for tenant_id in accounts.tenant_ids():
        life_cycle.carry_out_changes(by=Actor.system(tenant_id, "life-cycle"))
        keeping.apply_retention(by=Actor.system(tenant_id, "retention"))
        asking.forget_askers(by=Actor.system(tenant_id, "retention"))
        showcasing.forget_senders(by=Actor.system(tenant_id, "retention"))
    keeping.sweep()
