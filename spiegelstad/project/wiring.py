"""Every reaction in the system, on one page: which event is handled by whom, and who tells a lower room of itself."""

from collections.abc import Collection
from pathlib import Path

from django.utils.translation import gettext as _

from spiegelstad.accounts.public import Actor
from spiegelstad.base import counting, events
from spiegelstad.broker import public as broker
from spiegelstad.catalogue import public as catalogue
from spiegelstad.harvest import public as harvest
from spiegelstad.indicators import public as indicators
from spiegelstad.ingest import public as ingest
from spiegelstad.ldes import public as ldes
from spiegelstad.ogc import public as ogc
from spiegelstad.sensors import public as sensors
from spiegelstad.stewardship import public as stewardship

HANDLERS: dict[type[events.Event], list[events.Handler]] = {
    catalogue.VersionPublished: [
        catalogue.on_version_published,
        indicators.on_version_published,
        sensors.on_version_published,
        ldes.on_version_published,
        ogc.on_version_published,
    ],
    catalogue.VersionDeleted: [ldes.on_version_deleted],
    catalogue.ChangeAnnounced: [stewardship.on_change_announced],
    catalogue.ChangeRefused: [stewardship.on_change_refused],
    catalogue.QuestionAnswered: [stewardship.on_question_answered],
    catalogue.StatusChanged: [ingest.on_status_changed, stewardship.on_status_changed, ldes.on_status_changed],
}


def figures_of_devices(actor: Actor, properties: Collection[str]) -> list[sensors.Derived]:
    """Return the indicators that are computed from series of these properties, for the pages of devices."""
    found = indicators.reading_series(actor, properties)
    return [sensors.Derived(one.name, f"/indicators/{one.slug}") for one in found]


def figures_of_dataset(actor: Actor, slug: str) -> list[catalogue.Use]:
    """Return the indicators that are computed from a dataset, for its page."""
    found = [one for one in indicators.indicators(actor) if slug in one.datasets]
    return [catalogue.Use(_("Indicator"), one.name, f"/indicators/{one.slug}") for one in found]


def take_over(by: Actor, folder: Path) -> None:
    """Take over what a city's folder holds for higher rooms, and hold them to its processing register."""
    harvest.sync_sources(by=by, folder=folder)
    sensors.require_purposes(by=by)


def connect() -> None:
    """Join events to handlers, and those who use data to those who show its use."""
    events.connect(HANDLERS)
    catalogue.tell_statements(harvest.statements)
    ingest.set_up_also(take_over)
    sensors.tell_derived_by(figures_of_devices)
    catalogue.tell_uses(figures_of_dataset)
    counting.watch(sensors.note_use)
    counting.watch(stewardship.note_use)
    catalogue.tell_grants(broker.AGREEMENTS)
