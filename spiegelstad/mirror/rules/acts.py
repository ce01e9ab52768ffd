"""What can be done in the mirror, and by whom."""

from spiegelstad.accounts.public import Role
from spiegelstad.governance.public import Act

_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})

DEFINE_SERIES = Act("mirror.define_series", roles=_STEWARDS)
IMPORT_OBSERVATIONS = Act("mirror.import_observations", roles=_STEWARDS, scope="observations:write")
DELETE_OBSERVATIONS = Act("mirror.delete_observations", roles=_STEWARDS)
DROP_RAW_OBSERVATIONS = Act("mirror.drop_raw_observations", roles=_STEWARDS)
READ_REFUSED_ROWS = Act("mirror.read_refused_rows", roles=_STEWARDS, department_bound=False)
FORGET_REFUSED_ROWS = Act("mirror.forget_refused_rows", roles=_STEWARDS, department_bound=False)
READ_SERIES = Act("mirror.read_series", reads=True)
