"""Numbers that tell an organisation, and when an agreement gives access. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime

MAX_DAYS = 3 * 366
"""The longest an agreement may last."""


def enterprise_number(text: str) -> str | None:
    """Return the ten digits of a Belgian enterprise number, None when they are none: the last two prove the others.

    The first eight modulo 97 and the last two add up to 97 (Crossroads Bank for Enterprises).
    """
    digits = re.sub(r"[\s.]|^BE", "", text.strip().upper())
    if not re.fullmatch(r"[01]?\d{9}", digits):
        return None
    digits = digits.zfill(10)
    return digits if 97 - int(digits[:8]) % 97 == int(digits[8:]) else None


def is_active(
    accepted_at: datetime | None, ended_at: datetime | None, from_on: date, ends_on: date, today: date
) -> bool:
    """Whether an agreement gives access today: accepted, not ended, between its first and last day."""
    return accepted_at is not None and ended_at is None and from_on <= today <= ends_on
