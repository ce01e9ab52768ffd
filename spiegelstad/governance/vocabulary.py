"""Classification of data. Open unless there is a stated reason."""

from enum import StrEnum


class Classification(StrEnum):
    """Who may read, from everyone to nobody without a purpose."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    PERSONAL = "personal"
