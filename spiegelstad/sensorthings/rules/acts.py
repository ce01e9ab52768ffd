"""What can be done in SensorThings, and by whom."""

from spiegelstad.accounts.public import Role
from spiegelstad.governance.public import Act

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})

WRITE_ENTITIES = Act("sensorthings.write_entities", roles=_STEWARDS, scope="context:write")
WRITE_OBSERVATIONS = Act("sensorthings.write_observations", roles=_STEWARDS, scope="observations:write")
