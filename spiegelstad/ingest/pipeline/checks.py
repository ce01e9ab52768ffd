"""The checks that a definition asks for, each with a number that failing rows carry. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """One check: `rule` is its kind, `limit` what it compares with, for the sentence that people read."""

    number: int
    rule: str
    column: str
    limit: str = ""


@dataclass
class Checks:
    """All checks of one run, numbered as they are added."""

    all: list[Check] = field(default_factory=list)

    def add(self, rule: str, column: str, limit: object = "") -> Check:
        """Add a check and give it its number."""
        check = Check(len(self.all), rule, column, str(limit))
        self.all.append(check)
        return check

    def named(self, numbers: str) -> list[Check]:
        """Give the checks of a reasons text such as `0,4`."""
        return [self.all[int(number)] for number in numbers.split(",") if number]
