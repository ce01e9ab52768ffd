"""What streams do by themselves."""

from spiegelstad.accounts import public as accounts
from spiegelstad.base.clock import now
from spiegelstad.base.jobs import task
from spiegelstad.catalogue.public import StatusChanged, VersionDeleted, VersionPublished
from spiegelstad.ldes import keeping
from spiegelstad.ldes.actions.datasets import build_dataset
from spiegelstad.ldes.actions.entities import follow


def on_version_published(event: VersionPublished) -> None:
    """Tell what the version changed."""
    build_dataset(event.tenant_id, event.slug)


def on_version_deleted(event: VersionDeleted) -> None:
    """Take out what was told of a version that is deleted."""
    build_dataset(event.tenant_id, event.slug)


def on_status_changed(event: StatusChanged) -> None:
    """Let the stream of a dataset that is destroyed go with it, and that of one that is published begin."""
    build_dataset(event.tenant_id, event.slug)


@task("ldes.follow_log", lock="ldes.follow_log", periodic="* * * * *")
def follow_log(timestamp: int) -> None:
    """Every minute: tell the changes of entities, and take out what was closed."""
    follow()


@task("ldes.keep_house", lock="ldes.keep_house", periodic="55 2 * * *")
def keep_house(timestamp: int) -> None:
    """Every night: apply retention, and make up for whatever was missed."""
    keeping.build_all()
    for tenant_id in accounts.tenant_ids():
        keeping.apply_retention(tenant_id, now())
