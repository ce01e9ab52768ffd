"""The door of stewardship."""

from spiegelstad.stewardship.actions import drop_target, remind, set_target, settle
from spiegelstad.stewardship.measuring import measure
from spiegelstad.stewardship.notices import (
    on_change_announced,
    on_change_refused,
    on_question_answered,
    on_status_changed,
)
from spiegelstad.stewardship.uses import UseOfDay, note_use, uses
from spiegelstad.stewardship.vocabulary import Dimension

__all__ = [
    "Dimension",
    "UseOfDay",
    "drop_target",
    "measure",
    "note_use",
    "on_change_announced",
    "on_change_refused",
    "on_question_answered",
    "on_status_changed",
    "remind",
    "set_target",
    "settle",
    "uses",
]
