"""Acts of the room, and words for what jobs do."""

from django.utils.translation import gettext_lazy as _

from spiegelstad.accounts.public import Role
from spiegelstad.governance.public import Act

SEE_JOBS = Act("web.see_jobs", roles=frozenset({Role.STEWARD, Role.ADMINISTRATOR}), department_bound=False)
RUN_JOB_AGAIN = Act("web.run_job_again", roles=SEE_JOBS.roles, department_bound=False)

# For people; a job that is not here is called by its name in the program.
JOBS = {
    "base.handle_event": _("Follow up something that happened"),
    "context.delete_expired": _("Remove what need not be kept"),
    "broker.keep_house": _("Remove what need not be kept"),
    "context.keep_house": _("Remove what need not be kept"),
    "context.pass_on_subscriptions": _("Pass subscriptions on to other brokers"),
    "catalogue.keep_house": _("Remove what need not be kept"),
    "harvest.run": _("Read another catalogue"),
    "harvest.tick": _("See which catalogues are due"),
    "indicators.compute_nightly": _("Compute all figures"),
    "ingest.keep_house": _("Remove what need not be kept"),
    "ingest.replay": _("Process rows from quarantine"),
    "ingest.run": _("Read a source"),
    "ingest.tick": _("See which sources are due"),
    "ldes.follow_log": _("Tell changes in the streams"),
    "ldes.keep_house": _("Remove what need not be kept"),
    "mirror.forget_refused_rows": _("Remove what need not be kept"),
    "sensors.watch": _("See which devices are silent"),
    "sparql.refresh": _("Renew the linked data"),
    "sensorthings.adopt_series": _("Show new series by SensorThings"),
    "sensorthings.forget_untold": _("Remove what need not be kept"),
    "stewardship.measure": _("Measure the quality of data"),
    "stewardship.remind": _("Remind those who are to share back"),
}
