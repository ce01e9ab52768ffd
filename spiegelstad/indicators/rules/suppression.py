"""Which figures to hide, so that nothing can be learned of a group smaller than the minimum cell size. Pure.

A cell (area, period) is small when it counts more than zero and fewer than `minimum`. A small cell is hidden (primary),
and so is what would give it away (complementary): who knows a total and all parts but one, knows that part.

What an attacker knows: every published cell, that an area is the sum of its parts and a period of its sub-periods, that
hidden cells count at least one. What we promise: each hidden cell could still hold any of more than `minimum` values.

How. The areas form a tree. Let the *room* of a hidden leaf be its count minus one, and of a hidden inner area the room
of its hidden parts: how much it can shrink. Then it is enough that

1. under a shown area with hidden parts there are at least two of them, with together room for `minimum`;
2. a hidden area with parts has a hidden part.

For: whatever one hidden part gains, the others lose, down to hidden leaves, and no shown number changes; so the values
it can have span at least the room of all together. Periods that contain each other (a year and its months) form a
family and hide the same areas; the same exchange, done in a month and in its year, changes no shown sum either.

A share (part of a whole in per cent) gives more away: nobody, or everybody. So of hidden cells under a shown area the
numerators must not all be zero, nor all be equal to the denominators. A zero count is nobody, and stays shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Area = tuple[str, str]
"""Area type and area code."""

Cell = tuple[Area, str]
"""An area and a period."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What a cell counts; for a share also `part` (numerator) and `rest` (denominator minus numerator)."""

    count: float
    part: float | None = None
    rest: float | None = None


def hidden_cells(cells: Mapping[Cell, Counted], parents: Mapping[Area, Area], minimum: float) -> set[Cell]:
    """Give the cells to hide. `parents`: the area one level up of every area, published or not.

    Deterministic, and a function of the counts only: indicators over the same counts hide the same cells.
    """
    small = {period for (_, period), counted in cells.items() if 0 < counted.count < minimum}
    families = [family for family in period_families({period for _, period in cells}) if small.intersection(family)]
    place = {period: number for number, family in enumerate(families) for period in family}
    by_family: list[dict[Area, dict[str, Counted]]] = [defaultdict(dict) for _ in families]
    for (area, period), counted in cells.items():
        if period in place:
            by_family[place[period]][area][period] = counted
    hidden: set[Cell] = set()
    for by_area in by_family:
        family = _Family(by_area, parents, minimum)
        hidden |= {(area, period) for area in family.hide() for period in by_area[area] if family.counts(area, period)}
    return hidden


def period_families(periods: Iterable[str]) -> list[tuple[str, ...]]:
    """Group periods with those that contain them: `2025` with `2025-03`, when both are there."""
    present = set(periods)
    families: dict[str, list[str]] = defaultdict(list)
    for period in sorted(present):
        above = (period[:length] for length in (4, 7) if length < len(period))
        families[next((whole for whole in above if whole in present), period)].append(period)
    return [tuple(members) for _, members in sorted(families.items())]


@dataclass
class _Family:
    """The cells of periods that hide together, and the growing set of hidden areas."""

    cells: Mapping[Area, Mapping[str, Counted]]
    all_parents: Mapping[Area, Area]
    minimum: float
    hidden: set[Area] = field(default_factory=set)
    parts: dict[str, dict[Area, list[Area]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))

    def hide(self) -> set[Area]:
        """Hide small areas, then what gives them away, until nothing does."""
        self._join()
        for area, periods in sorted(self.cells.items()):
            if area not in self.hidden and any(0 < counted.count < self.minimum for counted in periods.values()):
                self._add(area)
        while self._protect_all():
            pass
        return self.hidden

    def _join(self) -> None:
        """Put every counted area under the nearest area above it that has a cell in the same period."""
        for area, periods in sorted(self.cells.items()):
            for period in periods:
                above = self.all_parents.get(area)
                while above is not None and period not in self.cells.get(above, {}):
                    above = self.all_parents.get(above)
                if above is not None and self.counts(area, period):
                    self.parts[period][above].append(area)

    def counts(self, area: Area, period: str) -> bool:
        """Whether anybody is counted there; nobody is nobody to protect."""
        counted = self.cells[area].get(period)
        return counted is not None and counted.count > 0

    def _add(self, area: Area) -> None:
        """Hide an area, and in it a part for every period in which its parts would give it away."""
        self.hidden.add(area)
        for period in sorted(self.cells[area]):
            parts = self.parts[period].get(area, [])
            if parts and not self.hidden.intersection(parts):
                self._add(self._choose(parts, period, self.minimum))

    def _protect_all(self) -> bool:
        """Go once over all shown wholes; say whether more was hidden."""
        wholes = [(period, whole) for period in sorted(self.parts) for whole in sorted(self.parts[period])]
        return any([self._protect(whole, period) for period, whole in wholes])  # noqa: C419  all of them, not the first

    def _protect(self, whole: Area, period: str) -> bool:
        """Hide one more area when a shown whole would give hidden parts away; say whether that was needed."""
        parts = self.parts[period][whole]
        hidden = [part for part in parts if part in self.hidden]
        if whole in self.hidden or not hidden or self._is_safe(hidden, period):
            return False
        shown = [part for part in parts if part not in self.hidden]
        room = sum(self._room(part, period) for part in hidden)
        self._add(self._choose(shown, period, self.minimum - room) if shown else whole)
        return True

    def _is_safe(self, hidden: Sequence[Area], period: str) -> bool:
        if len(hidden) < 2 or sum(self._room(area, period) for area in hidden) < self.minimum:
            return False
        leaves = [self.cells[leaf][period] for area in hidden for leaf in self._hidden_leaves(area, period)]
        if any(leaf.part is None or leaf.rest is None for leaf in leaves):
            return True
        return sum(leaf.part or 0 for leaf in leaves) > 0 and sum(leaf.rest or 0 for leaf in leaves) > 0

    def _hidden_leaves(self, area: Area, period: str) -> list[Area]:
        inside = [part for part in self.parts[period].get(area, ()) if part in self.hidden]
        return [leaf for part in inside for leaf in self._hidden_leaves(part, period)] if inside else [area]

    def _room(self, area: Area, period: str) -> float:
        """How much a hidden area can shrink while each hidden cell in it still counts one."""
        return sum(max(self.cells[leaf][period].count - 1, 0) for leaf in self._hidden_leaves(area, period))

    def _choose(self, areas: Sequence[Area], period: str, wanted: float) -> Area:
        """Choose the smallest area that gives the wanted room, so that little is lost; else the largest."""
        ordered = sorted(areas, key=lambda area: (self.cells[area][period].count, area))
        return next((area for area in ordered if self.cells[area][period].count - 1 >= wanted), ordered[-1])
