"""What the register does by itself."""

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.jobs import task
from spiegelstad.sensors.alarms import watch_silence


@task("sensors.watch", lock="sensors.watch", periodic="*/5 * * * *")
def watch(timestamp: int) -> None:
    """Every five minutes: see which devices fell silent, and tell their stewards."""
    for tenant_id in accounts.tenant_ids():
        watch_silence(by=Actor.system(tenant_id, "alarms"))
