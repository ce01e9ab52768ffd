"""Jobs of SensorThings."""

from spiegelstad.accounts import public as accounts
from spiegelstad.base.jobs import task
from spiegelstad.sensorthings.adopting import adopt_series


@task("sensorthings.adopt_series", periodic="* * * * *", lock="sensorthings.adopt_series")
def adopt_new_series(timestamp: int) -> None:
    """Every minute: series that came since become datastreams."""
    for tenant_id in accounts.tenant_ids():
        adopt_series(tenant_id)
