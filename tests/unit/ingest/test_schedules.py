"""Schedules in cron's fields, and durations."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiegelstad.ingest.definition.cron import Cron
from spiegelstad.ingest.definition.durations import duration

BRUSSELS = ZoneInfo("Europe/Brussels")


@pytest.mark.parametrize(
    ("text", "moment", "due"),
    [
        ("*/5 * * * *", "2026-01-05T08:10", True),
        ("*/5 * * * *", "2026-01-05T08:11", False),
        ("50 4 * * 1", "2026-01-05T04:50", True),  # a Monday
        ("50 4 * * 1", "2026-01-06T04:50", False),
        ("0 0 * * 7", "2026-01-04T00:00", True),  # 7 is Sunday as well
        ("0 0 * * 0", "2026-01-04T00:00", True),
        ("0 6-9,18 * * *", "2026-01-04T18:00", True),
        ("0 6-9,18 * * *", "2026-01-04T10:00", False),
        ("0 0 1 * 1", "2026-01-05T00:00", True),  # either of two day fields is enough
        ("0 0 1 * 1", "2026-01-01T00:00", True),
        ("0 0 1 * 1", "2026-01-02T00:00", False),
        ("0 0 */2 * *", "2026-01-03T00:00", True),
        ("10/20 * * * *", "2026-01-03T00:30", True),
    ],
)
def test_schedule_names_its_minutes(text: str, moment: str, due: bool) -> None:
    assert Cron.parse(text).is_due(datetime.fromisoformat(moment).replace(tzinfo=BRUSSELS)) is due


@pytest.mark.parametrize(
    "text",
    ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "a * * * *", "*/0 * * * *", "5-1 * * * *", "* * * * 8"],
)
def test_schedule_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"field|number|step|between"):
        Cron.parse(text)


@given(st.integers(1, 59), st.datetimes(timezones=st.just(BRUSSELS)))
def test_schedule_with_a_step_agrees_with_division(step: int, moment: datetime) -> None:
    assert Cron.parse(f"*/{step} * * * *").is_due(moment) is (moment.minute % step == 0)


def test_duration_is_read() -> None:
    assert duration("P2D") == timedelta(days=2)
    assert duration("P1WT1H30M") == timedelta(days=7, hours=1, minutes=30)
    assert duration("P1M") == timedelta(days=30)


@pytest.mark.parametrize("text", ["", "P", "PT", "2D", "P2", "P1.5D", "-P1D"])
def test_duration_that_is_wrong_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        duration(text)
