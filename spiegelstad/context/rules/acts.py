"""What can be done with entities, and by whom."""

from spiegelstad.accounts.public import Role
from spiegelstad.governance.public import Act

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})

WRITE_ENTITIES = Act("context.write_entities", roles=_STEWARDS, scope="context:write")
DELETE_ENTITIES = Act("context.delete_entities", roles=_STEWARDS, scope="context:write")
CLASSIFY_ENTITIES = Act("context.classify_entities", roles=frozenset({Role.ADMINISTRATOR}))
READ_ENTITIES = Act("context.read_entities", reads=True)
MANAGE_CONTEXTS = Act("context.manage_contexts", roles=_STEWARDS, scope="context:write", department_bound=False)
