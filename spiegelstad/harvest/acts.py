"""The acts of harvest, for the policy."""

from spiegelstad.accounts.public import STAFF, Role
from spiegelstad.governance.public import Act, Thing
from spiegelstad.harvest import models

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})
SYNC = Act("harvest.sync_sources", roles=frozenset({Role.ADMINISTRATOR}))
RUN = Act("harvest.run_source", roles=_STEWARDS)
SEE = Act("harvest.see_sources", roles=STAFF, department_bound=False)


def thing_of(source: models.Source) -> Thing:
    """Give a source as policy sees it."""
    return Thing("harvest source", source.slug, source.tenant_id, department=source.department)
