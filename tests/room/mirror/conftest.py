"""What tests of the mirror share."""

import pytest
from django.db import connection

from spiegelstad.base.clock import now
from spiegelstad.mirror.actions.partitions import MONTHS, partitions_before


@pytest.fixture
def no_months_of_others(db: None) -> None:
    """Drop months that are over, for this test: some tests make months on a connection of its own, and they stay."""
    with connection.cursor() as cursor:
        for month in partitions_before(now().date().replace(day=1)):
            cursor.execute(f"DROP TABLE {MONTHS.name(month)}")
