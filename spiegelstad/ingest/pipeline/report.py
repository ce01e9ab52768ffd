# ruff: noqa: S608  SQL for DuckDB, in which every name and text is quoted
"""The quality and coverage of what a run accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from spiegelstad.catalogue.public import Coverage, Quality, QualityCheck
from spiegelstad.ingest.definition.durations import duration
from spiegelstad.ingest.definition.source import SourceDefinition
from spiegelstad.ingest.formats.rows import quoted
from spiegelstad.ingest.pipeline.checks import Check
from spiegelstad.ingest.pipeline.session import Session
from spiegelstad.ingest.pipeline.stage import Stage
from spiegelstad.ingest.pipeline.straight import Straight
from spiegelstad.ingest.vocabulary import ColumnType

MAX_CODES = 1_000


@dataclass
class Outcome:
    """The counts of a run. `read` = `accepted` + `quarantined` + `skipped` (out of scope)."""

    read: int
    accepted: int
    quarantined: int
    skipped: int
    quality: Quality
    coverage: Coverage
    newest_at: datetime | None = None


def judge(
    definition: SourceDefinition, session: Stage | Straight, checks: Sequence[Check], moment: datetime
) -> Outcome:
    """Count, and report each check. The score is the share of rows in scope that keep all rules."""
    counts = session.counts()
    read, failed = counts.rows + counts.unreadable, counts.failed + counts.unreadable
    in_scope = read - counts.skipped
    failures = session.failures()
    reports = [_report(check, in_scope, failures.get(str(check.number), 0)) for check in checks]
    if counts.unreadable:
        reports.append(_share("line", "", in_scope, counts.unreadable))
    fresh, newest = _freshness(definition, session, moment)
    score = (in_scope - failed) / in_scope if in_scope else 1.0
    quality, coverage = Quality((*reports, *fresh), score), _coverage(definition, session)
    return Outcome(read, in_scope - failed, failed, counts.skipped, quality, coverage, newest)


def _report(check: Check, in_scope: int, failed: int) -> QualityCheck:
    rule = f"{check.rule} {check.limit}".strip()
    return _share(rule, check.column, in_scope, failed)


def _share(rule: str, column: str, in_scope: int, failed: int) -> QualityCheck:
    passed = in_scope - failed
    return QualityCheck(rule, column, passed, failed, passed / in_scope if in_scope else 1.0)


def _freshness(
    definition: SourceDefinition, session: Session, moment: datetime
) -> tuple[list[QualityCheck], datetime | None]:
    """Judge the freshness rules at a moment, each as a whole; give the oldest of the newest moments too."""
    reports, found = [], []
    for rule in definition.rules:
        if rule.freshness:
            newest = _moments_of(session, rule.column)[1]
            fresh = newest is not None and moment - newest <= duration(rule.freshness)
            reports.append(
                QualityCheck(f"freshness {rule.freshness}", rule.column, int(fresh), int(not fresh), float(fresh))
            )
            found.append(newest)
    return reports, None if None in found else min((one for one in found if one), default=None)


def _moments_of(session: Session, column: str) -> tuple[datetime | None, datetime | None]:
    """Give the first and last moment in a column of the rows that pass."""
    name = quoted(column)
    first, last = _one(session, f"epoch_us(min({name})::TIMESTAMPTZ), epoch_us(max({name})::TIMESTAMPTZ)")
    return _moment(first), _moment(last)


def _moment(microseconds: int | None) -> datetime | None:
    if microseconds is None:
        return None
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


def _coverage(definition: SourceDefinition, session: Session) -> Coverage:
    """Find the first and last moment, the box in degrees, and the codes of areas."""
    first, last = _moments(definition, session)
    return Coverage(first, last, _box(definition, session), _codes(definition, session))


def _one(session: Session, selected: str) -> tuple[Any, ...]:
    return session.do(f"SELECT {selected} FROM {session.accepted}")[0]


def _moments(definition: SourceDefinition, session: Session) -> tuple[datetime | None, datetime | None]:
    observed = [one.observed_at for one in definition.observations]
    timed = [
        name for name, column in definition.columns.items() if column.type in (ColumnType.DATETIME, ColumnType.DATE)
    ]
    if not (names := observed or timed[:1]):
        return None, None
    return _moments_of(session, names[0])


def _box(definition: SourceDefinition, session: Session) -> tuple[float, float, float, float] | None:
    parts = (
        *definition.locates,
        *definition.rules,
        definition.addresses,
        definition.entities,
        *definition.observations,
    )
    pairs = [(part.lon, part.lat) for part in parts if part is not None and part.lon and part.lat]
    if not pairs:
        return None
    lon, lat = map(quoted, pairs[0])
    west, south, east, north = _one(session, f"min({lon}), min({lat}), max({lon}), max({lat})")
    return None if west is None or south is None else (west, south, east, north)


def _codes(definition: SourceDefinition, session: Session) -> tuple[str, ...]:
    """Give the codes of areas; none where there are more than are told: a part of them would look like all."""
    names = [name for locate in definition.locates for name in locate.into.values()]
    names += [rule.column for rule in definition.rules if rule.reference]
    names += [definition.areas.code] if definition.areas else []
    codes: set[str] = set()
    for name in names:
        enough = MAX_CODES + 2  # to see that there are more, also where one of them is empty
        found = session.do(f"SELECT DISTINCT {quoted(name)}::VARCHAR AS code FROM {session.accepted} LIMIT {enough}")
        codes.update(code for (code,) in found if code is not None)
    return tuple(sorted(codes)) if len(codes) <= MAX_CODES else ()
