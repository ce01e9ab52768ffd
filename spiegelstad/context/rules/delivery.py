"""When a delivery is tried again, and when it is given up. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 300.0
ATTEMPTS = 8
PATIENCE = timedelta(hours=6)
LIMIT_PARCEL = 100
BEHIND = 10


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a delivery failed. `answered`: the receiver is there and did not take it."""

    reason: str
    answered: bool


def wait_s(failures: int, cooldown_s: float = 0.0) -> float:
    """Return how long to wait after so many failures in a row (1 for the first): twice as long each time."""
    return max(min(FIRST_WAIT_S * 2.0 ** min(failures - 1, 30), LONGEST_WAIT_S), cooldown_s)


def is_refused_for_good(failure: Failure, attempts: int) -> bool:
    """Say whether to give this one up: its receiver is there and refused it eight times (`attempts`, with this one).

    So what a receiver cannot take holds up those behind it for two minutes at most.
    """
    return failure.answered and attempts >= ATTEMPTS


def is_away_too_long(failures: int, made_at: datetime, now: datetime) -> bool:
    """Say whether to give up all that is as old as this: nothing has been taken for six hours."""
    return failures >= ATTEMPTS and now - made_at > PATIENCE
