"""The door of governance."""

from spiegelstad.governance.actions import (
    NotAllowed,
    SignInNeeded,
    admit_person,
    issue_key,
    record,
    require,
    withdraw_key,
)
from spiegelstad.governance.audit import BrokenLink
from spiegelstad.governance.queries import ActAboutMe, acts_about_me, audit_head, verify_audit, visible
from spiegelstad.governance.register import (
    CityProcessing,
    Controller,
    Party,
    Processing,
    Transfer,
    activities,
    processing_register,
)
from spiegelstad.governance.rules import Act, Decision, Thing, may, readable
from spiegelstad.governance.vocabulary import Classification

__all__ = [
    "Act",
    "ActAboutMe",
    "BrokenLink",
    "CityProcessing",
    "Classification",
    "Controller",
    "Decision",
    "NotAllowed",
    "Party",
    "Processing",
    "SignInNeeded",
    "Thing",
    "Transfer",
    "activities",
    "acts_about_me",
    "admit_person",
    "audit_head",
    "issue_key",
    "may",
    "processing_register",
    "readable",
    "record",
    "require",
    "verify_audit",
    "visible",
    "withdraw_key",
]
