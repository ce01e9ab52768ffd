"""Acts of the room."""

from spiegelstad.accounts.public import Role
from spiegelstad.governance.public import Act

SEE_JOBS = Act("web.see_jobs", roles=frozenset({Role.STEWARD, Role.ADMINISTRATOR}), department_bound=False)
RUN_JOB_AGAIN = Act("web.run_job_again", roles=SEE_JOBS.roles, department_bound=False)
