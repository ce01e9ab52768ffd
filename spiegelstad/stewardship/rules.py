"""What a filled entry of the register is, how quality is measured, and what to do next. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from spiegelstad.base.localised import Localised, in_language
from spiegelstad.catalogue.public import Frequency, QualityCheck
from spiegelstad.stewardship.vocabulary import Dimension, EntryKind, Origin


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the data register. `steward`: the service that answers questions; `processing`: a key.

    `agreements`: how many agreements give a part of it to others; `is_readable`: whether the one who asked may read it;
    `asked_at`: the address where everyone may ask for a part of it; `is_frozen`: the program made it so that figures
    stay verifiable, and answers for it itself.
    """

    kind: EntryKind
    key: str
    title: Localised
    department: str
    classification: str
    steward: str = ""
    reason: str = ""
    review_on: date | None = None
    legal_basis: str = ""
    retention_days: int | None = None
    retention: Localised | str = ""
    origin: Origin = Origin.UNKNOWN
    systems: str = ""
    frequency: str = ""
    licence: str = ""
    processing: str = ""
    status: str = "published"
    agreements: int = 0
    asked_at: str = ""
    is_readable: bool = True
    is_frozen: bool = False

    @property
    def is_open(self) -> bool:
        """Whether everyone may read it."""
        return self.classification == "public"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to see of the data register; what is empty chooses nothing. `text` stands in the title as it is read."""

    text: str = ""
    kind: str = ""
    department: str = ""
    is_open: bool | None = None

    def fits(self, entry: Entry) -> bool:
        """Whether an entry is asked for."""
        return (
            self.text.casefold() in in_language(entry.title).casefold()
            and self.kind in {"", entry.kind}
            and self.department in {"", entry.department}
            and self.is_open in {None, entry.is_open}
        )


_ALWAYS = ("title", "department", "steward", "legal_basis", "retention", "origin")
_OF_KIND = {
    EntryKind.DATASET: ("systems", "frequency", "licence"),
    EntryKind.SOURCE: ("systems",),
    EntryKind.ENTITY_TYPE: (),
    EntryKind.SENSOR_TYPE: ("processing",),
}
_OF_CLOSED = ("reason", "review_on")


def wanted_fields(entry: Entry) -> tuple[str, ...]:
    """Return the fields that this entry should have: more of what is closed, and the processing of personal data."""
    if entry.is_frozen:
        return ("title",)
    personal = ("processing",) if entry.classification == "personal" else ()
    closed = () if entry.is_open else _OF_CLOSED
    return tuple(dict.fromkeys((*_ALWAYS, *_OF_KIND[entry.kind], *closed, *personal)))


def missing_fields(entry: Entry) -> list[str]:
    """Return the fields that this entry should have and has not."""
    return [name for name in wanted_fields(entry) if not _filled(entry, name)]


def _filled(entry: Entry, name: str) -> bool:
    if name == "retention":
        return bool(entry.retention_days or entry.retention)
    if name == "title":
        return any(entry.title.values())
    return bool(getattr(entry, name))


@dataclass(frozen=True, slots=True)
class Filled:
    """How complete a part of the register is: `filled` of `wanted` fields, and what most often lacks."""

    entries: int
    filled: int
    wanted: int
    lacking: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """The share of fields that are filled, 1 when none is wanted."""
        return self.filled / self.wanted if self.wanted else 1.0


Alike = Sequence[tuple[Entry, int]]
"""Entries, and how many there are that tell the same fields."""


def completeness(register: Alike) -> dict[str, Filled]:
    """Return how complete the register is for each department; what the program made for itself does not count."""
    found: dict[str, list[tuple[Entry, int]]] = defaultdict(list)
    for entry, times in register:
        if not entry.is_frozen:
            found[entry.department].append((entry, times))
    return {department: _filled_of(found[department]) for department in sorted(found)}


def _filled_of(alike: Alike) -> Filled:
    wanted = sum(times * len(wanted_fields(entry)) for entry, times in alike)
    missing: Counter[str] = Counter()
    for entry, times in alike:
        missing.update(dict.fromkeys(missing_fields(entry), times))
    return Filled(sum(times for _entry, times in alike), wanted - missing.total(), wanted, _most(missing))


def _most(counts: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(counts, key=lambda name: (-counts[name], name))[:3])


_RULES: dict[str, Dimension] = {
    "required": Dimension.COMPLETENESS,
    **dict.fromkeys(("readable", "type", "geometry", "minimum", "maximum", "values", "pattern"), Dimension.VALIDITY),
    "unique": Dimension.UNIQUENESS,
    **dict.fromkeys(("inside", "reference"), Dimension.CONSISTENCY),
}
INTERVALS: Mapping[str, timedelta] = {
    Frequency.CONTINUOUS: timedelta(hours=1),
    Frequency.HOURLY: timedelta(hours=1),
    Frequency.DAILY: timedelta(days=1),
    Frequency.WEEKLY: timedelta(days=7),
    Frequency.MONTHLY: timedelta(days=31),
    Frequency.QUARTERLY: timedelta(days=92),
    Frequency.ANNUAL: timedelta(days=366),
}
RESPITE = 1.5
"""How many intervals may go by before data is late."""

Measures = dict[Dimension, float]


def measures(checks: Sequence[QualityCheck], frequency: str, renewed_at: datetime | None, moment: datetime) -> Measures:
    """Return what can be measured of a dataset: by the rules its rows were held against, and by its promised frequency.

    A share is that of all values looked at; what no rule looks at is not measured. Timeliness is 1 until the respite is
    over, and from then on the allowed age divided by the age.
    """
    passed: dict[Dimension, int] = defaultdict(int)
    seen: dict[Dimension, int] = defaultdict(int)
    for check in checks:
        dimension = _RULES.get(check.rule.partition(" ")[0])
        if dimension is not None:
            passed[dimension] += check.passed
            seen[dimension] += check.passed + check.failed
    found = {dimension: passed[dimension] / count for dimension, count in seen.items() if count}
    if (interval := INTERVALS.get(frequency)) and renewed_at is not None:
        allowed, age = interval * RESPITE, moment - renewed_at
        found[Dimension.TIMELINESS] = 1.0 if age <= allowed else allowed / age
    return found


def score(found: Mapping[Dimension, float]) -> float | None:
    """Return the mean of what was measured; None when nothing was."""
    return sum(found.values()) / len(found) if found else None


@dataclass(frozen=True, slots=True)
class Gap:
    """A target that a dataset misses, or a share below 1 where there is no target."""

    slug: str
    dimension: Dimension
    value: float
    target: float

    @property
    def size(self) -> float:
        """How much is missing."""
        return self.target - self.value


def gaps(slug: str, found: Mapping[Dimension, float], targets: Mapping[Dimension, float]) -> list[Gap]:
    """Return what is below its target, or below 1 without one, the largest first."""
    wanted = {dimension: targets.get(dimension, 1.0) for dimension in found}
    below = [Gap(slug, name, found[name], wanted[name]) for name in found if found[name] < wanted[name]]
    return sorted(below, key=lambda gap: -gap.size)


Course = list[tuple[date, float]]
"""A mean by day, from that day until the next."""


def value_on(course_: Course, day: date) -> float | None:
    """Return what held on a day; None before the first."""
    return max((one for one in course_ if one[0] <= day), key=lambda one: one[0], default=(day, None))[1]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a department stands: mean quality now and before (None when not measured then), and what helps most."""

    department: str
    datasets: int
    now: float | None
    before: float | None
    next_step: Gap | None

    @property
    def change(self) -> float | None:
        """How much it improved; None without a before."""
        return None if self.now is None or self.before is None else self.now - self.before


def league(standings: Iterable[Standing]) -> list[Standing]:
    """Put who improved most first, whatever the level: those that do well already and stay so come next."""
    return sorted(standings, key=lambda one: (-(one.change or 0.0), -(one.now or 0.0), one.department))


REMINDERS = (timedelta(days=30), timedelta(days=80))
"""How long after it was sent in, who made something is reminded; the address is forgotten soon after the second."""


def reminder_due(sent_at: datetime, reminders: int, moment: datetime) -> bool:
    """Whether to remind who made something now, having reminded so often."""
    return reminders < len(REMINDERS) and moment - sent_at >= REMINDERS[reminders]
