"""Jobs of indicators: recompute after a new version, and every night what rests on live series."""

from __future__ import annotations

from spiegelstad.accounts import public as accounts
from spiegelstad.accounts.public import Actor
from spiegelstad.base.jobs import task
from spiegelstad.catalogue.public import VersionPublished
from spiegelstad.indicators.actions.compute import compute, recompute_after


def on_version_published(event: VersionPublished) -> None:
    """Compute the indicators that read the dataset; what was computed already stays as it is."""
    recompute_after(tenant_id=event.tenant_id, dataset=event.slug, version_id=event.version_id)


@task("indicators.compute_nightly", lock="indicators.compute_nightly", periodic="15 2 * * *")
def compute_nightly(timestamp: int) -> None:
    """Compute everything in every city whose inputs changed: the series have a day more."""
    for tenant_id in accounts.tenant_ids():
        compute(by=Actor.system(tenant_id, "nightly"))
