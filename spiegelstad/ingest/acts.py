"""The acts of ingest, for the policy."""

from spiegelstad.accounts.public import STAFF, Actor, Role
from spiegelstad.governance.public import Act, Classification, Thing
from spiegelstad.ingest import models
from spiegelstad.ingest.records import Source

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
SYNC = Act("ingest.sync_sources", roles=frozenset({Role.ADMINISTRATOR}))
DECLARE = Act("ingest.declare_processing")  # for whoever runs the installation: it comes with the city's folder
RUN = Act("ingest.run_source", roles=_STEWARDS)
SEE = Act("ingest.see_source", roles=_STEWARDS)
OPEN_DESK = Act("ingest.open_desk", roles=STAFF, department_bound=False)
SEND_MESSAGES = Act("ingest.send_messages", roles=_STEWARDS, scope="observations:write")
CORRECT = Act("ingest.correct_row", roles=_STEWARDS)


def thing_of(source: models.Source) -> Thing:
    """Give a source as policy sees it."""
    return Thing("source", source.slug, source.tenant_id, Classification(source.classification), source.department)


def thing_of_record(actor: Actor, source: Source) -> Thing:
    """Give a source that was read for this actor as policy sees it."""
    return Thing("source", source.slug, actor.tenant_id, Classification(source.classification), source.department)
