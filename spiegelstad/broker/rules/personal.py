"""What looks like data about a person: by the values, and by the name of a column. Pure.

Patterns find what has a form (a number with a check digit, an address for mail); a name in a remark is not found. So a
steward looks too, and who shares data is asked to.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a column seems to hold."""

    NATIONAL_NUMBER = "national_number"
    ACCOUNT = "account"
    EMAIL = "email"
    PHONE = "phone"
    NAMED = "named"


REFUSED = frozenset({Kind.NATIONAL_NUMBER, Kind.ACCOUNT, Kind.EMAIL, Kind.PHONE})
"""A column that holds these is left out, or nothing is taken; the others are for a person to judge."""

_NATIONAL = re.compile(r"(?<!\d)\d{2}[. ]?\d{2}[. ]?\d{2}[- ]?\d{3}[. ]?\d{2}(?!\d)")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Z0-9])")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_PHONE = re.compile(r"(?<![\d.,])(?:\+32|0032|0)[ ./-]?[1-9](?:[ ./-]?\d){7,8}(?![\d.,])")
_NAMES = re.compile(
    r"(?:^|_)(?:voor|achter|familie)?naam$|^(?:first|last|full)_?name$|geboort|birth|rijksregister|insz|telefoon|gsm"
    r"|^phone|e_?mail|nationalit|inwoner_?id"
)
_LONGEST = 400
"""Only so much of a value is looked at: no pattern takes long."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A column that seems to hold something about people, in how many of its values; 0: by its name alone."""

    column: str
    kind: Kind
    times: int


def findings(column: str, values: Sequence[str | None]) -> list[Finding]:
    """Return what a column seems to hold."""
    counts = dict.fromkeys((Kind.NATIONAL_NUMBER, Kind.ACCOUNT, Kind.EMAIL, Kind.PHONE), 0)
    for value in values:
        for kind in _kinds(value[:_LONGEST]) if value else ():
            counts[kind] += 1
    found = [Finding(column, kind, times) for kind, times in counts.items() if times]
    name = re.sub(r"[^a-z]+", "_", column.casefold())
    return found or ([Finding(column, Kind.NAMED, 0)] if _NAMES.search(name) else [])


def _kinds(text: str) -> list[Kind]:
    found = []
    if any(_is_national(re.sub(r"\D", "", match)) for match in _NATIONAL.findall(text)):
        found.append(Kind.NATIONAL_NUMBER)
    if any(_is_iban(match.replace(" ", "")) for match in _IBAN.findall(text)):
        found.append(Kind.ACCOUNT)
    if "@" in text and _EMAIL.search(text):
        found.append(Kind.EMAIL)
    if not found and _PHONE.search(text):
        found.append(Kind.PHONE)
    return found


def _is_national(digits: str) -> bool:
    """Whether eleven digits are a Belgian national register number: a day, and the last two prove the first nine.

    They are 97 less the first nine modulo 97, with a 2 before them for who was born from 2000 on.
    """
    if not (0 <= int(digits[2:4]) <= 12 and 0 <= int(digits[4:6]) <= 31):
        return False
    return any(97 - int(century + digits[:9]) % 97 == int(digits[9:]) for century in ("", "2"))


def _is_iban(text: str) -> bool:
    """Whether the check digits of an international account number are right (ISO 13616: modulo 97 gives 1)."""
    moved = text[4:] + text[:4]
    return len(text) >= 15 and int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1
