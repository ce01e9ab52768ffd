"""Words of the broker, and its acts."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from spiegelstad.accounts.public import Role
from spiegelstad.governance.public import Act


class RequestState(StrEnum):
    """Where a request is."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


REQUEST_STATES = {
    RequestState.ASKED: (_("waits for a decision"), "info"),
    RequestState.GRANTED: (_("granted"), "good"),
    RequestState.REFUSED: (_("refused"), "bad"),
    RequestState.WITHDRAWN: (_("withdrawn"), "quiet"),
}


class UploadState(StrEnum):
    """Where an upload is."""

    READ = "read"
    OFFERED = "offered"
    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


UPLOAD_STATES = {
    UploadState.READ: (_("you still have to check it"), "info"),
    UploadState.OFFERED: (_("waits for the steward"), "info"),
    UploadState.PUBLISHED: (_("published"), "good"),
    UploadState.REFUSED: (_("refused"), "bad"),
    UploadState.WITHDRAWN: (_("withdrawn"), "quiet"),
}

_PEOPLE = frozenset(Role)
_STEWARDS = frozenset({Role.STEWARD, Role.ADMINISTRATOR})

ASK = Act("broker.ask_access", roles=_PEOPLE, department_bound=False)
ASK_NOISY = Act("broker.ask_with_noise", roles=_PEOPLE, department_bound=False)
OFFER = Act("broker.change_offer", roles=_STEWARDS)
DECIDE = Act("broker.decide_request", roles=_STEWARDS)
END = Act("broker.end_agreement", roles=_STEWARDS)
JOIN = Act("broker.join_organisation", roles=_PEOPLE, department_bound=False)
HOLD_KEY = Act("broker.hold_key", roles=_PEOPLE, department_bound=False)
UPLOAD = Act("broker.upload", roles=_PEOPLE, department_bound=False)
MODERATE = Act("broker.moderate_upload", roles=_STEWARDS)

USE_NAMES = {
    "VARCHAR": _("text"),
    "BIGINT": _("whole number"),
    "DOUBLE": _("number"),
    "BOOLEAN": _("yes or no"),
    "DATE": _("date"),
    "TIMESTAMP WITH TIME ZONE": _("date and time"),
    "lon": _("place: longitude (WGS84)"),
    "lat": _("place: latitude (WGS84)"),
    "x": _("place: x (Lambert 72)"),
    "y": _("place: y (Lambert 72)"),
    "drop": _("leave it out"),
}

FINDINGS = {
    "national_number": _("{column} holds national register numbers ({times}). Leave it out."),
    "account": _("{column} holds account numbers ({times}). Leave it out."),
    "email": _("{column} holds e-mail addresses ({times}). Leave it out."),
    "phone": _("{column} holds telephone numbers ({times}). Leave it out."),
    "named": _("{column} sounds like data about people. Look whether it is."),
}
