"""Words for who acts and in which role."""

from enum import StrEnum


class Role(StrEnum):
    """What a person is for a city; one person may have several."""

    RESIDENT = "resident"
    CLERK = "clerk"
    STEWARD = "steward"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


STAFF = frozenset({Role.CLERK, Role.STEWARD, Role.ANALYST, Role.ADMINISTRATOR})


class ActorKind(StrEnum):
    """What stands behind a request."""

    ANONYMOUS = "anonymous"
    PERSON = "person"
    KEY = "key"
    SYSTEM = "system"
