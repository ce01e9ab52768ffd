"""Another catalogue for every test that wants one."""

from collections.abc import Iterator

import pytest

from tests.room.harvest.portals import Portal


@pytest.fixture
def portal() -> Iterator[Portal]:
    """Another catalogue, empty as yet."""
    made = Portal()
    yield made
    made.close()
